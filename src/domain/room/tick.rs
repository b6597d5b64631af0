//! Ticks: all events of a short while together, so that many readers are told once.
//!
//! An event says what is true after it. So of several counts of likes only the last is kept, and in a
//! crowd the viewers who come and go are told as numbers. The other events stay, in order.

use super::event::{Numbered, RoomEvent};
use crate::domain::{Role, Uid};

/// How many of the viewers who came are named in a crowd.
const SAMPLE: usize = 20;

/// The events since the last tick.
#[derive(Debug, Default)]
pub struct Tick {
    changes: Vec<Told>,
    crowd: Option<Crowd>,
    /// The number of the latest event.
    latest: u64,
}

/// A change that readers are told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The number of its latest event.
    pub seq: u64,
    /// When that happened, in milliseconds since 1970.
    pub at_ms: i64,
    /// The change.
    pub change: Change,
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// One event, or the last of several that replace each other.
    Event(RoomEvent),
    /// Viewers came and went.
    Crowd(Crowd),
}

/// The viewers who came and went in a crowd.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    /// How many members there are now.
    pub members: u32,
    /// The most members at once, ever.
    pub peak: u32,
    /// How many came.
    pub joined: u32,
    /// How many went.
    pub left: u32,
    /// The latest of those who came.
    pub sample: Vec<Uid>,
    seq: u64,
    at_ms: i64,
}

/// What a tick ended with.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// The number of the latest event.
    pub to: u64,
    /// The changes, in order.
    pub changes: Vec<Told>,
}

impl Tick {
    /// Whether nothing has happened.
    pub fn is_empty(&self) -> bool {
        self.latest == 0
    }

    /// How many changes there are to tell.
    pub fn len(&self) -> usize {
        self.changes.len() + usize::from(self.crowd.is_some())
    }

    /// An event happened. In a crowd, viewers who come and go are only counted.
    pub fn add(&mut self, Numbered { seq, event }: Numbered, at_ms: i64, is_crowd: bool) {
        self.latest = seq;
        match event {
            RoomEvent::Joined {
                uid,
                role: Role::Viewer,
                members,
                ..
            } if is_crowd => {
                let crowd = self.crowd(seq, at_ms, members);
                crowd.joined += 1;
                if crowd.sample.len() == SAMPLE {
                    crowd.sample.remove(0);
                }
                crowd.sample.push(uid);
            }
            RoomEvent::Left {
                role: Role::Viewer,
                members,
                ..
            } if is_crowd => self.crowd(seq, at_ms, members).left += 1,
            event => {
                if is_replaced(&event) {
                    let kind = event.kind();
                    self.changes.retain(|told| told.change.kind() != Some(kind));
                }
                let change = Change::Event(event);
                self.changes.push(Told { seq, at_ms, change });
            }
        }
    }

    /// From now on viewers are only counted, and readers have to know that. Does nothing in a tick in which
    /// nothing happened.
    pub fn becomes_crowd(&mut self, members: u32) {
        if let Some(Told { seq, at_ms, .. }) = self.changes.last() {
            let (seq, at_ms) = (*seq, *at_ms);
            self.crowd(seq, at_ms, members);
        }
    }

    /// Ends the tick. `peak` is the most members that the room ever had at once. `None` if nothing has happened.
    pub fn take(&mut self, peak: u32) -> Option<Batch> {
        let Self {
            mut changes,
            crowd,
            latest: to,
        } = std::mem::take(self);
        if let Some(mut crowd) = crowd {
            crowd.peak = peak;
            let (seq, at_ms) = (crowd.seq, crowd.at_ms);
            let change = Change::Crowd(crowd);
            let place = changes.partition_point(|told| told.seq <= seq);
            changes.insert(place, Told { seq, at_ms, change });
        }
        (to > 0).then_some(Batch { to, changes })
    }

    fn crowd(&mut self, seq: u64, at_ms: i64, members: u32) -> &mut Crowd {
        let crowd = self.crowd.get_or_insert_default();
        crowd.members = members;
        (crowd.seq, crowd.at_ms) = (seq, at_ms);
        crowd
    }
}

impl Change {
    fn kind(&self) -> Option<super::event::RoomEventKind> {
        match self {
            Self::Event(event) => Some(event.kind()),
            Self::Crowd(_) => None,
        }
    }
}

/// Whether an event says all that earlier ones of its kind said.
fn is_replaced(event: &RoomEvent) -> bool {
    match event {
        RoomEvent::Likes { .. } | RoomEvent::Changed { .. } | RoomEvent::StreamChanged { .. } => {
            true
        }
        RoomEvent::Joined { .. }
        | RoomEvent::Left { .. }
        | RoomEvent::RoleChanged { .. }
        | RoomEvent::MicRequested { .. }
        | RoomEvent::MicGranted { .. }
        | RoomEvent::MicWithdrawn { .. }
        | RoomEvent::MicOn { .. }
        | RoomEvent::MicOff { .. }
        | RoomEvent::Live { .. }
        | RoomEvent::Ended { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{LeaveReason, MemberPlace};

    fn uid(name: &str) -> Uid {
        Uid::parse(name).expect("valid")
    }

    fn joined(name: &str, role: Role, members: u32) -> RoomEvent {
        RoomEvent::Joined {
            uid: uid(name),
            role,
            place: MemberPlace::from_number(1),
            members,
        }
    }

    fn left(name: &str, role: Role, members: u32) -> RoomEvent {
        RoomEvent::Left {
            uid: uid(name),
            role,
            reason: LeaveReason::Leave,
            members,
        }
    }

    /// The batch of these events, of which the first has number 1 and happens at 1 ms.
    fn batch(events: Vec<RoomEvent>, is_crowd: bool) -> Batch {
        let mut tick = Tick::default();
        for (seq, event) in (1..).zip(events) {
            let at_ms = i64::try_from(seq).expect("small");
            tick.add(Numbered { seq, event }, at_ms, is_crowd);
        }
        tick.take(600).expect("something happened")
    }

    fn seqs(batch: &Batch) -> Vec<u64> {
        batch.changes.iter().map(|told| told.seq).collect()
    }

    #[test]
    fn of_many_likes_the_last_count_is_told_and_members_one_by_one() {
        let likes = |likes| RoomEvent::Likes { likes };
        let events = vec![
            likes(1),
            joined("anna", Role::Viewer, 2),
            likes(2),
            left("anna", Role::Viewer, 1),
            likes(3),
        ];
        let batch = batch(events, false);
        assert_eq!((batch.to, seqs(&batch)), (5, vec![2, 4, 5]));
        let last = batch.changes.last().expect("a change");
        assert_eq!(last.change, Change::Event(likes(3)));
    }

    #[test]
    fn in_a_crowd_viewers_are_counted_and_who_is_on_mic_is_named() {
        let mut events: Vec<_> = (0..30)
            .map(|n| joined(&format!("v{n}"), Role::Viewer, 500 + n))
            .collect();
        events.push(left("v3", Role::Viewer, 528));
        events.push(left("lena", Role::Linked, 527));
        let batch = batch(events, true);
        assert_eq!((batch.to, seqs(&batch)), (32, vec![31, 32]));
        let Change::Crowd(crowd) = &batch.changes[0].change else {
            panic!("{batch:?}")
        };
        assert_eq!((crowd.members, crowd.peak), (528, 600));
        assert_eq!((crowd.joined, crowd.left), (30, 1));
        let newest: Vec<_> = (10..30).map(|n| uid(&format!("v{n}"))).collect();
        assert_eq!(crowd.sample, newest);
        assert_eq!(batch.changes[0].at_ms, 31);
    }

    #[test]
    fn a_tick_in_which_nothing_happens_tells_nothing() {
        let mut tick = Tick::default();
        assert!(tick.is_empty());
        assert_eq!(tick.take(600), None);
        let event = RoomEvent::Likes { likes: 1 };
        tick.add(Numbered { seq: 9, event }, 0, false);
        assert_eq!((tick.is_empty(), tick.len()), (false, 1));
        assert_eq!(tick.take(600).map(|batch| batch.to), Some(9));
        assert!(tick.is_empty());
    }
}

//! One live room: its members, their roles, and when silence ends a membership or the live.
//!
//! Every transition is a function of its arguments, `now` included. It leaves events (see [`event`]),
//! which [`Room::take_events`] returns. The room never acts by itself: its owner calls [`Room::sweep`]
//! when [`Room::next_deadline`] has come.

mod deadlines;
mod dismissal;
mod event;
mod likes;
mod linking;
mod member_list;
mod members;
mod mic;
mod presence_hint;
mod seat;
mod silence;
#[cfg(test)]
mod tests;
mod tick;

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use self::dismissal::Dismissal;
pub use self::event::{LeaveReason, MicOffReason, Numbered, RoomEvent, RoomEventKind};
pub use self::member_list::Place as MemberPlace;
pub use self::members::MemberRow;
pub use self::seat::{ByUid, Seat};
pub use self::silence::Sweep;
pub use self::tick::{Batch, Change, Crowd, Tick, Told};

use self::deadlines::Deadlines;
use self::dismissal::Dismissals;
use self::event::EventLog;
use self::member_list::Place;
use self::members::Members;
use super::{
    EndReason, Likes, Moment, Profile, Refusal, Role, RoleClaim, RoomNum, RoomStats, Rules,
    StreamShown, Uid,
};

/// The state of one live of a room.
#[derive(Debug)]
pub struct Room {
    number: RoomNum,
    host: Uid,
    rules: Rules,
    /// What the host says of it.
    profile: Arc<Profile>,
    has_ended: bool,
    members: Members,
    deadlines: Deadlines,
    /// The host's last sign of life that is not on their seat: when the room opened, when they last
    /// went live, or the last one before they left.
    host_seen: Moment,
    dismissals: Dismissals,
    /// Fingerprints of all who have been members.
    visitors: HashSet<u64>,
    /// Peak, total and likes from before this process opened the room.
    before: RoomStats,
    peak: u32,
    likes: Likes,
    stream: StreamShown,
    events: EventLog,
}

impl Room {
    /// An empty room, which is live if its profile says so. `before` holds the figures of the same
    /// live from before a restart of the process or the actor.
    pub fn new(
        number: RoomNum,
        host: Uid,
        profile: Arc<Profile>,
        rules: Rules,
        before: RoomStats,
        now: Moment,
    ) -> Self {
        Self {
            number,
            host,
            rules,
            profile,
            has_ended: false,
            members: Members::default(),
            deadlines: Deadlines::default(),
            host_seen: now,
            dismissals: Dismissals::default(),
            visitors: HashSet::new(),
            peak: before.peak,
            likes: before.likes,
            before,
            stream: StreamShown::default(),
            events: EventLog::default(),
        }
    }

    /// The current figures.
    pub fn stats(&self) -> RoomStats {
        // After a restart a returning visitor looks like a new one, so the total is the larger of
        // the count from before and the count since.
        RoomStats {
            members: count(self.members.len()),
            peak: self.peak,
            total: self.before.total.max(count(self.visitors.len())),
            likes: self.likes,
        }
    }

    /// The number of members of each role, at the [number](Role::number) of the role.
    pub fn members_by_role(&self) -> [u32; 3] {
        let (all, linked) = (self.members.len(), self.members.linked());
        let hosts = usize::from(self.members.get(&self.host).is_some());
        [all - linked - hosts, hosts, linked].map(count)
    }

    /// Takes the events since the last call, in order.
    pub fn take_events(&mut self) -> Vec<Numbered> {
        self.events.take()
    }

    /// The host goes live, reports it again, or changes the profile. Once they are live, everybody may
    /// enter.
    pub fn announce(&mut self, profile: Arc<Profile>, now: Moment) {
        self.host_seen = self.host_seen.max(now);
        let before = std::mem::replace(&mut self.profile, Arc::clone(&profile));
        if before.live_at.is_none() && profile.live_at.is_some() {
            self.events.push(RoomEvent::Live { profile });
        } else if before != profile {
            self.events.push(RoomEvent::Changed { profile });
        }
    }

    /// Ends the live. Its members stay until [`dismiss`](Self::dismiss) takes them out.
    pub fn end(&mut self, reason: EndReason) {
        if !std::mem::replace(&mut self.has_ended, true) {
            let stats = self.stats();
            self.events.push(RoomEvent::Ended { reason, stats });
        }
    }

    /// Takes out at most `at_most` members of a live that is over, from the end of the list, and
    /// returns the seats they had.
    pub fn dismiss(&mut self, at_most: usize) -> Vec<Arc<Seat>> {
        let seats = self.members.last(at_most);
        for seat in seats.iter().rev() {
            self.take_out(seat, LeaveReason::Ended);
        }
        seats
    }

    /// Seats a user, or refreshes their membership if they have a seat. Before the host has gone live
    /// only the host may enter.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] while the room is not live; [`Refusal::GuestsFull`] for one guest too many.
    pub fn enter(
        &mut self,
        uid: &Uid,
        claim: RoleClaim,
        now: Moment,
    ) -> Result<Arc<Seat>, Refusal> {
        if self.profile.live_at.is_none() && *uid != self.host {
            return Err(Refusal::NoSuchRoom);
        }
        if !self.beat(uid, claim, now) {
            // A seat that takes no stamp was lost to another room.
            self.leave(uid, LeaveReason::Moved, now);
            if uid.is_guest() && self.members.guests() >= self.rules.max_guests {
                return Err(Refusal::GuestsFull);
            }
            let role = if *uid == self.host {
                Role::Host
            } else {
                Role::Viewer
            };
            let seat = self.members.insert(uid, self.number, role, now);
            let members = count(self.members.len());
            self.visitors.insert(fingerprint(uid));
            self.peak = self.peak.max(members);
            if role != Role::Host {
                let due = now + self.rules.member_timeout;
                self.deadlines.watch(seat.entry(), due);
            }
            self.events.push(RoomEvent::Joined {
                uid: uid.clone(),
                role,
                place: self.members.place(&seat),
                members,
            });
            self.claim(&seat, claim);
        }
        self.members.get(uid).cloned().ok_or(Refusal::NoSuchRoom)
    }

    /// Records a sign of life and a role claim. False, and nothing changes, for a user who is not a
    /// member.
    pub fn beat(&mut self, uid: &Uid, claim: RoleClaim, now: Moment) -> bool {
        let Some(seat) = self.members.get(uid).filter(|seat| seat.stamp(now)) else {
            return false;
        };
        if !seat.role().is_kept_by(claim) {
            let seat = Arc::clone(seat);
            self.claim(&seat, claim);
        }
        true
    }

    /// The room shows its streams in this way.
    pub fn show_stream(&mut self, shown: StreamShown) {
        if self.stream != shown {
            self.stream = shown.clone();
            let profile = Arc::clone(&self.profile);
            self.events
                .push(RoomEvent::StreamChanged { shown, profile });
        }
    }

    /// Takes a user out, and returns the seat they had.
    pub fn leave(&mut self, uid: &Uid, reason: LeaveReason, now: Moment) -> Option<Arc<Seat>> {
        let seat = Arc::clone(self.members.get(uid)?);
        if *uid == self.host {
            self.host_seen = seat.last_sign().unwrap_or(now);
        }
        self.take_out(&seat, reason);
        Some(seat)
    }

    /// Takes a user out because they have moved to another room, if `seat` is still their seat here.
    pub fn vacate(&mut self, seat: &Arc<Seat>, now: Moment) {
        let has = self.members.get(seat.uid());
        if has.is_some_and(|has| Arc::ptr_eq(has, seat)) {
            self.leave(seat.uid(), LeaveReason::Moved, now);
        }
    }

    /// The number of members, and up to `size` of them from row `offset`: the host, then the linked in
    /// the order of going on mic, then the viewers in the order of entering.
    pub fn page(&self, offset: usize, size: usize) -> (usize, Vec<(Uid, Role)>) {
        (self.members.len(), self.members.page(offset, size))
    }

    /// The number of members, and up to `size` of them behind a place of that list, or from its
    /// beginning; only those of a role, if one is given. Members who come or go between two pages are no
    /// reason to skip or repeat others.
    pub fn members_behind(
        &self,
        place: Option<Place>,
        role: Option<Role>,
        size: usize,
    ) -> (usize, Vec<MemberRow>) {
        let of_role = |role: Role| self.members_by_role()[usize::from(role.number())] as usize;
        let total = role.map_or(self.members.len(), of_role);
        (total, self.members.behind(place, role, size))
    }

    /// Those of these users who are members, in the order in which they are given.
    pub fn members_among(&self, uids: &[Uid]) -> Vec<MemberRow> {
        let rows = uids.iter().filter_map(|uid| self.members.row_of(uid));
        rows.collect()
    }

    /// The host and those on mic, in the order of the list.
    pub fn not_viewers(&self) -> Vec<MemberRow> {
        let mut rows = self.members.behind(None, None, 1 + self.members.linked());
        rows.retain(|row| row.role != Role::Viewer);
        rows
    }

    /// Ends a membership, and with it a seat on mic or a request for one.
    fn take_out(&mut self, seat: &Seat, reason: LeaveReason) {
        let was_asking = self.members.withdraw(seat);
        self.members.remove(seat.uid());
        let members = count(self.members.len());
        let uid = || seat.uid().clone();
        self.events.push(RoomEvent::Left {
            uid: uid(),
            role: seat.role(),
            reason,
            members,
        });
        let reason = MicOffReason::Left(reason);
        if seat.role() == Role::Linked {
            self.events.push(RoomEvent::MicOff { uid: uid(), reason });
        } else if was_asking {
            let uid = uid();
            self.events.push(RoomEvent::MicWithdrawn { uid, reason });
        }
    }
}

fn fingerprint(uid: &Uid) -> u64 {
    let mut hasher = DefaultHasher::new();
    uid.hash(&mut hasher);
    hasher.finish()
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

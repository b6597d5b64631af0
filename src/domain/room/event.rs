//! Events of a room: each change is an event, numbered where it happens.
//!
//! An event says what is true after it. If one transition has several events, a cause comes before its
//! effects: `member.left` before the `mic.off` of the same member, `mic.on` before the `member.role`
//! that belongs to it, `room.ended` before the `member.left` of the members it takes out.

use std::sync::Arc;

use super::member_list::Place;
use crate::domain::{EndReason, Profile, Role, RoomStats, StreamShown, Uid};

/// An event with its number in the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The number of the event: 1 for the first one since the room was opened in this process, then 2,
    /// 3, and so on.
    pub seq: u64,
    /// The event itself.
    pub event: RoomEvent,
}

/// One change of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomEvent {
    /// A user became a member.
    Joined {
        /// The user.
        uid: Uid,
        /// The role they entered with.
        role: Role,
        /// Where they stand in the member list.
        place: Place,
        /// How many members there are now.
        members: u32,
    },
    /// A user is no longer a member.
    Left {
        /// The user.
        uid: Uid,
        /// The role they had.
        role: Role,
        /// Why they left.
        reason: LeaveReason,
        /// How many members there are now.
        members: u32,
    },
    /// A member has another role. There is no such event for a member who leaves.
    RoleChanged {
        /// The member.
        uid: Uid,
        /// The role before.
        from: Role,
        /// The role now.
        to: Role,
        /// Where they stand in the member list now.
        place: Place,
    },
    /// The count of likes changed.
    Likes {
        /// The count now.
        likes: u32,
    },
    /// A viewer asks for a seat on mic.
    MicRequested {
        /// The viewer.
        uid: Uid,
    },
    /// The host approved that a viewer may go on mic.
    MicGranted {
        /// The viewer.
        uid: Uid,
    },
    /// A request or an approval that was not used is no longer valid.
    MicWithdrawn {
        /// The member who had asked or was approved.
        uid: Uid,
        /// Why it is no longer valid.
        reason: MicOffReason,
    },
    /// A member went on mic, which uses up their request or approval.
    MicOn {
        /// The member.
        uid: Uid,
    },
    /// A member went off mic; their seat there is free.
    MicOff {
        /// The member.
        uid: Uid,
        /// Why they went off mic.
        reason: MicOffReason,
    },
    /// The host went live.
    Live {
        /// What they announce.
        profile: Arc<Profile>,
    },
    /// The host changed the profile, and is live or not, as before.
    Changed {
        /// The new one.
        profile: Arc<Profile>,
    },
    /// The room shows its streams in another way.
    StreamChanged {
        /// What it shows now.
        shown: StreamShown,
        /// What the host says of the room: without a cover there, the picture of the stream is the cover.
        profile: Arc<Profile>,
    },
    /// The live is over.
    Ended {
        /// Why it ended.
        reason: EndReason,
        /// The figures at the end, before the members are taken out.
        stats: RoomStats,
    },
}

impl RoomEvent {
    /// The kind of the event.
    pub fn kind(&self) -> RoomEventKind {
        match self {
            Self::Joined { .. } => RoomEventKind::Joined,
            Self::Left { .. } => RoomEventKind::Left,
            Self::RoleChanged { .. } => RoomEventKind::RoleChanged,
            Self::Likes { .. } => RoomEventKind::Likes,
            Self::MicRequested { .. } => RoomEventKind::MicRequested,
            Self::MicGranted { .. } => RoomEventKind::MicGranted,
            Self::MicWithdrawn { .. } => RoomEventKind::MicWithdrawn,
            Self::MicOn { .. } => RoomEventKind::MicOn,
            Self::MicOff { .. } => RoomEventKind::MicOff,
            Self::Live { .. } => RoomEventKind::Live,
            Self::Changed { .. } => RoomEventKind::Changed,
            Self::StreamChanged { .. } => RoomEventKind::StreamChanged,
            Self::Ended { .. } => RoomEventKind::Ended,
        }
    }
}

/// The kinds of events of a room, named as clients of the live API know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomEventKind {
    /// `member.joined`
    Joined,
    /// `member.left`
    Left,
    /// `member.role`
    RoleChanged,
    /// `likes`
    Likes,
    /// `mic.requested`
    MicRequested,
    /// `mic.granted`
    MicGranted,
    /// `mic.withdrawn`
    MicWithdrawn,
    /// `mic.on`
    MicOn,
    /// `mic.off`
    MicOff,
    /// `room.live`
    Live,
    /// `room.changed`
    Changed,
    /// `stream`
    StreamChanged,
    /// `room.ended`
    Ended,
}

impl RoomEventKind {
    /// Every kind, each at its [`index`](Self::index).
    pub const ALL: [Self; 13] = [
        Self::Joined,
        Self::Left,
        Self::RoleChanged,
        Self::Likes,
        Self::MicRequested,
        Self::MicGranted,
        Self::MicWithdrawn,
        Self::MicOn,
        Self::MicOff,
        Self::Live,
        Self::Changed,
        Self::StreamChanged,
        Self::Ended,
    ];

    /// The position of this kind in [`ALL`](Self::ALL).
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name in the live API and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "member.joined",
            Self::Left => "member.left",
            Self::RoleChanged => "member.role",
            Self::Likes => "likes",
            Self::MicRequested => "mic.requested",
            Self::MicGranted => "mic.granted",
            Self::MicWithdrawn => "mic.withdrawn",
            Self::MicOn => "mic.on",
            Self::MicOff => "mic.off",
            Self::Live => "room.live",
            Self::Changed => "room.changed",
            Self::StreamChanged => "stream",
            Self::Ended => "room.ended",
        }
    }
}

/// Why a member left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveReason {
    /// They left on purpose.
    Leave,
    /// They gave no sign of life for too long.
    Silent,
    /// They entered another room.
    Moved,
    /// An administrator ended their sessions.
    Kicked,
    /// They logged out.
    Logout,
    /// The live is over.
    Ended,
}

/// Why a member went off mic, or lost their request or approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicOffReason {
    /// They went off themselves, or withdrew their request.
    Own,
    /// The host took them off.
    Host,
    /// They left the room.
    Left(LeaveReason),
}

/// Numbers the events of one room, and keeps them until they are taken.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    /// The number of the latest event.
    seq: u64,
    waiting: Vec<Numbered>,
}

impl EventLog {
    /// Numbers and stores an event.
    pub(super) fn push(&mut self, event: RoomEvent) {
        self.seq += 1;
        self.waiting.push(Numbered {
            seq: self.seq,
            event,
        });
    }

    /// Takes the events since the last call, and frees their memory.
    pub(super) fn take(&mut self) -> Vec<Numbered> {
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_at_its_place_and_has_a_name_of_its_own() {
        for (place, kind) in RoomEventKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), place);
            let same = |other: &RoomEventKind| other.as_str() == kind.as_str();
            assert_eq!(RoomEventKind::ALL.into_iter().filter(same).count(), 1);
        }
    }

    #[test]
    fn numbers_go_on_where_they_stood_when_events_are_taken() {
        let mut log = EventLog::default();
        let numbers = |log: &mut EventLog| -> Vec<u64> {
            log.take().into_iter().map(|event| event.seq).collect()
        };
        log.push(RoomEvent::Likes { likes: 1 });
        log.push(RoomEvent::Likes { likes: 2 });
        assert_eq!(numbers(&mut log), [1, 2]);
        assert_eq!(log.waiting.capacity(), 0);
        log.push(RoomEvent::Likes { likes: 3 });
        assert_eq!(numbers(&mut log), [3]);
        assert_eq!(numbers(&mut log), [0; 0]);
    }
}

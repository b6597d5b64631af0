//! What happened in a room: each change is an event, numbered where it happens.
//!
//! An event says what is true after it. If one transition has several events, the cause stands
//! first and what follows from it after it: `member.left` before the `mic.off` of the same member,
//! `mic.on` before the `member.role` that comes with it, `room.ended` before those who are taken
//! out of the room because of it.

use std::sync::Arc;

use crate::domain::{EndReason, LiveInfo, Role, RoomStats, Uid};

/// An event with its number in the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// 1 for the first event of the room since it was opened here, and one more for each event
    /// after that.
    pub seq: u64,
    /// What happened.
    pub event: RoomEvent,
}

/// One change of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomEvent {
    /// A user became a member.
    Joined {
        /// Who.
        uid: Uid,
        /// The role they entered with.
        role: Role,
        /// How many members there are now.
        members: u32,
    },
    /// A member is a member no more.
    Left {
        /// Who.
        uid: Uid,
        /// Why.
        reason: LeaveReason,
        /// How many members there are now.
        members: u32,
    },
    /// A member has another role. Nothing tells the role of who leaves.
    RoleChanged {
        /// Who.
        uid: Uid,
        /// The role before.
        from: Role,
        /// The role now.
        to: Role,
    },
    /// The count of likes changed.
    Likes {
        /// The count now.
        likes: u32,
    },
    /// A viewer asks for a seat on mic.
    MicRequested {
        /// Who.
        uid: Uid,
    },
    /// The host approved that a viewer goes on mic.
    MicGranted {
        /// Who.
        uid: Uid,
    },
    /// A request or an approval that was not used counts no more.
    MicWithdrawn {
        /// Who had asked or was approved.
        uid: Uid,
        /// Why.
        reason: MicOffReason,
    },
    /// A member went on mic. Their request or approval is used up by it.
    MicOn {
        /// Who.
        uid: Uid,
    },
    /// A member went off mic; their seat there is free.
    MicOff {
        /// Who.
        uid: Uid,
        /// Why.
        reason: MicOffReason,
    },
    /// The host went live with this announcement.
    Live {
        /// What the host announced.
        info: Arc<LiveInfo>,
    },
    /// The host, who is live, announced something else.
    Changed {
        /// What the host announces now.
        info: Arc<LiveInfo>,
    },
    /// The live is over.
    Ended {
        /// Why.
        reason: EndReason,
        /// The figures at its end, before its members are taken out.
        stats: RoomStats,
    },
}

impl RoomEvent {
    /// Of which kind it is.
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
    /// `room.ended`
    Ended,
}

impl RoomEventKind {
    /// Every kind, each at the place that [`index`](Self::index) gives.
    pub const ALL: [Self; 12] = [
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
        Self::Ended,
    ];

    /// The place of this kind among all of them.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name that clients and figures know.
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
            Self::Ended => "room.ended",
        }
    }
}

/// Why a member left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveReason {
    /// They said so.
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

/// Why a member went off mic, or is no longer on the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicOffReason {
    /// They said so.
    Own,
    /// The host said so.
    Host,
    /// They left the room.
    Left(LeaveReason),
}

/// Numbers the events of one room, and keeps them until somebody takes them.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    /// The number of the latest event.
    seq: u64,
    waiting: Vec<Numbered>,
}

impl EventLog {
    /// Something happened.
    pub(super) fn push(&mut self, event: RoomEvent) {
        self.seq += 1;
        self.waiting.push(Numbered {
            seq: self.seq,
            event,
        });
    }

    /// Takes what happened since it was last taken, and keeps no memory for it.
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

//! What concerns one user and is told to nobody else, and what of a room's events that is.

use super::{LeaveReason, MicOffReason, Role, RoomEvent, RoomNum, Uid};

/// An event in the own stream of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnEvent {
    /// They are a member of that room now.
    Entered {
        /// The room.
        room: RoomNum,
        /// The role they have there.
        role: Role,
    },
    /// They have another role in their room.
    RoleChanged {
        /// The room.
        room: RoomNum,
        /// The role now.
        role: Role,
    },
    /// They are no member of that room any more.
    Left {
        /// The room.
        room: RoomNum,
        /// Why.
        reason: LeaveReason,
    },
    /// In the room that they host, somebody asks to go on mic.
    MicRequested {
        /// The room.
        room: RoomNum,
        /// Who asks.
        uid: Uid,
    },
    /// The host lets them go on mic.
    MicGranted {
        /// The room.
        room: RoomNum,
    },
    /// What somebody asked for, or what the host granted, is not valid any more. Told to both.
    MicWithdrawn {
        /// The room.
        room: RoomNum,
        /// Who had asked.
        uid: Uid,
        /// Why.
        reason: MicOffReason,
    },
    /// A session of theirs has ended, perhaps not the one that reads.
    SessionEnded,
    /// A recording of that room, which they host, can be played, or is described in another way.
    RecordingReady {
        /// The room.
        room: RoomNum,
    },
}

impl OwnEvent {
    /// Tells whom an event of a room concerns beside those who read the room.
    pub fn from_room(
        room: RoomNum,
        host: &Uid,
        event: &RoomEvent,
        mut tell: impl FnMut(&Uid, Self),
    ) {
        match event {
            RoomEvent::Joined { uid, role, .. } => tell(uid, Self::Entered { room, role: *role }),
            RoomEvent::RoleChanged { uid, to, .. } => {
                tell(uid, Self::RoleChanged { room, role: *to });
            }
            RoomEvent::Left { uid, reason, .. } => {
                let reason = *reason;
                tell(uid, Self::Left { room, reason });
            }
            RoomEvent::MicRequested { uid } => {
                let uid = uid.clone();
                tell(host, Self::MicRequested { room, uid });
            }
            RoomEvent::MicGranted { uid } => tell(uid, Self::MicGranted { room }),
            RoomEvent::MicWithdrawn { uid, reason } => {
                let withdrawn = Self::MicWithdrawn {
                    room,
                    uid: uid.clone(),
                    reason: *reason,
                };
                tell(uid, withdrawn.clone());
                tell(host, withdrawn);
            }
            RoomEvent::Likes { .. }
            | RoomEvent::MicOn { .. }
            | RoomEvent::MicOff { .. }
            | RoomEvent::Live { .. }
            | RoomEvent::Changed { .. }
            | RoomEvent::StreamChanged { .. }
            | RoomEvent::Ended { .. } => {}
        }
    }
}

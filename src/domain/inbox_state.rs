//! What became of an event of the cloud.

use super::RoomNum;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxState {
    /// It took effect.
    Done,
    /// It names no room that exists; it takes effect when the room appears.
    Unmatched,
    /// It has no effect here.
    Ignored,
    /// Somebody asked for it to be tried again; that happens within a second.
    Due,
    /// It tells of a recording of a room here and not where to play it: nothing is listed until
    /// somebody does.
    Unplayable,
    /// It dismissed a room whose host may still refute it; that is decided within the grace.
    Pending,
}

impl InboxState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Done,
        Self::Unmatched,
        Self::Ignored,
        Self::Due,
        Self::Unplayable,
        Self::Pending,
    ];

    /// The word for it on record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unmatched => "unmatched",
            Self::Ignored => "kept",
            Self::Due => "due",
            Self::Unplayable => "unplayable",
            Self::Pending => "pending",
        }
    }

    /// State of an event that takes effect as soon as its room is known, which is `room`.
    pub fn by_room(room: Option<RoomNum>) -> Self {
        match room {
            Some(_) => Self::Done,
            None => Self::Unmatched,
        }
    }

    /// Whether the event changed something here, or soon will.
    pub fn is_effective(self) -> bool {
        match self {
            Self::Done | Self::Pending | Self::Due => true,
            Self::Unmatched | Self::Ignored | Self::Unplayable => false,
        }
    }
}

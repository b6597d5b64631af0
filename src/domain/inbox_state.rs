//! States of an event of the cloud in the inbox.

use super::RoomNum;

/// The state of an event in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxState {
    /// It took effect.
    Done,
    /// It names no room that exists; it takes effect when the room appears.
    Unmatched,
    /// It has no effect here.
    Ignored,
    /// An operator asked for another try; that happens within a second.
    Due,
    /// It reports a recording of a room here without a URL to play it. The recording is not listed
    /// until a report has one.
    Unplayable,
    /// It dismissed a room, and the host may still refute that; this is decided within the grace.
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

    /// Its name in the database.
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

    /// The state with that name in the database.
    pub fn from_text(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The state of an event that takes effect as soon as its room is known. `None` if it is not known
    /// yet.
    pub fn by_room(room: Option<RoomNum>) -> Self {
        match room {
            Some(_) => Self::Done,
            None => Self::Unmatched,
        }
    }

    /// Whether something has yet to happen to the event: its room appears, a report has an address, or
    /// a decision is made.
    pub fn is_waiting(self) -> bool {
        match self {
            Self::Unmatched | Self::Due | Self::Unplayable | Self::Pending => true,
            Self::Done | Self::Ignored => false,
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

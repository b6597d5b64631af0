//! The members and figures of a room at a position of its feed, with which readers begin.

use std::sync::{Arc, OnceLock};

use crate::domain::{MemberRow, Position, Profile, RoomStats};

/// The members and figures of a room.
#[derive(Debug)]
pub struct Snapshot {
    /// The position at which it was so.
    pub position: Position,
    /// What the host says of the room.
    pub profile: Arc<Profile>,
    /// The figures.
    pub stats: RoomStats,
    /// The members of the list. In a crowd: only the host and those on mic.
    pub members: Vec<MemberRow>,
    /// Whether those are all members.
    pub is_complete: bool,
    text: OnceLock<Box<str>>,
}

impl Snapshot {
    /// A snapshot of which nobody has made the text yet.
    pub(in crate::rooms) fn new(
        position: Position,
        profile: Arc<Profile>,
        stats: RoomStats,
        members: Vec<MemberRow>,
        is_complete: bool,
    ) -> Self {
        Self {
            position,
            profile,
            stats,
            members,
            is_complete,
            text: OnceLock::new(),
        }
    }

    /// Its text, which the first reader who needs it makes for all.
    pub fn text(&self, make: impl FnOnce(&Self) -> String) -> &str {
        self.text.get_or_init(|| make(self).into_boxed_str())
    }
}

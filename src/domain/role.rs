//! The three roles a member can have, with the numbers clients use for them.

/// What a member is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// Watches.
    Viewer = 0,
    /// Created the room.
    Host = 1,
    /// A viewer on mic.
    Linked = 2,
}

impl Role {
    /// The role with that number on the wire.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Viewer),
            1 => Some(Self::Host),
            2 => Some(Self::Linked),
            _ => None,
        }
    }

    /// The role's number on the wire.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Whether a member of this role who claims `claimed` asks for nothing new.
    ///
    /// Claims of published clients are loose: one build's host beats with 2, another's viewers
    /// with 1. So a host stays what they are whatever they claim, and a claim to be host means
    /// "no change" from anybody else.
    pub fn is_kept_by(self, claimed: Role) -> bool {
        self == Role::Host || claimed == Role::Host || claimed == self
    }
}

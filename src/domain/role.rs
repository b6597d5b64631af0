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

    /// Whether a member of this role who claims that asks for nothing new. A host keeps the role
    /// whatever they claim.
    pub fn is_kept_by(self, claim: RoleClaim) -> bool {
        match (self, claim) {
            (Self::Host, _) | (_, RoleClaim::Keep) => true,
            (Self::Viewer, RoleClaim::OffMic) | (Self::Linked, RoleClaim::OnMic) => true,
            (Self::Viewer, RoleClaim::OnMic) | (Self::Linked, RoleClaim::OffMic) => false,
        }
    }
}

/// What a member claims of their role by the way, with a beat or an entry. It is taken where the rules
/// allow it, else ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleClaim {
    /// Nothing: the role stays.
    Keep,
    /// To be on mic.
    OnMic,
    /// To be off mic.
    OffMic,
}

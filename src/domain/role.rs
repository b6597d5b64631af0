//! The three roles of a member, with their numbers on the wire.

/// The role of a member in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// A member who watches.
    Viewer = 0,
    /// The user who created the room.
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

    /// Every role, each at its number on the wire.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Host, Self::Linked];

    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Host => "host",
            Self::Linked => "linked",
        }
    }

    /// Whether a member of this role keeps it after that claim. A host keeps the role after any claim.
    pub fn is_kept_by(self, claim: RoleClaim) -> bool {
        match (self, claim) {
            (Self::Host, _) | (_, RoleClaim::Keep) => true,
            (Self::Viewer, RoleClaim::OffMic) | (Self::Linked, RoleClaim::OnMic) => true,
            (Self::Viewer, RoleClaim::OnMic) | (Self::Linked, RoleClaim::OffMic) => false,
        }
    }
}

/// The role that a member claims with a beat or an entry. It is applied if the rules allow it, and
/// ignored if they do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleClaim {
    /// No claim: the role stays.
    Keep,
    /// The member claims to be on mic.
    OnMic,
    /// The member claims to be off mic.
    OffMic,
}

//! Server keys: what a server of the app may do here, without being a user.

/// A kind of operation that a server key can be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRight {
    /// Beats in the name of users.
    Beats,
    /// Events of the app's own in rooms.
    Custom,
    /// What users read.
    Read,
    /// What administrators do.
    Admin,
}

impl KeyRight {
    /// Every right.
    pub const ALL: [Self; 4] = [Self::Beats, Self::Custom, Self::Read, Self::Admin];

    /// Its name in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Beats => "beats",
            Self::Custom => "custom",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// The right of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }
}

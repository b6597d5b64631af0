//! What a client sends by WebSocket.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::RoleClaim;

/// A frame of a client.
#[derive(Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub(super) enum Command {
    /// Who they are, and from where they read on.
    Auth {
        token: String,
        #[serde(default)]
        since: Option<String>,
    },
    /// A sign of life, and what a beat says.
    Beat {
        #[serde(default)]
        id: Value,
        #[serde(default)]
        role: Option<Role>,
        #[serde(default)]
        likes: Option<u32>,
    },
    /// The client lost track and wants a snapshot.
    Resync,
    /// Answered with its id.
    Ping {
        #[serde(default)]
        id: Value,
    },
}

/// The roles that a member may claim.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    Viewer,
    Linked,
}

impl From<Role> for RoleClaim {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::OffMic,
            Role::Linked => Self::OnMic,
        }
    }
}

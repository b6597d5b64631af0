//! The user and the room of a request, for the log line of a fault.

use super::command::Command;
use super::config::Legacy;
use super::wire::Fields;
use crate::domain::{RoomNum, Uid};

/// The user and the room that a request names, as far as this is known without a database query.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) user: Option<Uid>,
    pub(super) room: Option<RoomNum>,
}

impl Trace {
    /// Parses the body once more, which is cheap enough because faults are rare.
    pub(super) fn of(command: Command, body: &[u8], legacy: &Legacy) -> Self {
        let Ok(fields) = Fields::parse(body) else {
            return Self::default();
        };
        let named = |name| Uid::parse(fields.text_if_any(name));
        let user = match command {
            Command::Regist | Command::Login | Command::Kickout | Command::Verify => named("id"),
            Command::RoomKey => named("identifier"),
            // Elsewhere `id` may be another user.
            _ => fields
                .token()
                .ok()
                .and_then(|token| legacy.service().known_caller(token)),
        };
        Self {
            user,
            room: fields.named_room(),
        }
    }
}

//! The user and the room of a request, for the log line of a fault.

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
    pub(super) fn of(body: &[u8], legacy: &Legacy) -> Self {
        let Ok(fields) = Fields::parse(body) else {
            return Self::default();
        };
        let token = fields.token().ok();
        let caller = token.and_then(|token| legacy.service().sessions.cached(token));
        Self {
            user: caller.or_else(|| fields.named_user()),
            room: fields.named_room(),
        }
    }
}

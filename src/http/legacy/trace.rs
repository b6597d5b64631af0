//! Whom and which room a request names, for the line of the log that tells of its failure.

use super::config::Legacy;
use super::wire::Fields;
use crate::domain::{RoomNum, Uid};

/// Whom and which room a request names, as far as that can be told without asking the record.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) user: Option<Uid>,
    pub(super) room: Option<RoomNum>,
}

impl Trace {
    /// What a body names. It is parsed once more: failures are few.
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

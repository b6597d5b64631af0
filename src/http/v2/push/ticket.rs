//! Tickets: they let in who cannot send a header, as browsers with WebSocket and EventSource.
//!
//! A token in an address would stand in logs. A ticket opens one room for half a minute. A WebSocket uses it
//! up. An SSE stream keeps it, because a browser comes back with the same address.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use moka::sync::Cache;

use crate::domain::{Refusal, RoomNum};
use crate::error::Fault;
use crate::service::Watcher;

/// For how long a new ticket lets in.
pub(super) const LIFE: Duration = Duration::from_secs(30);

/// For how long an SSE stream may come back with its ticket after it ended.
const RETURN: Duration = Duration::from_secs(60);

/// Tickets at once; the oldest go.
const MOST: u64 = 100_000;

/// Random bytes of a ticket.
const BYTES: usize = 18;

/// Whom a ticket lets in, and where.
#[derive(Clone)]
struct Ticket {
    watcher: Watcher,
    room: RoomNum,
}

/// The tickets that are valid.
pub(super) struct Tickets {
    new: Cache<String, Ticket>,
    /// Those of SSE streams. One that is used again and again stays.
    kept: Cache<String, Ticket>,
}

impl Default for Tickets {
    fn default() -> Self {
        let cache = || Cache::builder().max_capacity(MOST);
        Self {
            new: cache().time_to_live(LIFE).build(),
            kept: cache().time_to_idle(RETURN).build(),
        }
    }
}

impl Tickets {
    /// A ticket that lets somebody into a room.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub(super) fn issue(&self, watcher: Watcher, room: RoomNum) -> Result<String, Fault> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|cause| Fault::new("making a ticket", cause))?;
        let text = URL_SAFE_NO_PAD.encode(bytes);
        self.new.insert(text.clone(), Ticket { watcher, room });
        Ok(text)
    }

    /// Uses a ticket up.
    ///
    /// # Errors
    /// If it does not let into that room, or not any more.
    pub(super) fn take(&self, text: &str, room: RoomNum) -> Result<Watcher, Refusal> {
        let ticket = self.new.remove(text).filter(|ticket| ticket.room == room);
        ticket
            .map(|ticket| ticket.watcher)
            .ok_or(Refusal::TokenUnknown)
    }

    /// Uses a ticket that stays valid as long as this is done again and again.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(super) fn keep(&self, text: &str, room: RoomNum) -> Result<Watcher, Refusal> {
        let ticket = match self.new.remove(text) {
            Some(ticket) => {
                self.kept.insert(text.to_owned(), ticket.clone());
                Some(ticket)
            }
            None => self.kept.get(text),
        };
        let ticket = ticket.filter(|ticket| ticket.room == room);
        ticket
            .map(|ticket| ticket.watcher)
            .ok_or(Refusal::TokenUnknown)
    }
}

//! Tickets: they let in who cannot send a header, as browsers with WebSocket and EventSource.
//!
//! A token in an address would stand in logs. A ticket opens one room, or the own stream, for half a minute.
//! A WebSocket uses it up. An SSE stream keeps it, because a browser comes back with the same address.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use moka::policy::EvictionPolicy;
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
    /// `None` for the own stream.
    room: Option<RoomNum>,
}

/// The tickets that are valid.
pub(super) struct Tickets {
    new: Cache<String, Ticket>,
    /// Those of SSE streams. One that is used again and again stays.
    kept: Cache<String, Ticket>,
}

impl Default for Tickets {
    fn default() -> Self {
        // Without the policy, a full cache would refuse new tickets.
        let oldest_go = EvictionPolicy::lru;
        let cache = || {
            Cache::builder()
                .max_capacity(MOST)
                .eviction_policy(oldest_go())
        };
        Self {
            new: cache().time_to_live(LIFE).build(),
            kept: cache().time_to_idle(RETURN).build(),
        }
    }
}

impl Tickets {
    /// A ticket that lets somebody read a room, or their own stream.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub(super) fn issue(&self, watcher: Watcher, room: Option<RoomNum>) -> Result<String, Fault> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|cause| Fault::new("making a ticket", cause))?;
        let text = URL_SAFE_NO_PAD.encode(bytes);
        self.new.insert(text.clone(), Ticket { watcher, room });
        Ok(text)
    }

    /// Uses a ticket up.
    ///
    /// # Errors
    /// If it is not for that, or not valid any more.
    pub(super) fn take(&self, text: &str, room: Option<RoomNum>) -> Result<Watcher, Refusal> {
        let ticket = self.used_up(text).filter(|ticket| ticket.room == room);
        ticket
            .map(|ticket| ticket.watcher)
            .ok_or(Refusal::TokenUnknown)
    }

    /// Uses a ticket that stays valid as long as this is done again and again.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(super) fn keep(&self, text: &str, room: Option<RoomNum>) -> Result<Watcher, Refusal> {
        let ticket = match self.used_up(text) {
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

    /// Takes a new ticket out, if it is still valid. `remove` alone would also return an old one.
    fn used_up(&self, text: &str) -> Option<Ticket> {
        self.new.get(text)?;
        self.new.remove(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Uid, UnixTime};
    use crate::service::{GuestTokens, Watcher};

    fn guest() -> Watcher {
        let (tokens, now) = (GuestTokens::new("key".to_owned()), UnixTime::from_secs(0));
        let (_, token): (Uid, _) = tokens.issue(now).expect("a guest");
        Watcher::Guest(tokens.check(token.as_str(), now).expect("a guest"))
    }

    fn room(number: i64) -> Option<RoomNum> {
        RoomNum::new(number)
    }

    #[test]
    fn a_ticket_is_used_up_for_what_it_is_for_and_for_nothing_else() {
        let tickets = Tickets::default();
        let issue = |room| tickets.issue(guest(), room).expect("a ticket");
        let ticket = issue(room(1));
        assert!(tickets.take(&ticket, room(1)).is_ok());
        assert!(tickets.take(&ticket, room(1)).is_err(), "used up");
        for (of, other) in [(room(1), room(2)), (room(1), None), (None, room(1))] {
            assert!(tickets.take(&issue(of), other).is_err());
            assert!(tickets.keep(&issue(of), other).is_err());
        }
        let kept = issue(None);
        assert!(tickets.keep(&kept, None).is_ok());
        assert!(tickets.keep(&kept, None).is_ok(), "a stream comes back");
        assert!(tickets.take(&kept, None).is_err(), "but no socket");
    }

    #[test]
    fn the_oldest_tickets_go_and_never_the_newest() {
        let tickets = Tickets::default();
        let watcher = guest();
        for _ in 0..MOST + 1_000 {
            let ticket = tickets.issue(watcher.clone(), None).expect("a ticket");
            tickets.new.run_pending_tasks();
            assert!(tickets.new.contains_key(&ticket));
        }
    }
}

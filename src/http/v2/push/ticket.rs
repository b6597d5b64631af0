//! Tickets: they let in who cannot send a header, as browsers with WebSocket and EventSource.
//!
//! A token in an address would stand in logs. A ticket opens one room for half a minute. A WebSocket uses it
//! up. An SSE stream keeps it, because a browser comes back with the same address.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use moka::Expiry;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use super::super::asked::Watching;
use super::super::problem::Problem;
use super::super::state::V2;
use crate::domain::{Refusal, RoomNum};
use crate::error::Fault;
use crate::service::Watcher;

/// For how long a ticket lets in.
const LIFE: Duration = Duration::from_secs(30);

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
    life: Duration,
}

/// The tickets that are valid.
pub(super) struct Tickets(Cache<String, Ticket>);

struct Life;

impl Expiry<String, Ticket> for Life {
    fn expire_after_create(
        &self,
        _: &String,
        ticket: &Ticket,
        _: std::time::Instant,
    ) -> Option<Duration> {
        Some(ticket.life)
    }

    fn expire_after_update(
        &self,
        _: &String,
        ticket: &Ticket,
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(ticket.life)
    }
}

impl Default for Tickets {
    fn default() -> Self {
        let tickets = Cache::builder().max_capacity(MOST).expire_after(Life);
        Self(tickets.build())
    }
}

impl Tickets {
    fn issue(&self, watcher: Watcher, room: RoomNum) -> Result<String, Fault> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|cause| Fault::new("making a ticket", cause))?;
        let text = URL_SAFE_NO_PAD.encode(bytes);
        let life = LIFE;
        self.0.insert(
            text.clone(),
            Ticket {
                watcher,
                room,
                life,
            },
        );
        Ok(text)
    }

    /// Uses a ticket up.
    ///
    /// # Errors
    /// If it does not let into that room, or not any more.
    pub(super) fn take(&self, text: &str, room: RoomNum) -> Result<Watcher, Refusal> {
        let ticket = self.0.remove(text).filter(|ticket| ticket.room == room);
        ticket
            .map(|ticket| ticket.watcher)
            .ok_or(Refusal::TokenUnknown)
    }

    /// Uses a ticket, which stays valid for as long as a stream lasts that calls this again and again.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(super) fn keep(&self, text: &str, room: RoomNum) -> Result<Watcher, Refusal> {
        let ticket = self.0.get(text).filter(|ticket| ticket.room == room);
        let ticket = ticket.ok_or(Refusal::TokenUnknown)?;
        let watcher = ticket.watcher.clone();
        let life = RETURN;
        self.0.insert(text.to_owned(), Ticket { life, ..ticket });
        Ok(watcher)
    }
}

/// `POST /v2/tickets`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    room: u32,
}

#[derive(Serialize)]
pub(in crate::http::v2) struct Issued {
    ticket: String,
    /// Seconds within which it has to be used.
    expires_in: u64,
}

pub(in crate::http::v2) async fn issue(
    v2: Data<V2>,
    asked: Watching,
    _: HttpRequest,
) -> Result<Json<Issued>, Problem> {
    let Wanted { room } = asked.fields()?;
    let room = RoomNum::new(room.into()).ok_or(Refusal::NoSuchRoom)?;
    let ticket = v2.push.tickets.issue(asked.watcher, room);
    Ok(Json(Issued {
        ticket: ticket.map_err(crate::error::Error::from)?,
        expires_in: LIFE.as_secs(),
    }))
}

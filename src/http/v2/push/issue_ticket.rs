//! `POST /v2/tickets`: a ticket for one room, or for the own stream.

use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::asked::Watching;
use super::super::problem::Problem;
use super::super::shape::whole;
use super::super::state::V2;
use super::ticket::LIFE;
use crate::domain::{Refusal, RoomNum};
use crate::error::Error;

/// `POST /v2/tickets`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IssueTicket)]
struct Wanted {
    /// Without it, the ticket is for the caller's own stream.
    #[serde(default, deserialize_with = "whole")]
    #[schema(maximum = 4_294_967_295_u32)]
    room: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(in crate::http::v2) struct Issued {
    ticket: String,
    /// Seconds within which it has to be used.
    expires_in: u64,
}

/// A ticket for who can send no header: it opens the events of one room, or the own stream.
#[utoipa::path(
    post,
    path = "/v2/tickets",
    request_body = Wanted,
    responses((status = 200, body = Issued), (status = 404, description = "room_unknown")),
)]
pub(in crate::http::v2) async fn issue(
    v2: Data<V2>,
    asked: Watching,
) -> Result<Json<Issued>, Problem> {
    let Wanted { room } = asked.fields()?;
    let number = |room: u32| RoomNum::new(room.into()).ok_or(Refusal::NoSuchRoom);
    let room = room.map(number).transpose()?;
    let service = v2.service();
    if room.is_some_and(|room| !service.has_readable(room)) {
        return Err(Refusal::NoSuchRoom.into());
    }
    service.may_take_ticket(&asked.watcher)?;
    let ticket = v2.push.tickets.issue(asked.watcher, room);
    Ok(Json(Issued {
        ticket: ticket.map_err(Error::from)?,
        expires_in: LIFE.as_secs(),
    }))
}

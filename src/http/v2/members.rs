//! Members: they enter a room, beat, leave it and are listed.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::bearer::Bearer;
use super::body::{Body, query};
use super::cursor::{USUAL_LIMIT, cursor, key, limit};
use super::problem::Problem;
use super::shape::{At, Page, RoleName, Room, RoomInPath};
use super::state::V2;
use crate::domain::{MemberPlace, RoleClaim};

/// How long a client waits between two beats on average, in milliseconds, and how far it may be from
/// that, so that clients who came at the same moment do not beat at the same moment.
const BEAT_MS: u32 = 10_000;
const BEAT_SPREAD_MS: u32 = 4_000;

/// `GET /v2/rooms/{room}/members`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListMembers {
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Member {
    uid: String,
    role: RoleName,
}

pub(super) async fn list(
    v2: Data<V2>,
    _: Bearer,
    RoomInPath(room): RoomInPath,
    request: HttpRequest,
) -> Result<Json<Page<Member>>, Problem> {
    let asked: ListMembers = query(&request)?;
    let size = limit(asked.limit.as_deref().unwrap_or(USUAL_LIMIT))?;
    let filter = ("members", room);
    let place = asked.cursor.map(|cursor| key(&cursor, &filter));
    let place = place.transpose()?.map(MemberPlace::from_number);
    let page = v2.service().members_behind(room, place, size).await?;
    let next = page.rows.last().filter(|_| page.rows.len() == size);
    let next = next.map(|last| cursor(last.place.number(), &filter));
    let items = page.rows.into_iter().map(|row| Member {
        uid: row.uid.to_string(),
        role: row.role.into(),
    });
    Ok(Json(Page {
        items: items.collect(),
        next,
        total: page.total,
        at: Some(At::from(page.position)),
    }))
}

/// `PUT /v2/rooms/{room}/members/me`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enter {}

#[derive(Serialize)]
pub(super) struct Entered {
    member: Member,
    room: Room,
}

pub(super) async fn enter(
    v2: Data<V2>,
    Bearer(caller): Bearer,
    RoomInPath(room): RoomInPath,
    _: Body<Enter>,
) -> Result<Json<Entered>, Problem> {
    let service = v2.service();
    service.enter_room(&caller, room, RoleClaim::Keep).await?;
    let summary = service.room(room).await?;
    let here = service
        .membership(&caller)
        .filter(|(number, _)| *number == room);
    Ok(Json(Entered {
        member: Member {
            uid: caller.uid.to_string(),
            // They may be in another room again already.
            role: here.map_or(RoleName::Viewer, |(_, role)| role.into()),
        },
        room: Room::of(&summary, service),
    }))
}

pub(super) async fn leave(
    v2: Data<V2>,
    Bearer(caller): Bearer,
    RoomInPath(room): RoomInPath,
) -> Result<HttpResponse, Problem> {
    v2.service().leave_room(&caller, room).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v2/rooms/{room}/beat`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beat {
    /// Whether the member is on mic; absent: no change.
    role: Option<ClaimedRole>,
    /// The absolute count of likes; only the host's counts.
    likes: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClaimedRole {
    Viewer,
    Linked,
}

#[derive(Serialize)]
pub(super) struct Beaten {
    /// The room in which the beat counted, and the role there; `None` for a caller who is nowhere.
    room: Option<u32>,
    role: Option<RoleName>,
    #[serde(flatten)]
    at: Option<At>,
    /// When the next beat is expected, in milliseconds from now.
    next_ms: u32,
}

pub(super) async fn beat(
    v2: Data<V2>,
    Bearer(caller): Bearer,
    RoomInPath(room): RoomInPath,
    Body(Beat { role, likes }): Body<Beat>,
) -> Result<Json<Beaten>, Problem> {
    let claim = match role {
        None => RoleClaim::Keep,
        Some(ClaimedRole::Viewer) => RoleClaim::OffMic,
        Some(ClaimedRole::Linked) => RoleClaim::OnMic,
    };
    let service = v2.service();
    service.beat(&caller, Some(room), claim, likes).await?;
    let at = service.membership(&caller);
    let position = at.and_then(|(room, _)| service.position(room));
    Ok(Json(Beaten {
        room: at.map(|(room, _)| room.get()),
        role: at.map(|(_, role)| role.into()),
        at: position.map(At::from),
        next_ms: next_beat(caller.token.0[0]),
    }))
}

/// The wait until the next beat of a caller. Their token spreads it evenly.
fn next_beat(spread: u8) -> u32 {
    BEAT_MS - BEAT_SPREAD_MS / 2 + BEAT_SPREAD_MS * u32::from(spread) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_ten_seconds_apart_a_fifth_more_or_less() {
        assert_eq!(next_beat(0), 8_000);
        assert_eq!(next_beat(255), 12_000);
    }
}

//! Members: they enter a room, beat, leave it and are listed.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::Schema;
use utoipa::{IntoParams, ToSchema};

use super::asked::Watching;
use super::body::query;
use super::cursor::{USUAL_LIMIT, cursor, key, limit};
use super::problem::Problem;
use super::rooms::changed;
use super::shape::{At, Page, RoleName, Room, named, one_of, room_in, whole};
use super::state::V2;
use crate::domain::{MemberPlace, Role, RoleClaim, Uid};
use crate::service::{MemberPage, Viewer};

/// How long a client waits between two beats on average, in milliseconds, and how far it may be from
/// that, so that clients who came at the same moment do not beat at the same moment.
const BEAT_MS: u32 = 10_000;
const BEAT_SPREAD_MS: u32 = 4_000;

/// `GET /v2/rooms/{room}/members`
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListMembers {
    /// Only members with this role.
    #[param(inline)]
    role: Option<RoleName>,
    /// Only these users, up to 100 ids with commas between them; nothing else may stand beside it.
    uid: Option<String>,
    /// Rows at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Users that one request may ask for.
const MOST_USERS: usize = 100;

/// The users in a list with commas. Who can be no user is not there.
fn users(list: &str) -> Result<Vec<Uid>, Problem> {
    if list.split(',').count() > MOST_USERS {
        let expected = format!("expected at most {MOST_USERS} ids");
        return Err(Problem::field("/uid".to_owned(), &expected));
    }
    Ok(list.split(',').filter_map(Uid::parse).collect())
}

#[derive(Serialize, ToSchema)]
pub(super) struct Member {
    uid: String,
    role: RoleName,
}

/// Who is in a room: the host, then who is on mic, then viewers in the order of entering.
#[utoipa::path(
    get,
    path = "/v2/rooms/{room}/members",
    params(ListMembers),
    responses((status = 200, body = Page<Member>)),
)]
pub(super) async fn list(
    v2: Data<V2>,
    _: Watching,
    request: HttpRequest,
) -> Result<Json<Page<Member>>, Problem> {
    let room = room_in(&request)?;
    let asked: ListMembers = query(&request)?;
    let service = v2.service();
    if let Some(uids) = asked.uid {
        if asked.role.is_some() || asked.limit.is_some() || asked.cursor.is_some() {
            return Err(Problem::field("/uid".to_owned(), "expected alone"));
        }
        let page = service.members_among(room, users(&uids)?).await?;
        return Ok(Json(shown(page, None)));
    }
    let size = limit(asked.limit.as_deref().unwrap_or(USUAL_LIMIT))?;
    let filter = ("members", room, asked.role);
    let place = asked.cursor.map(|cursor| key(&cursor, &filter));
    let place = place.transpose()?.map(MemberPlace::from_number);
    // One more, to know whether the list goes on.
    let page = service.members_behind(room, place, asked.role.map(Role::from), size + 1);
    let mut page = page.await?;
    let goes_on = page.rows.len() > size;
    page.rows.truncate(size);
    let next = page.rows.last().filter(|_| goes_on);
    let next = next.map(|last| cursor(last.place.number(), &filter));
    Ok(Json(shown(page, next)))
}

fn shown(page: MemberPage, next: Option<String>) -> Page<Member> {
    let items = page.rows.into_iter().map(|row| Member {
        uid: row.uid.to_string(),
        role: row.role.into(),
    });
    Page {
        items: items.collect(),
        next,
        total: page.total,
        at: Some(At::from(page.position)),
    }
}

/// `PUT /v2/rooms/{room}/members/me`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Enter {}

#[derive(Serialize, ToSchema)]
pub(super) struct Entered {
    /// Null if they have left already, for another room or by another client.
    member: Option<Member>,
    room: Room,
}

/// The caller enters a room, and leaves any other.
#[utoipa::path(
    put,
    path = "/v2/rooms/{room}/members/me",
    request_body = Enter,
    responses(
        (status = 200, body = Entered),
        (status = 409, description = "guests_full, room_over"),
    ),
)]
pub(super) async fn enter(
    v2: Data<V2>,
    asked: Watching,
    request: HttpRequest,
) -> Result<Json<Entered>, Problem> {
    let room = room_in(&request)?;
    let Enter {} = asked.fields()?;
    let (service, watcher) = (v2.service(), &asked.watcher);
    service.enter_room(watcher, room, RoleClaim::Keep).await?;
    let here = service.membership(watcher);
    let here = here.filter(|(number, _)| *number == room);
    Ok(Json(Entered {
        member: here.map(|(_, role)| Member {
            uid: watcher.uid().to_string(),
            role: role.into(),
        }),
        room: changed(&v2, room).await?,
    }))
}

/// The caller leaves a room.
#[utoipa::path(
    delete,
    path = "/v2/rooms/{room}/members/me",
    responses((status = 204)),
)]
pub(super) async fn leave(
    v2: Data<V2>,
    Watching { watcher, .. }: Watching,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let room = room_in(&request)?;
    v2.service().leave_room(&watcher, room).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v2/rooms/{room}/beat`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Beat {
    /// Whether the member is on mic; absent: no change.
    #[serde(default = "keep", deserialize_with = "claim")]
    #[schema(schema_with = claims)]
    role: RoleClaim,
    /// The absolute count of likes; only the host's counts.
    #[serde(default, deserialize_with = "whole")]
    #[schema(maximum = 4_294_967_295_u32)]
    likes: Option<u32>,
}

const CLAIMS: [(&str, RoleClaim); 2] =
    [("viewer", RoleClaim::OffMic), ("linked", RoleClaim::OnMic)];

pub(super) fn claim<'de, D: Deserializer<'de>>(value: D) -> Result<RoleClaim, D::Error> {
    named(value, &CLAIMS)
}

pub(super) fn claims() -> Schema {
    one_of(&CLAIMS)
}

pub(super) const fn keep() -> RoleClaim {
    RoleClaim::Keep
}

#[derive(Serialize, ToSchema)]
pub(super) struct Beaten {
    /// The room in which the beat counted, and the role there; null for a caller who is nowhere.
    room: Option<u32>,
    role: Option<RoleName>,
    /// With `inc` and `seq` of that room.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    at: Option<At>,
    /// When the next beat is expected, in milliseconds from now.
    next_ms: u32,
}

/// The caller is still there.
#[utoipa::path(
    post,
    path = "/v2/rooms/{room}/beat",
    request_body = Beat,
    responses((status = 200, body = Beaten), (status = 403, description = "guests_may_not")),
)]
pub(super) async fn beat(
    v2: Data<V2>,
    asked: Watching,
    request: HttpRequest,
) -> Result<Json<Beaten>, Problem> {
    let room = room_in(&request)?;
    let Beat { role, likes } = asked.fields()?;
    let (service, watcher) = (v2.service(), asked.watcher);
    service.beat(&watcher, Some(room), role, likes).await?;
    let at = service.membership(&watcher);
    let position = at.and_then(|(room, _)| service.position(room));
    Ok(Json(Beaten {
        room: at.map(|(room, _)| room.get()),
        role: at.map(|(_, role)| role.into()),
        at: position.map(At::from),
        next_ms: next_beat(watcher.spread()),
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

//! Members: they enter a room, beat, leave it and are listed.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer, Serialize};

use super::asked::Watching;
use super::body::query;
use super::cursor::{USUAL_LIMIT, cursor, key, limit};
use super::problem::Problem;
use super::rooms::changed;
use super::shape::{At, Page, RoleName, Room, named, room_in};
use super::state::V2;
use crate::domain::{MemberPlace, Role, RoleClaim, Uid};
use crate::service::{MemberPage, Viewer};

/// How long a client waits between two beats on average, in milliseconds, and how far it may be from
/// that, so that clients who came at the same moment do not beat at the same moment.
const BEAT_MS: u32 = 10_000;
const BEAT_SPREAD_MS: u32 = 4_000;

/// `GET /v2/rooms/{room}/members`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListMembers {
    role: Option<RoleName>,
    uid: Option<String>,
    limit: Option<String>,
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

#[derive(Serialize)]
pub(super) struct Member {
    uid: String,
    role: RoleName,
}

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
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enter {}

#[derive(Serialize)]
pub(super) struct Entered {
    /// `None` if they have left already, for another room or by another client.
    member: Option<Member>,
    room: Room,
}

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
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beat {
    /// Whether the member is on mic; absent: no change.
    #[serde(default = "keep", deserialize_with = "claim")]
    role: RoleClaim,
    /// The absolute count of likes; only the host's counts.
    likes: Option<u32>,
}

pub(super) fn claim<'de, D: Deserializer<'de>>(value: D) -> Result<RoleClaim, D::Error> {
    let names = [("viewer", RoleClaim::OffMic), ("linked", RoleClaim::OnMic)];
    named(value, &names)
}

pub(super) const fn keep() -> RoleClaim {
    RoleClaim::Keep
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

//! Rooms: creating one, going live in it, changing it, listing and ending lives.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::asked::Asked;
use super::body::query;
use super::cursor::{USUAL_LIMIT, cursor, key, limit};
use super::lives::Told;
use super::problem::Problem;
use super::profile::{Change, Create, GoLive, seen};
use super::shape::{Page, Room, room_in};
use super::state::V2;
use crate::domain::{AppId, Refusal, RoomNum};
use crate::error::Error;
use crate::service::{Filter, LiveRow};

pub(super) async fn create(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let prepared = asked.fields::<Create>()?.into();
    let client = v2.client_of(&request);
    let created = v2.service().create_room(asked.caller, prepared, client);
    let number = created.await?;
    Ok(HttpResponse::Created().json(changed(&v2, number).await?))
}

pub(super) async fn go_live(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<Json<Room>, Problem> {
    let room = room_in(&request)?;
    let said = asked.fields::<GoLive>()?.into();
    let live = v2
        .service()
        .go_live(asked.caller, room, said, seen(&request)?);
    live.await?;
    Ok(Json(changed(&v2, room).await?))
}

pub(super) async fn change(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<Json<Room>, Problem> {
    let room = room_in(&request)?;
    let change = asked.fields::<Change>()?.into();
    let done = v2
        .service()
        .change_room(asked.caller, room, change, seen(&request)?);
    done.await?;
    Ok(Json(changed(&v2, room).await?))
}

/// The room after a change that was done. Its host may have ended it meanwhile.
pub(super) async fn changed(v2: &V2, number: RoomNum) -> Result<Room, Problem> {
    match v2.service().room(number).await {
        Ok(summary) => Ok(Room::of(&summary, v2.service())),
        Err(Error::Refused(Refusal::NoSuchRoom)) => Err(Problem::over()),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn get(
    v2: Data<V2>,
    _: Asked,
    request: HttpRequest,
) -> Result<Json<Room>, Problem> {
    let service = v2.service();
    let summary = service.room(room_in(&request)?).await?;
    Ok(Json(Room::of(&summary, service)))
}

/// `GET /v2/rooms`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListRooms {
    app: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

pub(super) async fn list(
    v2: Data<V2>,
    _: Asked,
    request: HttpRequest,
) -> Result<Json<Page<Room>>, Problem> {
    let asked: ListRooms = query(&request)?;
    let app = asked.app.map(|app| {
        let app = app.parse().ok().and_then(AppId::new);
        app.ok_or_else(|| Problem::field("/app".to_owned(), "expected an app's number"))
    });
    let only_live_type = match asked.kind.as_deref() {
        None => false,
        Some("live") => true,
        Some(_) => {
            let expected = "expected `live`, or nothing for all types";
            return Err(Problem::field("/type".to_owned(), expected));
        }
    };
    let filter = Filter {
        app: app.transpose()?,
        only_live_type,
    };
    let size = limit(asked.limit.as_deref().unwrap_or(USUAL_LIMIT))?;
    let of = ("rooms", filter);
    let row = asked.cursor.map(|cursor| key(&cursor, &of));
    let row = row.transpose()?.map(LiveRow);
    let service = v2.service();
    // One more, to know whether the list goes on.
    let (total, mut summaries) = service.lives_behind(filter, row, size + 1);
    let goes_on = summaries.len() > size;
    summaries.truncate(size);
    let next = summaries.last().filter(|_| goes_on);
    let next = next.map(|last| cursor(last.row().0, &of));
    let items = summaries.iter().map(|summary| Room::of(summary, service));
    Ok(Json(Page {
        items: items.collect(),
        next,
        total,
        at: None,
    }))
}

pub(super) async fn end(
    v2: Data<V2>,
    Asked { caller, .. }: Asked,
    request: HttpRequest,
) -> Result<Json<Told>, Problem> {
    let service = v2.service();
    let told = service.end_room(caller, room_in(&request)?).await?;
    Ok(Json(Told::of(told, service.clock.unix())))
}

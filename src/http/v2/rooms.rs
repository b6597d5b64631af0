//! Rooms: creating one, going live in it, changing it, listing and ending lives.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::Schema;
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, Watching};
use super::body::query;
use super::cursor::{USUAL_LIMIT, limit, opened, sealed};
use super::lives::Told;
use super::problem::Problem;
use super::profile::{Change, Create, GoLive, Seen, seen};
use super::shape::{Page, Room, named, one_of, room_in};
use super::state::V2;
use crate::domain::{AppId, Refusal, RoomNum};
use crate::error::Error;
use crate::service::{Figure, Filter, LivePlace, Search, TitlePart};

/// Creates a room, which is not listed yet. An earlier live of the caller ends.
#[utoipa::path(
    post,
    path = "/v2/rooms",
    request_body = Create,
    responses(
        (status = 201, body = Room),
        (status = 403, description = "guests_may_not"),
        (status = 409, description = "room_over"),
        (status = 429, description = "too_many_requests"),
    ),
)]
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

/// The host goes live, or changes what they announced. What is missing stays as it was.
#[utoipa::path(
    post,
    path = "/v2/rooms/{room}/live",
    params(Seen),
    request_body = GoLive,
    responses(
        (status = 200, body = Room),
        (status = 403, description = "guests_may_not, not_your_room"),
        (status = 409, description = "room_over, version_stale"),
    ),
)]
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

/// The host changes what is given.
#[utoipa::path(
    patch,
    path = "/v2/rooms/{room}",
    params(Seen),
    request_body = Change,
    responses(
        (status = 200, body = Room),
        (status = 403, description = "guests_may_not, not_your_room"),
        (status = 409, description = "room_over, version_stale"),
    ),
)]
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

/// A room.
#[utoipa::path(get, path = "/v2/rooms/{room}", responses((status = 200, body = Room)))]
pub(super) async fn get(
    v2: Data<V2>,
    _: Watching,
    request: HttpRequest,
) -> Result<Json<Room>, Problem> {
    let service = v2.service();
    let summary = service.room(room_in(&request)?).await?;
    Ok(Json(Room::of(&summary, service)))
}

/// `GET /v2/rooms`
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListRooms {
    /// Only lives of this app.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 4_294_967_295_u32)]
    app: Option<String>,
    /// Only lives of the type `live`.
    #[serde(rename = "type")]
    #[param(schema_with = live_only)]
    kind: Option<String>,
    /// A part of the title, in small or capital letters.
    #[param(min_length = 1, max_length = 64)]
    q: Option<String>,
    /// Newest first, or those with the most members or likes first.
    #[serde(default, deserialize_with = "by")]
    #[param(schema_with = sorts, required = false)]
    sort: Option<Figure>,
    /// Rows at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

const SORTS: [(&str, Option<Figure>); 3] = [
    ("-created", None),
    ("-members", Some(Figure::Members)),
    ("-likes", Some(Figure::Likes)),
];

fn by<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Figure>, D::Error> {
    named(value, &SORTS)
}

fn sorts() -> Schema {
    one_of(&SORTS)
}

fn live_only() -> Schema {
    one_of(&[("live", ())])
}

impl ListRooms {
    /// What is looked for.
    ///
    /// # Errors
    /// What is wrong with it.
    fn search(&self) -> Result<Search, Problem> {
        let wrong = |pointer: &str, expected: &str| Problem::field(pointer.to_owned(), expected);
        let app = self.app.as_ref().map(|app| {
            let app = app.parse().ok().and_then(AppId::new);
            app.ok_or_else(|| wrong("/app", "expected an app's number"))
        });
        let only_live_type = match self.kind.as_deref() {
            None => false,
            Some("live") => true,
            Some(_) => return Err(wrong("/type", "expected `live`, or nothing for all types")),
        };
        let title = self.q.as_deref().map(|text| {
            let expected = format!("expected 1 to {} letters", TitlePart::MAX_CHARS);
            TitlePart::parse(text).ok_or_else(|| wrong("/q", &expected))
        });
        Ok(Search {
            filter: Filter {
                app: app.transpose()?,
                only_live_type,
            },
            title: title.transpose()?,
            by: self.sort,
        })
    }
}

/// A page of rooms.
#[derive(Serialize, ToSchema)]
pub(super) struct Rooms {
    #[serde(flatten)]
    page: Page<Room>,
    /// The search stopped before the page was full, and goes on behind `next`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    partial: bool,
}

/// The rooms that are live.
#[utoipa::path(
    get,
    path = "/v2/rooms",
    params(ListRooms),
    responses((status = 200, body = Rooms)),
)]
pub(super) async fn list(
    v2: Data<V2>,
    _: Watching,
    request: HttpRequest,
) -> Result<Json<Rooms>, Problem> {
    let asked: ListRooms = query(&request)?;
    let search = asked.search()?;
    let size = limit(asked.limit.as_deref().unwrap_or(USUAL_LIMIT))?;
    let of = ("rooms", search.clone());
    let place = asked.cursor.map(|cursor| opened(&cursor, &of, place));
    let service = v2.service();
    let found = service.find_lives(search, place.transpose()?, size).await?;
    let items = found.summaries.iter();
    Ok(Json(Rooms {
        page: Page {
            items: items.map(|summary| Room::of(summary, service)).collect(),
            next: found.next.map(|place| sealed(&key(place), &of)),
            total: found.total,
            at: None,
        },
        partial: found.is_partial,
    }))
}

/// A place as the key of a cursor.
fn key(place: LivePlace) -> Vec<u8> {
    [
        &place.snapshot.to_be_bytes()[..],
        &place.figure.to_be_bytes(),
        &place.order.to_be_bytes(),
    ]
    .concat()
}

fn place(key: &[u8]) -> Option<LivePlace> {
    let (snapshot, rest) = key.split_first_chunk()?;
    let (figure, order) = rest.split_first_chunk()?;
    Some(LivePlace {
        snapshot: u64::from_be_bytes(*snapshot),
        figure: u32::from_be_bytes(*figure),
        order: u64::from_be_bytes(order.try_into().ok()?),
    })
}

/// The host, or an administrator, ends the live.
#[utoipa::path(
    delete,
    path = "/v2/rooms/{room}",
    responses((status = 200, body = Told), (status = 403, description = "guests_may_not, not_your_room")),
)]
pub(super) async fn end(
    v2: Data<V2>,
    Asked { caller, .. }: Asked,
    request: HttpRequest,
) -> Result<Json<Told>, Problem> {
    let service = v2.service();
    let told = service.end_room(caller, room_in(&request)?).await?;
    Ok(Json(Told::of(told, service.clock.unix())))
}

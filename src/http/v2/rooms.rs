//! Rooms: creating one, going live in it, listing and ending lives.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer};

use super::asked::Asked;
use super::body::query;
use super::cursor::{USUAL_LIMIT, cursor, key, limit};
use super::problem::Problem;
use super::shape::{Page, Room, named, room_in};
use super::state::V2;
use crate::domain::{AppId, Device, LiveInfo, Refusal, RoomNum, VideoType};
use crate::error::Error;
use crate::service::{Filter, LiveRow};

/// `POST /v2/rooms`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {}

pub(super) async fn create(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Create {} = asked.fields()?;
    let client = v2.client_of(&request);
    let number = v2.service().create_room(asked.caller, client).await?;
    Ok(HttpResponse::Created().json(changed(&v2, number).await?))
}

/// `POST /v2/rooms/{room}/live`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoLive {
    title: String,
    #[serde(default)]
    cover: String,
    #[serde(rename = "type", default = "live")]
    kind: String,
    appid: Option<u32>,
    #[serde(default = "pc", deserialize_with = "device")]
    device: Device,
    #[serde(default = "camera", deserialize_with = "video")]
    video: VideoType,
}

fn live() -> String {
    "live".to_owned()
}

fn device<'de, D: Deserializer<'de>>(value: D) -> Result<Device, D::Error> {
    let names = [
        ("ios", Device::Ios),
        ("android", Device::Android),
        ("pc", Device::Pc),
    ];
    named(value, &names)
}

const fn pc() -> Device {
    Device::Pc
}

fn video<'de, D: Deserializer<'de>>(value: D) -> Result<VideoType, D::Error> {
    let names = [("camera", VideoType::Camera), ("screen", VideoType::Screen)];
    named(value, &names)
}

const fn camera() -> VideoType {
    VideoType::Camera
}

impl GoLive {
    fn info(self) -> Result<LiveInfo, Problem> {
        let too_long = |pointer: &str, most: String| {
            Problem::field(pointer.to_owned(), &format!("expected at most {most}"))
        };
        if self.title.chars().count() > LiveInfo::MAX_TITLE_CHARS {
            let most = format!("{} letters", LiveInfo::MAX_TITLE_CHARS);
            return Err(too_long("/title", most));
        }
        for (pointer, text, most) in [
            ("/cover", &self.cover, LiveInfo::MAX_COVER_BYTES),
            ("/type", &self.kind, LiveInfo::MAX_TYPE_BYTES),
        ] {
            if text.len() > most {
                return Err(too_long(pointer, format!("{most} bytes")));
            }
        }
        Ok(LiveInfo {
            title: self.title,
            cover: self.cover,
            kind: self.kind,
            app: self.appid.and_then(|appid| AppId::new(appid.into())),
            device: self.device,
            video: self.video,
        })
    }
}

pub(super) async fn go_live(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<Json<Room>, Problem> {
    let room = room_in(&request)?;
    let info = asked.fields::<GoLive>()?.info()?;
    v2.service().go_live(asked.caller, room, info).await?;
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
) -> Result<HttpResponse, Problem> {
    v2.service().end_room(caller, room_in(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

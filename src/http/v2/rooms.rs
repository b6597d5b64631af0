//! Rooms: creating one, going live in it, listing and ending lives.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::bearer::Bearer;
use super::body::{Body, query};
use super::cursor::{USUAL_LIMIT, cursor, key, limit};
use super::problem::Problem;
use super::shape::{Page, Room, RoomInPath};
use super::state::V2;
use crate::domain::{AppId, Device, LiveInfo, VideoType};
use crate::service::{Filter, LiveRow};

/// `POST /v2/rooms`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {}

pub(super) async fn create(
    v2: Data<V2>,
    Bearer(caller): Bearer,
    request: HttpRequest,
    _: Body<Create>,
) -> Result<HttpResponse, Problem> {
    let service = v2.service();
    let number = service.create_room(caller, v2.client_of(&request)).await?;
    let summary = service.room(number).await?;
    Ok(HttpResponse::Created().json(Room::of(&summary, service)))
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
    #[serde(default)]
    device: DeviceName,
    #[serde(default)]
    video: VideoName,
}

fn live() -> String {
    "live".to_owned()
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DeviceName {
    Ios,
    Android,
    #[default]
    Pc,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum VideoName {
    #[default]
    Camera,
    Screen,
}

impl GoLive {
    fn info(self) -> Result<LiveInfo, Problem> {
        let too_long = |pointer: &str, most: String| {
            Problem::field(pointer.to_owned(), format!("expected at most {most}"))
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
            device: match self.device {
                DeviceName::Ios => Device::Ios,
                DeviceName::Android => Device::Android,
                DeviceName::Pc => Device::Pc,
            },
            video: match self.video {
                VideoName::Camera => VideoType::Camera,
                VideoName::Screen => VideoType::Screen,
            },
        })
    }
}

pub(super) async fn go_live(
    v2: Data<V2>,
    Bearer(caller): Bearer,
    RoomInPath(room): RoomInPath,
    Body(asked): Body<GoLive>,
) -> Result<Json<Room>, Problem> {
    let service = v2.service();
    service.go_live(caller, room, asked.info()?).await?;
    let summary = service.room(room).await?;
    Ok(Json(Room::of(&summary, service)))
}

pub(super) async fn get(
    v2: Data<V2>,
    _: Bearer,
    RoomInPath(room): RoomInPath,
) -> Result<Json<Room>, Problem> {
    let service = v2.service();
    let summary = service.room(room).await?;
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
    _: Bearer,
    request: HttpRequest,
) -> Result<Json<Page<Room>>, Problem> {
    let asked: ListRooms = query(&request)?;
    let app = asked.app.map(|app| {
        let app = app.parse().ok().and_then(AppId::new);
        app.ok_or_else(|| Problem::field("/app".to_owned(), "expected an app's number".to_owned()))
    });
    let only_live_type = match asked.kind.as_deref() {
        None => false,
        Some("live") => true,
        Some(_) => {
            let expected = "expected `live`, or nothing for all types".to_owned();
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
    let (total, summaries) = service.lives_behind(filter, row, size);
    let next = summaries.last().filter(|_| summaries.len() == size);
    let next = next.map(|last| cursor(last.row().0, &of));
    let items = summaries.iter().map(|summary| Room::of(summary, service));
    Ok(Json(Page {
        items: items.collect(),
        next,
        total,
        at: None,
    }))
}

/// The end of a live.
#[derive(Serialize)]
pub(super) struct Ended {
    live: i64,
    reason: &'static str,
    peak: u32,
    total: u32,
    likes: u32,
}

pub(super) async fn end(
    v2: Data<V2>,
    Bearer(caller): Bearer,
    RoomInPath(room): RoomInPath,
) -> Result<Json<Ended>, Problem> {
    let end = v2.service().end_room(caller, room).await?;
    Ok(Json(Ended {
        live: end.live.get(),
        reason: end.reason.as_str(),
        peak: end.stats.peak,
        total: end.stats.total,
        likes: end.stats.likes,
    }))
}

//! Watching: the addresses of a live's stream, and the recordings of lives.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::Asked;
use super::body::query;
use super::cursor::{USUAL_LIMIT, limit, opened, sealed};
use super::problem::Problem;
use super::shape::{Page, rfc3339, room_in};
use super::state::V2;
use crate::domain::{Recording, RecordingFilter, RecordingPlace, UnixTime};

/// The addresses at which a stream is watched.
#[derive(Serialize, ToSchema)]
pub(super) struct Play {
    rtmp: String,
    flv: String,
    hls: String,
}

/// The addresses at which a live is watched.
#[utoipa::path(
    get,
    path = "/v2/rooms/{room}/play",
    responses((status = 200, body = Play), (status = 403, description = "guests_may_not")),
)]
pub(super) async fn play(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<Json<Play>, Problem> {
    let room = room_in(&request)?;
    let urls = v2.service().playback(&asked.caller, room)?.playback.urls;
    Ok(Json(Play {
        rtmp: urls.rtmp,
        flv: urls.flv,
        hls: urls.hls,
    }))
}

/// `GET /v2/recordings`
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListRecordings {
    /// Only those of this host.
    uid: Option<String>,
    /// Only those of this type, and those that nobody announced; 1 finds 0 too.
    #[serde(rename = "type")]
    #[param(value_type = Option<i64>)]
    kind: Option<String>,
    /// Rows at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Recorded {
    uid: String,
    name: String,
    title: String,
    cover: String,
    /// `None` if nobody announced the recording.
    #[serde(rename = "type")]
    kind: Option<i64>,
    video_id: String,
    play_url: String,
    created_at: String,
    bytes: i64,
    duration_s: i64,
}

impl From<Recording> for Recorded {
    fn from(recording: Recording) -> Self {
        Self {
            uid: recording.uid,
            name: recording.name,
            title: recording.title,
            cover: recording.cover,
            kind: recording.kind,
            video_id: recording.video_id,
            play_url: recording.play_url,
            created_at: rfc3339(recording.created_at),
            bytes: recording.file_bytes,
            duration_s: recording.duration_s,
        }
    }
}

/// Recordings of lives, newest first.
#[utoipa::path(
    get,
    path = "/v2/recordings",
    params(ListRecordings),
    responses(
        (status = 200, body = Page<Recorded>),
        (status = 403, description = "guests_may_not"),
    ),
)]
pub(super) async fn recordings(
    v2: Data<V2>,
    _: Asked,
    request: HttpRequest,
) -> Result<Json<Page<Recorded>>, Problem> {
    let asked: ListRecordings = query(&request)?;
    let kind = asked.kind.map(|kind| {
        let wrong = || Problem::field("/type".to_owned(), "expected a number");
        kind.parse().map_err(|_| wrong())
    });
    let filter = RecordingFilter {
        kind: kind.transpose()?,
        uid: asked.uid,
    };
    let size = limit(asked.limit.as_deref().unwrap_or(USUAL_LIMIT))?;
    let of = ("recordings", filter.clone());
    let place = asked.cursor.map(|cursor| opened(&cursor, &of, place));
    // One more, to know whether the list goes on.
    let most = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let page = v2
        .service()
        .recordings_behind(filter, place.transpose()?, most);
    let (total, mut rows) = page.await?;
    let goes_on = rows.len() > size;
    rows.truncate(size);
    let last = rows.last().filter(|_| goes_on);
    let next = last.map(|(place, _)| sealed(&key(place), &of));
    let items = rows.into_iter().map(|(_, recording)| recording.into());
    Ok(Json(Page {
        items: items.collect(),
        next,
        total: usize::try_from(total).unwrap_or(0),
        at: None,
    }))
}

/// A place as the key of a cursor.
fn key(place: &RecordingPlace) -> Vec<u8> {
    let at = place.created_at.as_secs().to_be_bytes();
    [&at, place.file_id.as_bytes()].concat()
}

fn place(key: &[u8]) -> Option<RecordingPlace> {
    let (at, file_id) = key.split_first_chunk()?;
    Some(RecordingPlace {
        created_at: UnixTime::from_secs(i64::from_be_bytes(*at)),
        file_id: str::from_utf8(file_id).ok()?.to_owned(),
    })
}

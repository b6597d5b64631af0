//! What a host says of a room: the fields of creating it, of going live and of changing it, and the version
//! that a change is made for.

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::problem::Problem;
use super::shape::named;
use crate::domain::{AppId, Device, LiveInfo, Metadata, ProfileChange, Revision, VideoType};

/// `POST /v2/rooms`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    title: Option<Title>,
    cover: Option<Cover>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    appid: Option<u32>,
    metadata: Option<Object>,
}

/// `POST /v2/rooms/{room}/live`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoLive {
    title: Option<Title>,
    cover: Option<Cover>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    appid: Option<u32>,
    #[serde(default, deserialize_with = "device")]
    device: Option<Device>,
    #[serde(default, deserialize_with = "video")]
    video: Option<VideoType>,
}

/// `PATCH /v2/rooms/{room}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    title: Option<Title>,
    cover: Option<Cover>,
    metadata: Option<Object>,
}

impl From<Create> for ProfileChange {
    fn from(create: Create) -> Self {
        Self {
            title: create.title.map(|Title(title)| title),
            cover: create.cover.map(|Cover(cover)| cover),
            kind: create.kind.map(|Kind(kind)| kind),
            app: create.appid.map(app),
            metadata: create.metadata.map(|Object(metadata)| metadata),
            ..Self::default()
        }
    }
}

impl From<GoLive> for ProfileChange {
    fn from(live: GoLive) -> Self {
        Self {
            title: live.title.map(|Title(title)| title),
            cover: live.cover.map(|Cover(cover)| cover),
            kind: live.kind.map(|Kind(kind)| kind),
            app: live.appid.map(app),
            device: live.device,
            video: live.video,
            metadata: None,
        }
    }
}

impl From<Change> for ProfileChange {
    fn from(change: Change) -> Self {
        Self {
            title: change.title.map(|Title(title)| title),
            cover: change.cover.map(|Cover(cover)| cover),
            metadata: change.metadata.map(|Object(metadata)| metadata),
            ..Self::default()
        }
    }
}

/// 0 stands for no app.
fn app(appid: u32) -> Option<AppId> {
    AppId::new(appid.into())
}

struct Title(String);

impl<'de> Deserialize<'de> for Title {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?;
        let most = LiveInfo::MAX_TITLE_CHARS;
        match text.chars().count() <= most {
            true => Ok(Self(text)),
            false => Err(D::Error::custom(format!("expected at most {most} letters"))),
        }
    }
}

struct Cover(String);

impl<'de> Deserialize<'de> for Cover {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        bounded(value, LiveInfo::MAX_COVER_BYTES).map(Self)
    }
}

struct Kind(String);

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        bounded(value, LiveInfo::MAX_TYPE_BYTES).map(Self)
    }
}

fn bounded<'de, D: Deserializer<'de>>(value: D, most: usize) -> Result<String, D::Error> {
    let text = String::deserialize(value)?;
    match text.len() <= most {
        true => Ok(text),
        false => Err(D::Error::custom(format!("expected at most {most} bytes"))),
    }
}

struct Object(Metadata);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let object = Value::Object(Map::deserialize(value)?);
        let (depth, bytes) = (Metadata::MAX_DEPTH, Metadata::MAX_BYTES);
        if !is_within(&object, depth) {
            let wrong = format!("expected at most {depth} levels");
            return Err(D::Error::custom(wrong));
        }
        let metadata = Metadata::new(&object.to_string()).map(Self);
        metadata.ok_or_else(|| D::Error::custom(format!("expected at most {bytes} bytes")))
    }
}

/// Whether objects and lists are nested no deeper than that.
fn is_within(value: &Value, depth: usize) -> bool {
    let inner = |value: &Value| depth > 0 && is_within(value, depth - 1);
    match value {
        Value::Object(fields) => depth > 0 && fields.values().all(inner),
        Value::Array(items) => depth > 0 && items.iter().all(inner),
        _ => true,
    }
}

fn device<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Device>, D::Error> {
    let names = [
        ("ios", Device::Ios),
        ("android", Device::Android),
        ("pc", Device::Pc),
    ];
    named(value, &names).map(Some)
}

fn video<'de, D: Deserializer<'de>>(value: D) -> Result<Option<VideoType>, D::Error> {
    let names = [("camera", VideoType::Camera), ("screen", VideoType::Screen)];
    named(value, &names).map(Some)
}

/// What the caller has seen of the room, from `If-Match: "<inc>:<version>"`, if it is there.
///
/// # Errors
/// If it has another form.
pub(super) fn seen(request: &HttpRequest) -> Result<Option<Revision>, Problem> {
    let Some(given) = request.headers().get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = given.to_str().ok();
    let text = text.and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'));
    let seen = text.and_then(|text| {
        let (inc, version) = text.split_once(':')?;
        let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
        Some(Revision {
            incarnation: inc.parse().ok()?,
            version: version.parse().ok().filter(|_| is_number)?,
        })
    });
    let expected = "expected `\"<inc>:<version>\"`";
    let seen = seen.ok_or_else(|| Problem::field("/If-Match".to_owned(), expected));
    seen.map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn levels_are_counted_from_the_outermost_object() {
        assert!(is_within(&json!({"a": {"b": [{"c": 1}]}}), 4));
        assert!(!is_within(&json!({"a": {"b": [{"c": []}]}}), 4));
        assert!(is_within(&json!(1), 0));
    }
}

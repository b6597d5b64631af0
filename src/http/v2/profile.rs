//! What a host says of a room: the fields of creating it, of going live and of changing it, and the version
//! that a change is made for.

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::shape::{named, one_of, whole};
use crate::domain::{AppId, Device, LiveInfo, Metadata, ProfileChange, Revision, VideoType};

/// `POST /v2/rooms`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    title: Option<Title>,
    cover: Option<Cover>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 4_294_967_295_u32)]
    appid: Option<u32>,
    metadata: Option<Object>,
}

/// `POST /v2/rooms/{room}/live`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GoLive {
    title: Option<Title>,
    cover: Option<Cover>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 4_294_967_295_u32)]
    appid: Option<u32>,
    #[serde(default, deserialize_with = "device")]
    #[schema(schema_with = devices)]
    device: Option<Device>,
    #[serde(default, deserialize_with = "video")]
    #[schema(schema_with = videos)]
    video: Option<VideoType>,
}

/// `PATCH /v2/rooms/{room}`
#[derive(Deserialize, ToSchema)]
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

/// What the live is called.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 128)]
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

/// The address of a picture, at most 1024 bytes.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 1024)]
struct Cover(String);

impl<'de> Deserialize<'de> for Cover {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        bounded(value, LiveInfo::MAX_COVER_BYTES).map(Self)
    }
}

/// At most 64 bytes.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 64)]
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

/// An object of the app's own, at most 4096 bytes and four levels deep. It is replaced as a whole.
#[derive(ToSchema)]
#[schema(as = Metadata, value_type = Object)]
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

const DEVICES: [(&str, Device); 3] = [
    ("ios", Device::Ios),
    ("android", Device::Android),
    ("pc", Device::Pc),
];

fn device<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Device>, D::Error> {
    named(value, &DEVICES).map(Some)
}

fn devices() -> Schema {
    one_of(&DEVICES)
}

const VIDEOS: [(&str, VideoType); 2] =
    [("camera", VideoType::Camera), ("screen", VideoType::Screen)];

fn video<'de, D: Deserializer<'de>>(value: D) -> Result<Option<VideoType>, D::Error> {
    named(value, &VIDEOS).map(Some)
}

fn videos() -> Schema {
    one_of(&VIDEOS)
}

/// The header that [`seen`] reads.
pub(super) struct Seen;

impl IntoParams for Seen {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r#"^"[0-9]{1,18}\.[0-9a-z]{1,12}:[0-9]{1,9}"$"#));
        let header = ParameterBuilder::new()
            .name(header::IF_MATCH.as_str())
            .parameter_in(ParameterIn::Header)
            .description(Some(
                "It is done only if the room still has this `inc` and `version`.",
            ))
            .schema(Some(text));
        vec![header.build()]
    }
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

//! The shapes that several operations take or give: ids, passwords, roles, rooms, pages.

use actix_web::HttpRequest;
use chrono::{DateTime, SecondsFormat};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::domain::{
    MemberRow, Position, Profile, Refusal, Role, RoomNum, RoomStats, Uid, UnixTime,
};
use crate::service::{Service, Summary, Viewer, cover_of};

/// The longest password, in bytes.
const MAX_PASSWORD: usize = 128;

/// An id that somebody wants to register: 1 to 32 bytes in Unicode's form NFC, without invisible letters and
/// outer blanks.
#[derive(ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 32, format = "zaibo-id")]
pub(super) struct NewId(pub(super) Uid);

impl<'de> Deserialize<'de> for NewId {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?;
        let uid = Uid::parse_new(&text).map(Self);
        uid.ok_or_else(|| D::Error::custom("expected 1 to 32 bytes in Unicode's form NFC, without invisible letters and outer blanks"))
    }
}

/// A password in plain text, 1 to 128 bytes.
// There is no `Debug`, so that it cannot reach the log.
#[derive(ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 128, format = Password)]
pub(super) struct Password(String);

impl Password {
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?;
        match text.len() {
            1..=MAX_PASSWORD => Ok(Self(text)),
            _ => Err(D::Error::custom("expected 1 to 128 bytes")),
        }
    }
}

/// The room in a path. A number that no room can have is that of a room which does not exist.
///
/// # Errors
/// [`Refusal::NoSuchRoom`]
pub(super) fn room_in(request: &HttpRequest) -> Result<RoomNum, Refusal> {
    let digits = request.match_info().get("room");
    let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| RoomNum::new(digits.parse().ok()?));
    number.ok_or(Refusal::NoSuchRoom)
}

/// A whole number. JSON knows no integers: 5.0 is 5.
struct Whole(u32);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(value)?;
        let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
        let wrong = || D::Error::custom("expected a whole number up to 4294967295");
        // Nothing is cut off: it is whole, and small enough.
        is_whole.then_some(Self(number as u32)).ok_or_else(wrong)
    }
}

/// Reads a number.
pub(super) fn number<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    Whole::deserialize(value).map(|Whole(number)| number)
}

/// Reads a number, or null.
pub(super) fn whole<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    let number = Option::<Whole>::deserialize(value)?;
    Ok(number.map(|Whole(number)| number))
}

/// Reads one of these names.
pub(super) fn named<'de, T: Copy, D: Deserializer<'de>>(
    value: D,
    names: &[(&str, T)],
) -> Result<T, D::Error> {
    let text = String::deserialize(value)?;
    let found = names.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        D::Error::custom(format!("expected one of {}", names.join(", ")))
    })
}

/// The schema of a text that is one of these names.
pub(super) fn one_of<T>(names: &[(&str, T)]) -> Schema {
    let names = names.iter().map(|(name, _)| *name);
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.enum_values(Some(names)).into()
}

/// A role by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleName {
    Viewer,
    Host,
    Linked,
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Host => Self::Host,
            Role::Linked => Self::Linked,
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Host => Self::Host,
            RoleName::Linked => Self::Linked,
        }
    }
}

/// Where a feed stands, in every answer about a room.
#[derive(Serialize, ToSchema)]
pub(super) struct At {
    inc: String,
    seq: u64,
}

/// A time as RFC 3339 has it, in UTC with milliseconds.
pub(super) fn rfc3339(time: UnixTime) -> String {
    let time = DateTime::from_timestamp(time.as_secs(), 0).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl From<Position> for At {
    fn from(position: Position) -> Self {
        Self {
            inc: position.incarnation.to_string(),
            seq: position.seq,
        }
    }
}

/// A room.
#[derive(Serialize, ToSchema)]
pub(super) struct Room {
    room: u32,
    live: i64,
    #[serde(flatten)]
    at: At,
    host: String,
    #[serde(flatten)]
    announced: Announced,
    members: u32,
    peak: u32,
    likes: u32,
    stream: Stream,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    Created,
    Live,
}

#[derive(Serialize, ToSchema)]
struct Stream {
    /// Null if the cloud has reported nothing.
    on: Option<bool>,
    picture: Option<String>,
}

/// What the host says of a live.
#[derive(Serialize, ToSchema)]
pub(super) struct Announced {
    version: u32,
    state: State,
    title: String,
    pub(super) cover: String,
    #[serde(rename = "type")]
    kind: String,
    appid: u32,
    #[schema(value_type = Object)]
    metadata: Value,
    /// When the host went live.
    started_at: Option<String>,
}

impl Announced {
    /// A profile in a room.
    pub(super) fn of(profile: &Profile, summary: &Summary) -> Self {
        let Profile {
            info,
            metadata,
            version,
            live_at,
        } = profile;
        Self {
            version: *version,
            state: if live_at.is_some() {
                State::Live
            } else {
                State::Created
            },
            title: info.title.clone(),
            cover: cover_of(summary, info).into_owned(),
            kind: info.kind.clone(),
            appid: info.app.map_or(0, |app| app.get()),
            metadata: serde_json::from_str(metadata.as_str()).unwrap_or_default(),
            started_at: live_at.map(rfc3339),
        }
    }
}

/// A member, in the order of the list: by role, and within a role by `order`.
#[derive(Serialize)]
pub(super) struct Row {
    uid: String,
    role: RoleName,
    order: u64,
}

impl Row {
    /// The row of a member.
    pub(super) fn of(row: &MemberRow) -> Self {
        Self {
            uid: row.uid.to_string(),
            role: row.role.into(),
            order: row.place.order(),
        }
    }
}

impl Room {
    /// The room of a summary.
    pub(super) fn of(summary: &Summary, service: &Service) -> Self {
        // The position comes first: what is read after it is at least as new.
        let position = summary.position();
        let (profile, stats) = (&summary.profile, summary.stats());
        Self::at(position, profile, stats, summary, service)
    }

    /// The room with the profile and the figures of that position.
    pub(super) fn at(
        position: Position,
        profile: &Profile,
        stats: RoomStats,
        summary: &Summary,
        service: &Service,
    ) -> Self {
        let broadcast = summary.broadcast();
        let shown = broadcast.shown(service.clock.unix(), service.policy.stream_grace);
        Self {
            room: summary.number.get(),
            live: summary.live.get(),
            at: At::from(position),
            host: summary.host.to_string(),
            announced: Announced::of(profile, summary),
            members: stats.members,
            peak: stats.peak,
            likes: stats.likes.shown(),
            stream: Stream {
                on: shown.on,
                picture: shown.picture.map(|picture| picture.to_string()),
            },
        }
    }
}

/// Somebody, and where they are.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    uid: String,
    /// The room that they are in.
    room: Option<u32>,
    /// Their role there.
    role: Option<RoleName>,
}

impl Me {
    /// Who somebody is, and where they are now.
    pub(super) fn of(who: &impl Viewer, service: &Service) -> Self {
        let at = service.membership(who);
        Self {
            uid: who.uid().to_string(),
            room: at.map(|(room, _)| room.get()),
            role: at.map(|(_, role)| role.into()),
        }
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// The cursor of the next page; null if the list ends here.
    pub(super) next: Option<String>,
    pub(super) total: usize,
    /// In lists of one room `inc` and `seq`: where its feed was.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub(super) at: Option<At>,
}

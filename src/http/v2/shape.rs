//! The shapes that several operations take or give: ids, passwords, roles, rooms, pages.

use actix_web::HttpRequest;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::{LiveInfo, MemberRow, Position, Refusal, Role, RoomNum, RoomStats, Uid};
use crate::service::{Service, Summary, cover_of};

/// The longest password, in bytes.
const MAX_PASSWORD: usize = 128;

/// An id that somebody wants to register.
pub(super) struct NewId(pub(super) Uid);

impl<'de> Deserialize<'de> for NewId {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?;
        let uid = Uid::parse_new(&text).map(Self);
        uid.ok_or_else(|| D::Error::custom("expected 1 to 32 bytes in Unicode's form NFC, without invisible letters and outer blanks"))
    }
}

/// A password in plain text. There is no `Debug`, so that it cannot reach the log.
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

/// A role by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// Where a feed stands, in every answer about a room.
#[derive(Serialize)]
pub(super) struct At {
    inc: String,
    seq: u64,
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
#[derive(Serialize)]
pub(super) struct Room {
    room: u32,
    live: i64,
    #[serde(flatten)]
    at: At,
    state: State,
    host: String,
    title: String,
    cover: String,
    #[serde(rename = "type")]
    kind: String,
    appid: u32,
    members: u32,
    peak: u32,
    likes: u32,
    stream: Stream,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Created,
    Live,
}

#[derive(Serialize)]
struct Stream {
    /// `None` if the cloud has reported nothing.
    on: Option<bool>,
    picture: Option<String>,
}

/// What the host has announced.
#[derive(Serialize)]
pub(super) struct Announced {
    state: State,
    title: String,
    pub(super) cover: String,
    #[serde(rename = "type")]
    kind: String,
    appid: u32,
}

impl Announced {
    /// An announcement in a room.
    pub(super) fn of(info: &LiveInfo, summary: &Summary) -> Self {
        Self {
            state: State::Live,
            title: info.title.clone(),
            cover: cover_of(summary, info).into_owned(),
            kind: info.kind.clone(),
            appid: info.app.map_or(0, |app| app.get()),
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
        Self::at(position, summary.stats(), summary, service)
    }

    /// The room with the figures of that position.
    pub(super) fn at(
        position: Position,
        stats: RoomStats,
        summary: &Summary,
        service: &Service,
    ) -> Self {
        let at = At::from(position);
        let info = summary.info.as_deref();
        let broadcast = summary.broadcast();
        let now = service.clock.unix();
        let on = broadcast.signal.shows(now, service.policy.stream_grace);
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            room: summary.number.get(),
            live: summary.live.get(),
            at,
            state: if info.is_some() {
                State::Live
            } else {
                State::Created
            },
            host: summary.host.to_string(),
            title: text(info.map(|info| info.title.as_str())),
            cover: info.map_or_else(String::new, |info| cover_of(summary, info).into_owned()),
            kind: text(info.map(|info| info.kind.as_str())),
            appid: info.and_then(|info| info.app).map_or(0, |app| app.get()),
            members: stats.members,
            peak: stats.peak,
            likes: stats.likes,
            stream: Stream {
                on,
                picture: broadcast.picture.map(|picture| picture.to_string()),
            },
        }
    }
}

/// A page of a list.
#[derive(Serialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// The cursor of the next page; `None` if the list ends here.
    pub(super) next: Option<String>,
    pub(super) total: usize,
    /// Where the room's feed was, for lists of one room.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<At>,
}

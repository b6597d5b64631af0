//! `live` commands about rooms: create, reportroom, exitroom, roomlist.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::fields::Paging;
use super::json::{Fields, Value};
use crate::domain::{AppId, Device, LiveInfo, RoomNum, VideoType};
use crate::http::failure::FormError;
use crate::service::Filter;

const MAX_ADDRESS_BYTES: usize = 100;

/// The most rows of a room list.
pub const MAX_ROOMS: usize = 50;
pub(super) const TOO_MANY_ROWS: &str = "Page size should be a positive integer(not larger than 50)";

/// Checks `live/create`: the type has to be a text, and its value does not matter.
///
/// # Errors
/// 10003 with the text of the field.
pub fn parse_create(fields: &Fields<'_>) -> Result<(), FormError> {
    fields
        .text("type", "Lack of type", " Invalid type")
        .map(|_| ())
}

/// The data of `live/create`.
#[derive(Serialize)]
pub struct Created {
    roomnum: u32,
    #[serde(serialize_with = "as_text")]
    groupid: RoomNum,
}

impl Created {
    /// The messaging group is named by the room number, because a Windows build aborts with any
    /// other name.
    pub fn new(number: RoomNum) -> Self {
        Self {
            roomnum: number.get(),
            groupid: number,
        }
    }
}

/// `live/reportroom`.
#[derive(Debug)]
pub struct ReportRoom {
    /// The room. `None` if no room can have this number.
    pub number: Option<RoomNum>,
    /// The title, cover and other details of the live.
    pub info: LiveInfo,
}

impl ReportRoom {
    /// # Errors
    /// 10003 with the text of the field, in the original's order.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, FormError> {
        let no_fields = Fields::default();
        let room = match fields.filled("room") {
            None => return Err(FormError::field("room", "Lack of room.")),
            Some(Value::Object(room)) => room,
            Some(_) => &no_fields,
        };
        let title = room.text_if_any("title");
        if title.chars().count() > LiveInfo::MAX_TITLE_CHARS {
            return Err(FormError::field("title", "Title length too long."));
        }
        let cover = room.text_if_any("cover");
        if cover.len() > LiveInfo::MAX_COVER_BYTES {
            return Err(FormError::field("cover", "Cover length too long."));
        }
        let kind = room.text("type", "Lack of type.", "invalid type.")?;
        if kind.len() > LiveInfo::MAX_TYPE_BYTES {
            return Err(FormError::field("type", "invalid type."));
        }
        // The mobile web build sends the number as text.
        let number = room.optional_number("roomnum", "AV room id should be integer or string.")?;
        let number = number.ok_or(FormError::field("roomnum", "Lack of av room id."))?;
        // `groupid` is always the room number as text, so only its presence is checked.
        room.text(
            "groupid",
            "Lack of chat room id.",
            "Chat room id should be string.",
        )?;
        // The Android build of 2016 sends neither device nor videotype.
        let device = defaulted(room, "device", Device::from_number).ok_or(FormError::field(
            "device",
            "device should be 0-IOS 1-Android  2-PC.",
        ))?;
        let video = defaulted(room, "videotype", VideoType::from_number)
            .ok_or(FormError::field("videotype", "videotype should be 0 or 1."))?;
        let wrong_app = "appid should be integer or string.";
        let app = room
            .optional_number("appid", wrong_app)?
            .ok_or(FormError::field("appid", "Lack of appid."))?;
        let app = match app {
            0 => None,
            app => Some(AppId::new(app).ok_or(FormError::field("appid", wrong_app))?),
        };
        if let Some(Value::Object(place)) = fields.get("lbs")
            && place.text_if_any("address").len() > MAX_ADDRESS_BYTES
        {
            return Err(FormError::field("lbs", "Address length too long."));
        }
        let (title, cover, kind) = (title.to_owned(), cover.to_owned(), kind.to_owned());
        let info = LiveInfo {
            title,
            cover,
            kind,
            app,
            device,
            video,
        };
        Ok(Self {
            number: RoomNum::new(number),
            info,
        })
    }
}

/// A small number that is 0 if the field is absent.
fn defaulted<T>(room: &Fields<'_>, name: &str, from_number: fn(i64) -> Option<T>) -> Option<T> {
    match room.filled(name) {
        None => from_number(0),
        Some(Value::Int(number)) => from_number(*number),
        Some(_) => None,
    }
}

/// The room that `live/exitroom` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The room with this number.
    Room(RoomNum),
    /// The room that the caller is in: Android viewers send −1.
    Current,
    /// A number that no room can have.
    Nowhere,
}

impl Exit {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, FormError> {
        let number = fields
            .optional_number("roomnum", "Invalid roomnum")?
            .unwrap_or(0);
        fields.optional_text("type", " Invalid type")?;
        Ok(match RoomNum::new(number) {
            Some(number) => Self::Room(number),
            None if number <= 0 => Self::Current,
            None => Self::Nowhere,
        })
    }
}

/// `live/roomlist` and `live/livestreamlist`.
#[derive(Debug)]
pub struct ListLives {
    /// The filter. Of all types, only the text `live` filters: one web build sends the number 1.
    pub filter: Filter,
    /// The rows of the page. The index is a row offset.
    pub rows: Paging,
}

impl ListLives {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, FormError> {
        let rows = fields.paging(MAX_ROOMS, TOO_MANY_ROWS)?;
        let app = fields.app_filter()?;
        let only_live_type = fields.text_if_any("type") == "live";
        let filter = Filter {
            app,
            only_live_type,
        };
        Ok(Self { filter, rows })
    }
}

/// The data of `live/roomlist`.
#[derive(Serialize)]
pub struct RoomList<'a> {
    /// The number of lives that match.
    pub total: usize,
    /// The rows of the page.
    pub rooms: Vec<RoomItem<'a>>,
}

/// A row of the room list.
#[derive(Serialize)]
pub struct RoomItem<'a> {
    uid: &'a str,
    info: RoomInfo<'a>,
}

#[derive(Serialize)]
struct RoomInfo<'a> {
    title: &'a str,
    roomnum: u32,
    r#type: &'a str,
    #[serde(serialize_with = "as_text")]
    groupid: RoomNum,
    cover: Cow<'a, str>,
    thumbup: u32,
    memsize: u32,
}

impl<'a> RoomItem<'a> {
    /// The row of a live, with its numbers of likes and members.
    pub fn new(
        uid: &'a str,
        number: RoomNum,
        info: &'a LiveInfo,
        cover: Cow<'a, str>,
        likes: u32,
        members: u32,
    ) -> Self {
        let info = RoomInfo {
            title: &info.title,
            roomnum: number.get(),
            r#type: &info.kind,
            groupid: number,
            cover,
            thumbup: likes,
            memsize: members,
        };
        Self { uid, info }
    }
}

fn as_text<S: Serializer>(number: &RoomNum, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

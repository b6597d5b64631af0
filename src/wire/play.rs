//! `live` commands about streams: livestreamlist, getroomplayurl.

use std::borrow::Cow;

use serde::Serialize;

use super::json::Fields;
use crate::domain::{Refusal, RoomNum};

/// The room of `live/getroomplayurl`; the document calls the field `room`. None for a number that
/// no room has.
///
/// # Errors
/// 10003 with the text of the field.
pub fn parse_room(fields: &Fields<'_>) -> Result<Option<RoomNum>, Refusal> {
    let wrong = "Invalid roomnum";
    let number = match fields.optional_number("roomnum", wrong)? {
        Some(number) => number,
        None => fields
            .optional_number("room", wrong)?
            .ok_or(Refusal::BadField("Lack of roomnum"))?,
    };
    Ok(RoomNum::new(number))
}

/// Where a live can be watched.
#[derive(Serialize)]
pub struct PlayAddresses<'a> {
    /// Address of the cover picture, perhaps empty.
    pub cover: Cow<'a, str>,
    /// RTMP.
    pub address: String,
    /// FLV over HTTP.
    pub address2: String,
    /// HLS.
    pub address3: String,
    /// WebRTC, where streams are watched at a domain that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address4: Option<String>,
    /// Whether there is a stream, if the cloud said anything: `on` or `off`. zaibo's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<&'static str>,
}

/// The word for whether there is a stream.
pub fn stream_word(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

/// The data of `live/getroomplayurl`.
#[derive(Serialize)]
pub struct RoomAddresses<'a> {
    /// Where to watch.
    #[serde(flatten)]
    pub play: PlayAddresses<'a>,
    /// Where to send to; for the host of the room alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushurl: Option<String>,
}

/// The data of `live/livestreamlist`.
#[derive(Serialize)]
pub struct StreamList<'a> {
    /// How many lives match.
    pub total: usize,
    /// The page.
    pub videos: Vec<StreamItem<'a>>,
}

/// A row of the list of streams.
#[derive(Serialize)]
pub struct StreamItem<'a> {
    /// The host.
    pub uid: &'a str,
    /// Where to watch.
    #[serde(flatten)]
    pub play: PlayAddresses<'a>,
}

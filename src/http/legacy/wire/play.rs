//! `live` commands about streams: livestreamlist, getroomplayurl.

use serde::Serialize;

use super::json::Fields;
use crate::domain::RoomNum;
use crate::http::failure::FormError;
use crate::service::Playback;

/// The room of `live/getroomplayurl`; the document calls the field `room`. `None` if no room can
/// have this number.
///
/// # Errors
/// 10003 with the text of the field.
pub fn parse_room(fields: &Fields<'_>) -> Result<Option<RoomNum>, FormError> {
    let wrong = "Invalid roomnum";
    let number = match fields.optional_number("roomnum", wrong)? {
        Some(number) => number,
        None => fields
            .optional_number("room", wrong)?
            .ok_or(FormError::field("roomnum", "Lack of roomnum"))?,
    };
    Ok(RoomNum::new(number))
}

/// The addresses at which a live can be watched.
#[derive(Serialize)]
pub struct PlayAddresses<'a> {
    cover: &'a str,
    /// RTMP.
    address: &'a str,
    /// FLV over HTTP.
    address2: &'a str,
    /// HLS.
    address3: &'a str,
    /// WebRTC, if the domain for playback supports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    address4: Option<&'a str>,
    /// `on` or `off`; absent if the cloud reported nothing. This field is zaibo's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<&'static str>,
}

impl<'a> PlayAddresses<'a> {
    /// The addresses of a playback in the form for clients.
    pub fn new(playback: &'a Playback) -> Self {
        let urls = &playback.urls;
        Self {
            cover: &playback.cover,
            address: &urls.rtmp,
            address2: &urls.flv,
            address3: &urls.hls,
            address4: urls.webrtc.as_deref(),
            stream: playback.is_on.map(|is_on| if is_on { "on" } else { "off" }),
        }
    }
}

/// The data of `live/getroomplayurl`.
#[derive(Serialize)]
pub struct RoomAddresses<'a> {
    /// The addresses at which the live can be watched.
    #[serde(flatten)]
    pub play: PlayAddresses<'a>,
    /// The address to which the host sends the stream; only the host gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushurl: Option<String>,
}

/// The data of `live/livestreamlist`.
#[derive(Serialize)]
pub struct StreamList<'a> {
    /// The number of lives that match.
    pub total: usize,
    /// The rows of the page.
    pub videos: Vec<StreamItem<'a>>,
}

/// A row of the list of streams.
#[derive(Serialize)]
pub struct StreamItem<'a> {
    /// The host.
    uid: &'a str,
    /// The addresses at which the live can be watched.
    #[serde(flatten)]
    play: PlayAddresses<'a>,
}

impl<'a> StreamItem<'a> {
    /// The row of a live.
    pub fn new(playback: &'a Playback) -> Self {
        Self {
            uid: playback.host.as_str(),
            play: PlayAddresses::new(playback),
        }
    }
}

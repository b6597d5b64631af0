//! What a host announces: title, cover, type, app, and what they broadcast with.

use super::AppId;

/// The announcement of a host who goes live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveInfo {
    /// Title, perhaps empty.
    pub title: String,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
    /// The room type as reported; every published client says `live`.
    pub kind: String,
    /// The app it belongs to; `None` if the client sent 0.
    pub app: Option<AppId>,
    /// The device that the host broadcasts from.
    pub device: Device,
    /// The picture that the host broadcasts.
    pub video: VideoType,
}

/// What holds for a live of which the host says nothing else.
impl Default for LiveInfo {
    fn default() -> Self {
        Self {
            title: String::new(),
            cover: String::new(),
            kind: "live".to_owned(),
            app: None,
            device: Device::Pc,
            video: VideoType::Camera,
        }
    }
}

impl LiveInfo {
    /// The longest title, in characters.
    pub const MAX_TITLE_CHARS: usize = 128;
    /// The longest address of a cover, in bytes.
    pub const MAX_COVER_BYTES: usize = 1024;
    /// The longest type, in bytes.
    pub const MAX_TYPE_BYTES: usize = 64;
}

/// The device that a host broadcasts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// 0 on the wire.
    Ios,
    /// 1 on the wire.
    Android,
    /// 2 on the wire.
    Pc,
}

impl Device {
    /// The device with that number on the wire.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Ios),
            1 => Some(Self::Android),
            2 => Some(Self::Pc),
            _ => None,
        }
    }

    /// The device's number on the wire.
    pub fn number(self) -> i32 {
        self as i32
    }
}

/// The picture that a host broadcasts; it is part of the stream's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoType {
    /// 0 on the wire.
    Camera,
    /// 1 on the wire.
    Screen,
}

impl VideoType {
    /// The kind of picture with that number on the wire.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Camera),
            1 => Some(Self::Screen),
            _ => None,
        }
    }

    /// The number on the wire.
    pub fn number(self) -> i32 {
        self as i32
    }
}

//! What is known about one live beside its members: its announcement, its end, its figures.

use super::{AppId, LiveId, RoomNum, Uid, UnixTime};

/// One live of a room as the store has committed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Which live.
    pub id: LiveId,
    /// The room's number.
    pub number: RoomNum,
    /// Who created it.
    pub host: Uid,
    /// What the host announced; none until they have gone live.
    pub info: Option<LiveInfo>,
    /// The figures on record.
    pub stats: RoomStats,
}

/// The end of a live: what the record of it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveEnd {
    /// Which live.
    pub live: LiveId,
    /// Why.
    pub reason: EndReason,
    /// Its final figures.
    pub stats: RoomStats,
    /// When.
    pub at: UnixTime,
}

/// The figures of an open live, to be put on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which live.
    pub live: LiveId,
    /// Of which room.
    pub number: RoomNum,
    /// Its figures now.
    pub stats: RoomStats,
}

/// What the host said about their live when they went live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveInfo {
    /// Title, perhaps empty.
    pub title: String,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
    /// The room type as reported; every published client says `live`.
    pub kind: String,
    /// The app it belongs to; none if the client said 0.
    pub app: Option<AppId>,
    /// What the host broadcasts from.
    pub device: Device,
    /// What the host broadcasts.
    pub video: VideoType,
}

/// What a host broadcasts from.
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

/// What a host broadcasts; it is part of the stream's name.
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

/// Why a live ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The host said so.
    Exit,
    /// The host created or revived another room.
    Superseded,
    /// The host was silent for longer than `rooms.host_timeout_s`.
    HostTimeout,
    /// The host logged out.
    Logout,
    /// Its counterpart in the cloud was dismissed.
    Dismissed,
    /// An administrator ended the host's sessions.
    Kicked,
}

impl EndReason {
    /// Every reason.
    const ALL: [Self; 6] = [
        Self::Exit,
        Self::Superseded,
        Self::HostTimeout,
        Self::Logout,
        Self::Dismissed,
        Self::Kicked,
    ];

    /// The reason with that word in the record of a live.
    pub fn from_text(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The word that is kept in the record of the live.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Superseded => "superseded",
            Self::HostTimeout => "host_timeout",
            Self::Logout => "logout",
            Self::Dismissed => "dismissed",
            Self::Kicked => "kicked",
        }
    }
}

/// The figures of a live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomStats {
    /// Members now, host included.
    pub members: u32,
    /// The most members at one time.
    pub peak: u32,
    /// How many different people have been members.
    pub total: u32,
    /// Likes: the count that the host reported last.
    pub likes: u32,
}

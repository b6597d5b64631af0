//! Facts about one live besides its members: its announcement, its end, its figures.

use super::{AppId, LiveId, Profile, RoomNum, Uid, UnixTime};

/// One live of a room as the store has committed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Id of the live.
    pub id: LiveId,
    /// The room's number.
    pub number: RoomNum,
    /// The user who created the room.
    pub host: Uid,
    /// What the host says of it.
    pub profile: Profile,
    /// The recorded figures.
    pub stats: RoomStats,
}

/// The end of a live, as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveEnd {
    /// Id of the live.
    pub live: LiveId,
    /// Why it ended.
    pub reason: EndReason,
    /// Its final figures.
    pub stats: RoomStats,
    /// When it ended.
    pub at: UnixTime,
}

/// What is told of a live while it goes on and after its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSummary {
    /// Id of the live.
    pub live: LiveId,
    /// The room's number.
    pub number: RoomNum,
    /// The user who created the room.
    pub host: Uid,
    /// The title.
    pub title: String,
    /// When the host went live, if they did.
    pub live_at: Option<UnixTime>,
    /// When and why it ended; `None` while it goes on.
    pub end: Option<(UnixTime, EndReason)>,
    /// The figures: those at the end, or those of now.
    pub stats: RoomStats,
}

impl LiveSummary {
    /// Seconds from going live to the end, or to `now`.
    pub fn duration_s(&self, now: UnixTime) -> i64 {
        let end = self.end.map_or(now, |(at, _)| at);
        let since = |begun: UnixTime| end.as_secs().saturating_sub(begun.as_secs());
        self.live_at.map_or(0, since).max(0)
    }
}

/// The figures of an open live, to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Id of the live.
    pub live: LiveId,
    /// The room's number.
    pub number: RoomNum,
    /// Its figures now.
    pub stats: RoomStats,
}

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

/// Why a live ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The host ended it.
    Exit,
    /// The host created or revived another room.
    Superseded,
    /// The host was silent for longer than `rooms.host_timeout_s`.
    HostTimeout,
    /// The host logged out.
    Logout,
    /// Its counterpart in the cloud was dismissed, or an administrator ended it.
    Dismissed,
    /// An administrator ended the host's sessions.
    Kicked,
    /// It was on air on another server, from which it was imported.
    Imported,
}

impl EndReason {
    /// Every reason.
    const ALL: [Self; 7] = [
        Self::Exit,
        Self::Superseded,
        Self::HostTimeout,
        Self::Logout,
        Self::Dismissed,
        Self::Kicked,
        Self::Imported,
    ];

    /// The reason with that name in the database.
    pub fn from_text(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Superseded => "superseded",
            Self::HostTimeout => "host_timeout",
            Self::Logout => "logout",
            Self::Dismissed => "dismissed",
            Self::Kicked => "kicked",
            Self::Imported => "imported",
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
    /// The number of different users who have been members.
    pub total: u32,
    /// The likes.
    pub likes: Likes,
}

/// The likes of a live, in two counts: old clients send theirs to the host, whose client adds them up, and
/// clients of the live API send theirs here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Likes {
    /// The count that the host reported last.
    pub told: u32,
    /// The sum of the likes that were sent here.
    pub sent: u32,
}

impl Likes {
    /// The count that everybody sees.
    pub fn shown(self) -> u32 {
        self.told.saturating_add(self.sent)
    }
}

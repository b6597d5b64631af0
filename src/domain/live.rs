//! Facts about one live besides its members: its announcement, its end, its figures.

use super::{LiveId, Profile, RoomNum, Uid, UnixTime};

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

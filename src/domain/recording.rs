//! Recordings of lives, and what their hosts announced about them.

use super::{RoomNum, UnixTime};

/// What a host announced about the recordings of their room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The room that is recorded.
    pub number: RoomNum,
    /// The host's id as they reported it.
    pub uid: String,
    /// The name under which the recording is to be listed.
    pub name: String,
    /// The client's own kind of recording.
    pub kind: i64,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
}

/// A recording that can be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Whose live it was.
    pub uid: String,
    /// The announced name, else the live's title.
    pub name: String,
    /// The live's title.
    pub title: String,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
    /// The announced kind; none if nobody announced it.
    pub kind: Option<i64>,
    /// The cloud's id of the video.
    pub video_id: String,
    /// Where to play it.
    pub play_url: String,
    /// When it was made.
    pub created_at: UnixTime,
    /// Size in bytes.
    pub file_bytes: i64,
    /// Length in seconds.
    pub duration_s: i64,
}

/// Which recordings to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingFilter {
    /// Announced with one of the [kinds](Self::kinds) that this means, or not announced at all.
    pub kind: i64,
    /// Only this host's.
    pub uid: Option<String>,
}

impl RecordingFilter {
    /// The announced kinds that are listed. Phones announce 0, and the web build asks for 1: it
    /// means whatever there is.
    pub fn kinds(&self) -> Vec<i64> {
        match self.kind {
            1 => vec![0, 1],
            kind => vec![kind],
        }
    }
}

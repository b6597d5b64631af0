//! Recordings of lives, and the announcements that hosts make about them.

use super::{RoomNum, UnixTime};

/// A host's announcement about the recordings of their room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The room that is recorded.
    pub number: RoomNum,
    /// The host's id as they reported it.
    pub uid: String,
    /// The name under which the recording is to be listed.
    pub name: String,
    /// The kind of recording, in the client's own numbers.
    pub kind: i64,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
}

/// A recording that can be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Id of the host.
    pub uid: String,
    /// The announced name, else the live's title.
    pub name: String,
    /// The live's title.
    pub title: String,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
    /// The announced kind; `None` if the recording was not announced.
    pub kind: Option<i64>,
    /// The cloud's id of the video.
    pub video_id: String,
    /// The URL at which it is played.
    pub play_url: String,
    /// When it was made.
    pub created_at: UnixTime,
    /// Size in bytes.
    pub file_bytes: i64,
    /// Length in seconds.
    pub duration_s: i64,
}

/// Selects recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecordingFilter {
    /// Recordings that were announced with one of the [kinds](Self::kinds) of this number, or not
    /// announced at all. `None` for all.
    pub kind: Option<i64>,
    /// Only recordings of this host.
    pub uid: Option<String>,
}

impl RecordingFilter {
    /// The announced kinds that are listed; `None` for all. Phones announce 0, but the web build asks for 1 and means
    /// all recordings, so 1 lists both.
    pub fn kinds(&self) -> Option<Vec<i64>> {
        self.kind.map(|kind| match kind {
            1 => vec![0, 1],
            kind => vec![kind],
        })
    }
}

/// The place of a recording in their list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingPlace {
    /// When it was made.
    pub created_at: UnixTime,
    /// The cloud's id of its file, the larger one first.
    pub file_id: String,
}

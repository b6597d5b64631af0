//! Events of the video cloud: the sender, the room that is named, and the meaning for zaibo.

use super::{FileReport, LiveId, RoomNum, StreamName, Uid, UnixTime};

/// A service of the cloud that sends events. Each has its own callback address; all share one inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// Live streaming (CSS, formerly LVB): pushes, recordings, pictures.
    Live,
    /// Real-time communication: rooms, media, cloud recording.
    Trtc,
    /// Video on demand: files.
    Vod,
    /// Instant messaging: groups.
    Im,
}

impl Sender {
    /// Every sender.
    pub const ALL: [Self; 4] = [Self::Live, Self::Trtc, Self::Vod, Self::Im];

    /// Its name in the database, in the log and in the path of its callback address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Trtc => "trtc",
            Self::Vod => "vod",
            Self::Im => "im",
        }
    }

    /// The sender with that name.
    pub fn from_text(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sender| sender.as_str() == word)
    }
}

/// How far ahead of its arrival an event may be dated, in seconds. Clocks of servers differ by less.
/// Without the limit, somebody with one valid signature could pin a cover, or end a live that is still
/// to come.
const MAX_AHEAD_S: i64 = 300;

/// One event as a sender reported it, with its meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudEvent {
    /// The service that sent it.
    pub sender: Sender,
    /// The sender's own name or number for this kind of event.
    pub name: String,
    /// The same for every repetition of the event, and different for every other event of the sender.
    pub key: String,
    /// The room that it is about.
    pub place: Place,
    /// When it happened, by the sender's report.
    pub at: Option<UnixTime>,
    /// Its meaning for zaibo.
    pub kind: EventKind,
    /// The body as it arrived.
    pub body: String,
}

impl CloudEvent {
    /// The event as it arrived at that time. A date that is too far ahead becomes the latest one that
    /// is allowed.
    #[must_use]
    pub fn arrived(mut self, now: UnixTime) -> Self {
        let latest = UnixTime::from_secs(now.as_secs().saturating_add(MAX_AHEAD_S));
        self.at = self.at.map(|at| at.min(latest));
        match &mut self.kind {
            EventKind::File(report) => report.clamp(latest),
            // Hints are ordered by this time, so one that is dated ahead would win over all later ones.
            EventKind::Presence { at_ms, .. } => {
                *at_ms = (*at_ms).min(now.as_secs().saturating_mul(1000));
            }
            _ => {}
        }
        self
    }
}

/// The parts of an event that identify its room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The number of the room.
    pub room: Option<RoomNum>,
    /// The stream that the host of the room sends.
    pub stream: Option<StreamName>,
    /// The user who sends that stream, in all possible readings of the event; empty if it does not say.
    pub uids: Vec<String>,
}

impl Place {
    /// Whether the stream may belong to that user, as far as the event says.
    pub fn may_be_of(&self, uid: &str) -> bool {
        self.uids.is_empty() || self.uids.iter().any(|reading| reading == uid)
    }

    /// The name under which the stream is recorded. A name that is not a hash may be used in several
    /// rooms, so the room that the event names becomes a part of it.
    pub fn stream_name(&self) -> Option<String> {
        let stream = self.stream.as_ref()?;
        Some(match self.room {
            Some(room) if !stream.is_hash() => format!("{stream}@{room}"),
            _ => stream.to_string(),
        })
    }
}

/// The recorded state of the room that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedRoom {
    /// Its number.
    pub number: RoomNum,
    /// Id of the user who created it.
    pub host: String,
    /// Whether the stream that the event names is recorded as this room's.
    pub sends_stream: bool,
}

/// The meaning of an event for zaibo.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A push started or stopped.
    Push {
        /// The cloud's id of the push; empty if the cloud did not give it.
        sequence: String,
        /// True if it started, false if it stopped.
        started: bool,
    },
    /// The cloud took a picture of a stream.
    Picture {
        /// The URL of the picture.
        url: String,
    },
    /// A file was recorded.
    File(FileReport),
    /// Files were deleted.
    FilesDeleted(Vec<String>),
    /// The cloud saw users come or go. This is a hint: heartbeats decide.
    Presence {
        /// The users.
        uids: Vec<Uid>,
        /// True if they came, false if they went.
        here: bool,
        /// When, in milliseconds since 1970. Hints are ordered by it.
        at_ms: i64,
    },
    /// The room's counterpart in the cloud is gone: its live may be over.
    Dismissal,
    /// An event that changes nothing here.
    Nothing,
}

impl EventKind {
    /// Its name in the database.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Push { .. } => "push",
            Self::Picture { .. } => "picture",
            Self::File(_) => "file",
            Self::FilesDeleted(_) => "deletion",
            Self::Presence { .. } => "presence",
            Self::Dismissal => "dismissal",
            Self::Nothing => "nothing",
        }
    }
}

/// An update that an open room gets after an event and its effect are committed.
#[derive(Clone, Debug, PartialEq)]
pub enum RoomUpdate {
    /// The state of the room's streams changed.
    Shows(RoomNum, super::Broadcast),
    /// The cloud saw users come or go.
    Seen {
        /// The room.
        number: RoomNum,
        /// The users.
        uids: Vec<Uid>,
        /// True if they came, false if they went.
        here: bool,
        /// When, in milliseconds since 1970. Hints are ordered by it.
        at_ms: i64,
    },
    /// A recording of the room can be played, or is described in another way.
    Recorded {
        /// The room.
        number: RoomNum,
        /// Its host.
        host: Uid,
    },
    /// The room's counterpart in the cloud is gone: its live is over unless the host gives a sign of
    /// life.
    Dismissed {
        /// The live.
        live: LiveId,
        /// The room.
        number: RoomNum,
        /// The event's number in the inbox.
        event: i64,
        /// When it happened.
        at: UnixTime,
        /// The room may have got this before, as after a restart, so it is not known what the host did
        /// since the event.
        again: bool,
    },
}

impl RoomUpdate {
    /// The room that gets it.
    pub fn room(&self) -> RoomNum {
        match self {
            Self::Shows(number, _)
            | Self::Seen { number, .. }
            | Self::Recorded { number, .. }
            | Self::Dismissed { number, .. } => *number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dated_too_far_ahead_happened_when_it_was_told() {
        let now = UnixTime::from_secs(1_700_000_000);
        let told = |at: i64, kind: EventKind| {
            let event = CloudEvent {
                sender: Sender::Live,
                name: "200".to_owned(),
                key: "k".to_owned(),
                place: Place::default(),
                at: Some(UnixTime::from_secs(at)),
                kind,
                body: String::new(),
            };
            event.arrived(now)
        };
        let latest = UnixTime::from_secs(1_700_000_300);
        let kept = |at: i64| told(at, EventKind::Nothing).at.expect("a time").as_secs();
        assert_eq!(kept(1_700_000_000_000), latest.as_secs());
        assert_eq!(kept(i64::MAX), latest.as_secs());
        for honest in [1_600_000_000, 1_700_000_000, 1_700_000_300] {
            assert_eq!(kept(honest), honest);
        }
        let seen = EventKind::Presence {
            uids: Vec::new(),
            here: false,
            at_ms: i64::MAX,
        };
        let EventKind::Presence { at_ms, .. } = told(1, seen).kind else {
            panic!("another kind");
        };
        assert_eq!(at_ms, now.as_secs() * 1000);
        let file = FileReport {
            started_at: Some(UnixTime::from_secs(7)),
            ended_at: Some(UnixTime::from_secs(i64::MAX)),
            ..FileReport::default()
        };
        let EventKind::File(report) = told(1, EventKind::File(file)).kind else {
            panic!("another kind");
        };
        assert_eq!(report.started_at, Some(UnixTime::from_secs(7)));
        assert_eq!(report.ended_at, Some(latest));
    }
}

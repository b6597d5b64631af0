//! What the video cloud tells: who tells it, which room it names, and what of it matters here.

use super::{FileReport, LiveId, RoomNum, StreamName, Uid, UnixTime};

/// Who in the cloud tells something. Each has a door of its own; there is one inbox behind them.
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

    /// The word for it on record, in the log and in the path of its door.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Trtc => "trtc",
            Self::Vod => "vod",
            Self::Im => "im",
        }
    }

    /// The sender with that word on record.
    pub fn from_text(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sender| sender.as_str() == word)
    }
}

/// How far ahead of its arrival an event may be dated, in seconds. Clocks that are kept differ by
/// less; whoever knows one valid sign could pin a cover, or end a live that is still to come.
const MAX_AHEAD_S: i64 = 300;

/// One event as a sender told it, and what was understood of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudEvent {
    /// Who told it.
    pub sender: Sender,
    /// The sender's own word or number for this kind of event.
    pub name: String,
    /// The same for every repetition of the event, different for every other event of the sender.
    pub key: String,
    /// Which room it is about.
    pub place: Place,
    /// When it happened, as the sender says.
    pub at: Option<UnixTime>,
    /// What of it matters here.
    pub kind: EventKind,
    /// What came, unchanged.
    pub body: String,
}

impl CloudEvent {
    /// The event as it arrived at that time: what it dates too far ahead happened at the latest
    /// moment that can be.
    #[must_use]
    pub fn arrived(mut self, now: UnixTime) -> Self {
        let latest = UnixTime::from_secs(now.as_secs().saturating_add(MAX_AHEAD_S));
        self.at = self.at.map(|at| at.min(latest));
        match &mut self.kind {
            EventKind::File(report) => report.clamp(latest),
            // It is the order of such hints: one that is dated ahead must not outdo those to come.
            EventKind::Presence { at_ms, .. } => {
                *at_ms = (*at_ms).min(now.as_secs().saturating_mul(1000));
            }
            _ => {}
        }
        self
    }
}

/// How an event names its room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// By number.
    pub room: Option<RoomNum>,
    /// By the stream that its host sends.
    pub stream: Option<StreamName>,
    /// Whose stream that is, in all readings of what the event says; none if it does not say.
    pub uids: Vec<String>,
}

impl Place {
    /// Whether the stream may be that user's, as far as the event says.
    pub fn may_be_of(&self, uid: &str) -> bool {
        self.uids.is_empty() || self.uids.iter().any(|reading| reading == uid)
    }

    /// The name under which the stream is kept. One that does not tell by itself whose it is may be
    /// used in several rooms, so the room that the event names is made part of it.
    pub fn stream_name(&self) -> Option<String> {
        let stream = self.stream.as_ref()?;
        Some(match self.room {
            Some(room) if !stream.is_hash() => format!("{stream}@{room}"),
            _ => stream.to_string(),
        })
    }
}

/// The room that an event is about, as far as it is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedRoom {
    /// Its number.
    pub number: RoomNum,
    /// Id of the user who created it.
    pub host: String,
    /// The stream that the event names is on record as this room's.
    pub sends_stream: bool,
}

/// What of an event matters here.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A push started or stopped.
    Push {
        /// The cloud's id of the push; empty if it did not say.
        sequence: String,
        /// It started; else it stopped.
        started: bool,
    },
    /// The cloud took a picture of a stream.
    Picture {
        /// Its address.
        url: String,
    },
    /// A file was recorded.
    File(FileReport),
    /// Files are gone.
    FilesDeleted(Vec<String>),
    /// The cloud saw users come or go. A hint: heartbeats decide.
    Presence {
        /// Who.
        uids: Vec<Uid>,
        /// They came; else they went.
        here: bool,
        /// Milliseconds since 1970, the order of such sightings.
        at_ms: i64,
    },
    /// The room's counterpart in the cloud is gone: its live is over.
    Dismissal,
    /// Nothing that changes anything here.
    Nothing,
}

impl EventKind {
    /// The word for it on record.
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

/// What open rooms have to be told once an event and its effect are committed.
#[derive(Clone, Debug, PartialEq)]
pub enum RoomUpdate {
    /// The room shows something else of its streams.
    Shows(RoomNum, super::Broadcast),
    /// The cloud saw users come or go.
    Seen {
        /// In which room.
        number: RoomNum,
        /// Who.
        uids: Vec<Uid>,
        /// They came; else they went.
        here: bool,
        /// Milliseconds since 1970, the order of such sightings.
        at_ms: i64,
    },
    /// The room's counterpart was dismissed: its live is over unless its host speaks.
    Dismissed {
        /// Which live.
        live: LiveId,
        /// In which room.
        number: RoomNum,
        /// The event's number in the inbox.
        event: i64,
        /// When it happened.
        at: UnixTime,
        /// The room is told once more, as after a restart: what its host did before is not known.
        again: bool,
    },
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

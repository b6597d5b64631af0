//! What the video cloud tells: who tells it, which room it names, and what of it matters here.

use super::{LiveId, RoomNum, StreamName, Uid, UnixTime};

/// Who in the cloud tells something. Each has a door of his own; there is one inbox behind them.
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

/// What one sender says of a recorded file. What he does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// The cloud's id of the file.
    pub file_id: String,
    /// The older id of the video, which clients were given in 2016.
    pub video_id: String,
    /// Where to play it.
    pub url: String,
    /// Address of a picture of it.
    pub cover: String,
    /// When recording began.
    pub started_at: Option<UnixTime>,
    /// When recording ended.
    pub ended_at: Option<UnixTime>,
    /// When the file was made, if nothing better is known.
    pub made_at: Option<UnixTime>,
    /// Length in seconds.
    pub duration_s: Option<i64>,
    /// Size in bytes.
    pub file_bytes: Option<i64>,
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

impl FileReport {
    /// This report, with what it does not say taken from one that is trusted less.
    #[must_use]
    pub fn completed_by(self, other: Self) -> Self {
        let text = |one: String, two: String| if one.is_empty() { two } else { one };
        Self {
            file_id: self.file_id,
            video_id: text(self.video_id, other.video_id),
            url: text(self.url, other.url),
            cover: text(self.cover, other.cover),
            started_at: self.started_at.or(other.started_at),
            ended_at: self.ended_at.or(other.ended_at),
            made_at: self.made_at.or(other.made_at),
            duration_s: self.duration_s.or(other.duration_s),
            file_bytes: self.file_bytes.or(other.file_bytes),
        }
    }

    /// Whether it counts more than what the same sender said before: it says where to play the file,
    /// and that did not.
    pub fn improves_on(&self, before: &Self) -> bool {
        before.url.is_empty() && !self.url.is_empty()
    }

    fn clamp(&mut self, latest: UnixTime) {
        for time in [&mut self.started_at, &mut self.ended_at, &mut self.made_at] {
            *time = time.map(|time| time.min(latest));
        }
    }

    /// When recording ended, as far as anybody says. A file is made soon after.
    pub fn end(&self) -> Option<UnixTime> {
        let from_start = || {
            let (start, length) = (self.started_at?, self.duration_s?);
            Some(UnixTime::from_secs(start.as_secs().saturating_add(length)))
        };
        self.ended_at
            .or_else(from_start)
            .or(self.made_at)
            .or(self.started_at)
    }

    /// Length in seconds, as far as anybody says.
    pub fn length_s(&self) -> i64 {
        let span = self.started_at.zip(self.ended_at);
        let of_span = || span.map(|(start, end)| (end.as_secs() - start.as_secs()).max(0));
        self.duration_s.or_else(of_span).unwrap_or(0)
    }

    /// The middle of what was recorded. Files are opened and closed some seconds beside the live,
    /// and hosts come back soon; the middle is within the right one of two lives.
    pub fn middle(&self) -> Option<UnixTime> {
        let half = self.length_s() / 2;
        let before = |end: UnixTime| end.as_secs().saturating_sub(half);
        let from_start = self
            .started_at
            .map(|start| start.as_secs().saturating_add(half));
        let from_end = self.ended_at.map(before);
        let from_file = self.made_at.map(before);
        let middle = from_end.or(from_start).or(from_file);
        middle.map(UnixTime::from_secs)
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
    fn a_report_keeps_what_it_says_and_takes_the_rest_from_the_other() {
        let live = FileReport {
            file_id: "f".to_owned(),
            url: "http://live".to_owned(),
            duration_s: Some(60),
            ..FileReport::default()
        };
        let vod = FileReport {
            file_id: "f".to_owned(),
            url: "http://vod".to_owned(),
            cover: "http://cover".to_owned(),
            ..FileReport::default()
        };
        let both = live.completed_by(vod);
        assert_eq!(both.url, "http://live");
        assert_eq!(both.cover, "http://cover");
        assert_eq!(both.duration_s, Some(60));
    }

    #[test]
    fn the_middle_of_a_recording_is_found_from_whatever_is_said() {
        let at = |secs| Some(UnixTime::from_secs(secs));
        let report = FileReport {
            started_at: at(90),
            ended_at: at(200),
            duration_s: Some(100),
            ..FileReport::default()
        };
        assert_eq!(report.middle(), at(150));
        let unended = FileReport {
            ended_at: None,
            ..report.clone()
        };
        assert_eq!(unended.middle(), at(140));
        let made = FileReport {
            made_at: at(7),
            ..FileReport::default()
        };
        assert_eq!((made.middle(), made.end()), (at(7), at(7)));
        let made_later = FileReport {
            made_at: at(200),
            duration_s: Some(100),
            ..FileReport::default()
        };
        assert_eq!(made_later.middle(), at(150), "a file is made at the end");
        let started = FileReport {
            started_at: at(100),
            ..made_later.clone()
        };
        assert_eq!(started.end(), at(200));
        assert_eq!(FileReport::default().middle(), None);
    }

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

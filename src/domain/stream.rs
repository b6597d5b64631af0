//! Streams: their names, and the state of their pushes and pictures that a room shows.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use md5::{Digest, Md5};
use percent_encoding::percent_decode_str;

use super::{AppId, RoomNum, Uid, UnixTime, VideoType};

/// The name by which zaibo knows a stream: the hash in its stream code, in lower case, or the whole id
/// of a stream that has no such code.
///
/// The hash is the md5 of `<room>_<host>_main`, or of `<room>_<host>_aux` for a shared screen. Clients
/// and the cloud compute the same hash, so every byte counts; they differ in the case of its letters
/// and in the prefix before it. Apps of TRTC since 2020 write `<sdkappid>_<room>_<user>_main` out,
/// escaped as in a URL; such a stream is named by the hash of its room and user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamName(String);

/// Hexadecimal digits of an md5.
const HASH_DIGITS: usize = 32;

impl StreamName {
    /// The name of the stream that a host sends from a room.
    pub fn of_host(room: RoomNum, host: &Uid, video: VideoType) -> Self {
        let kind = match video {
            VideoType::Camera => "main",
            VideoType::Screen => "aux",
        };
        let hash = Md5::digest(format!("{room}_{host}_{kind}"));
        Self(base16ct::lower::encode_string(&hash))
    }

    /// The name of the stream with that id in the cloud; `None` if the id is empty.
    pub fn from_id(id: &str) -> Option<Self> {
        if let Some((room, user, video)) = written_out(id) {
            return Some(Self::of_host(room, &user, video));
        }
        let hash = id.rsplit('_').next().filter(|part| is_hash(part));
        let name = hash.unwrap_or(id).to_ascii_lowercase();
        (!name.is_empty()).then_some(Self(name))
    }

    /// The room in the id of a stream, if the id is written out.
    pub fn room_in(id: &str) -> Option<RoomNum> {
        written_out(id).map(|(room, ..)| room)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is the hash of a room and a user. Such a name belongs to one room only.
    pub fn is_hash(&self) -> bool {
        is_hash(&self.0)
    }
}

/// Room, user and kind within `<sdkappid>_<room>_<user>_main`. The user's id may hold underscores.
fn written_out(id: &str) -> Option<(RoomNum, Uid, VideoType)> {
    let id = percent_decode_str(id).decode_utf8().ok()?;
    let (app, rest) = id.split_once('_')?;
    let (room, rest) = rest.split_once('_')?;
    let (user, kind) = rest.rsplit_once('_')?;
    let video = match kind {
        "main" => VideoType::Camera,
        "aux" => VideoType::Screen,
        _ => return None,
    };
    number(app).and_then(AppId::new)?;
    Some((RoomNum::new(number(room)?)?, Uid::parse(user)?, video))
}

/// The number that a text of digits stands for; `None` if there is anything but digits.
fn number(digits: &str) -> Option<i64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

fn is_hash(text: &str) -> bool {
    text.len() == HASH_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The known start and stop of one push of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Push {
    /// When it started, by the cloud's report.
    pub started_at: Option<UnixTime>,
    /// When it stopped, by the cloud's report.
    pub stopped_at: Option<UnixTime>,
}

impl Push {
    /// Two reports about the same push together, in any order.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            started_at: self.started_at.max(other.started_at),
            stopped_at: self.stopped_at.max(other.stopped_at),
        }
    }
}

/// Whether a stream is being sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    /// The cloud has reported nothing.
    #[default]
    Unknown,
    /// The stream is being sent.
    On,
    /// The stream has stopped at that time.
    StoppedAt(UnixTime),
}

impl Signal {
    /// The signal of one stream, which may have several pushes at once, such as a main and a backup
    /// one. It is on while any of them is known to run.
    ///
    /// `running_since` is the start of the newest push without a known stop, and `stopped_at` the last
    /// stop of any push. `ended_at` is the last end of a live in the room: it takes the place of a stop
    /// that was never reported, because a push from before that end does not run any more.
    pub fn from_pushes(
        running_since: Option<UnixTime>,
        stopped_at: Option<UnixTime>,
        ended_at: Option<UnixTime>,
    ) -> Self {
        let stopped_at = match running_since {
            Some(since) if ended_at.is_none_or(|ended| ended <= since) => return Self::On,
            Some(_) => stopped_at.max(ended_at),
            None => stopped_at,
        };
        stopped_at.map_or(Self::Unknown, Self::StoppedAt)
    }

    /// The signal of a host who may send several streams: one that is on is enough.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::On, _) | (_, Self::On) => Self::On,
            (Self::StoppedAt(one), Self::StoppedAt(two)) => Self::StoppedAt(one.max(two)),
            (Self::Unknown, known) | (known, Self::Unknown) => known,
        }
    }

    /// Whether to show that there is a stream; `None` if it is not known. A stop is shown only after
    /// `grace`, because clients often reconnect.
    pub fn shows(self, now: UnixTime, grace: Duration) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::On => Some(true),
            Self::StoppedAt(at) => {
                let grace = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
                Some(now.as_secs() < at.as_secs().saturating_add(grace))
            }
        }
    }
}

/// The state of a room's streams, as the cloud reported it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broadcast {
    /// Whether the host sends a stream.
    pub signal: Signal,
    /// Address of the latest picture that the cloud took.
    pub picture: Option<Arc<str>>,
    /// Rises with each report of the cloud. Of two states the one with the larger version is the later
    /// one, and of equal versions the one that arrives last.
    pub version: i64,
}

impl Broadcast {
    /// What the room shows of its streams now.
    pub fn shown(&self, now: UnixTime, grace: Duration) -> StreamShown {
        StreamShown {
            on: self.signal.shows(now, grace),
            picture: self.picture.clone(),
        }
    }
}

/// What a room shows of its streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamShown {
    /// Whether there is a stream; `None` if it is not known.
    pub on: Option<bool>,
    /// Address of the latest picture that the cloud took.
    pub picture: Option<Arc<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_secs(secs)
    }

    #[test]
    fn a_stream_is_known_by_its_hash_whatever_the_prefix_and_the_case() {
        let room = RoomNum::new(12345).expect("valid");
        let host = Uid::parse("userA").expect("valid");
        let name = StreamName::of_host(room, &host, VideoType::Camera);
        for id in [
            "8888_8d0261436c375bb0dea901d86d7d70e8",
            "1234_8D0261436C375BB0DEA901D86D7D70E8",
            "8d0261436c375bb0dea901d86d7d70e8",
        ] {
            assert_eq!(StreamName::from_id(id).as_ref(), Some(&name), "{id}");
        }
        assert!(name.is_hash());
        assert_ne!(name, StreamName::of_host(room, &host, VideoType::Screen));
    }

    #[test]
    fn a_stream_without_a_hash_is_known_by_its_whole_id() {
        let name = StreamName::from_id("My_Stream").expect("a name");
        assert_eq!((name.as_str(), name.is_hash()), ("my_stream", false));
        assert_eq!(StreamName::from_id(""), None);
    }

    #[test]
    fn a_stream_that_is_written_out_is_the_one_that_was_hashed_before() {
        let named = |room: i64, user: &str, video| {
            let room = RoomNum::new(room).expect("valid");
            StreamName::of_host(room, &Uid::parse(user).expect("valid"), video)
        };
        for (id, name) in [
            (
                "1400000000_10001_Anna_main",
                named(10001, "Anna", VideoType::Camera),
            ),
            (
                "1400000000_10001_a_b__c_aux",
                named(10001, "a_b__c", VideoType::Screen),
            ),
            (
                "1400000000_10001_%E7%94%A8%E6%88%B7_main",
                named(10001, "用户", VideoType::Camera),
            ),
        ] {
            assert_eq!(StreamName::from_id(id), Some(name), "{id}");
            assert_eq!(StreamName::room_in(id), RoomNum::new(10001), "{id}");
        }
        for id in [
            "1400000000_10001_anna_sub",
            "1400000000_room_anna_main",
            "app_10001_anna_main",
            "1400000000_10001__main",
            "1400000000_10001_main",
            "+1_10001_anna_main",
            "1400000000_0_anna_main",
            "1400000000_10001_%FF_main",
        ] {
            assert_eq!(StreamName::room_in(id), None, "{id}");
            let whole = id.to_ascii_lowercase();
            let name = StreamName::from_id(id);
            assert_eq!(name.as_ref().map(StreamName::as_str), Some(&*whole));
        }
    }

    #[test]
    fn a_push_has_its_latest_start_and_stop_in_whatever_order_they_are_told() {
        let start = Push {
            started_at: Some(at(10)),
            stopped_at: None,
        };
        let stop = Push {
            started_at: None,
            stopped_at: Some(at(20)),
        };
        assert_eq!(start.joined(stop), stop.joined(start));
        assert_eq!(start.joined(Push::default()), start);
    }

    #[test]
    fn somebody_sends_while_any_push_runs_and_a_lost_stop_ends_with_the_live() {
        let of = |since: i64, stopped: i64, ended: i64| {
            let told = |secs: i64| (secs > 0).then(|| at(secs));
            Signal::from_pushes(told(since), told(stopped), told(ended))
        };
        assert_eq!(of(0, 0, 0), Signal::Unknown);
        assert_eq!(of(0, 0, 90), Signal::Unknown);
        assert_eq!(of(10, 0, 0), Signal::On);
        assert_eq!(of(10, 20, 0), Signal::On, "another push was stopped");
        assert_eq!(of(0, 20, 90), Signal::StoppedAt(at(20)));
        assert_eq!(of(10, 0, 90), Signal::StoppedAt(at(90)));
        assert_eq!(of(10, 95, 90), Signal::StoppedAt(at(95)));
        assert_eq!(of(91, 20, 90), Signal::On, "of the next live");
    }

    #[test]
    fn a_stop_shows_only_after_the_grace() {
        let grace = Duration::from_secs(60);
        let stopped = Signal::StoppedAt(at(100));
        assert_eq!(stopped.shows(at(159), grace), Some(true));
        assert_eq!(stopped.shows(at(160), grace), Some(false));
        assert_eq!(Signal::Unknown.shows(at(160), grace), None);
        assert_eq!(stopped.or(Signal::On), Signal::On);
        assert_eq!(stopped.or(Signal::StoppedAt(at(7))), stopped);
        assert_eq!(Signal::Unknown.or(stopped), stopped);
    }
}

//! Readers of a feed: each ends with exactly the state of the room, however it was cut off.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    Change, EndReason, Incarnation, MemberPlace, Moment, Position, Role, Room, RoomEvent,
    StreamShown, Why,
};
use crate::rooms::feed::{
    Feed, FeedReader, FeedRules, Frame, History, Next, Pace, Scene, Snapshot,
};

/// A crowd begins early and little is kept, so that short stories meet everything.
const SMALL: FeedRules = FeedRules {
    history: History {
        frames: 6,
        bytes: 100_000,
    },
    detail_members: 10,
    ..FeedRules::USUAL
};

/// What a client knows of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Picture {
    members: u32,
    peak: u32,
    likes: u32,
    stream: StreamShown,
    is_complete: bool,
    /// All members, or in a crowd those who are no viewers.
    list: BTreeMap<MemberPlace, (Uid, Role)>,
    ended: bool,
}

/// A client: its reader, and what it made of what it got.
struct Client {
    reader: Option<FeedReader>,
    position: Option<Position>,
    picture: Picture,
}

impl Client {
    fn new() -> Self {
        Self {
            reader: None,
            position: None,
            picture: Picture::default(),
        }
    }

    fn apply(&mut self, frame: &Frame) {
        let position = self.position.as_mut().expect("a snapshot came first");
        assert_eq!(frame.incarnation, position.incarnation);
        assert!(frame.from <= position.seq + 1, "a gap before {frame:?}");
        let news = frame.changes.iter().filter(|told| told.seq > position.seq);
        for told in news {
            self.picture.apply(&told.change);
        }
        position.seq = frame.to;
    }

    /// Reads everything that there is.
    fn read(&mut self, host: &mut Host) {
        let Some(mut reader) = self.reader.take() else {
            return;
        };
        loop {
            match reader.read() {
                Next::Frame(frame) => self.apply(&frame),
                Next::Snapshot(_) => {
                    let (snapshot, stream) = host.snapshot();
                    self.picture = Picture::of(&snapshot, stream);
                    self.position = Some(snapshot.position);
                    reader.jump(snapshot.position);
                }
                Next::Nothing | Next::End => break,
            }
        }
        self.reader = Some(reader);
    }
}

impl Picture {
    fn of(snapshot: &Snapshot, stream: StreamShown) -> Self {
        let rows = snapshot.members.iter();
        Self {
            members: snapshot.stats.members,
            peak: snapshot.stats.peak,
            likes: snapshot.stats.likes.shown(),
            stream,
            is_complete: snapshot.is_complete,
            list: rows
                .map(|row| (row.place, (row.uid.clone(), row.role)))
                .collect(),
            ended: false,
        }
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Crowd(crowd) => {
                self.members = crowd.members;
                self.peak = crowd.peak;
                self.is_complete = false;
                self.list.retain(|_, (_, role)| *role != Role::Viewer);
            }
            Change::Event(event) => self.happened(event),
        }
    }

    fn happened(&mut self, event: &RoomEvent) {
        match event {
            RoomEvent::Joined {
                uid,
                role,
                place,
                members,
            } => {
                self.members = *members;
                self.peak = self.peak.max(*members);
                self.put(uid, *role, *place);
            }
            RoomEvent::Left { uid, members, .. } => {
                self.members = *members;
                self.list.retain(|_, (listed, _)| listed != uid);
            }
            RoomEvent::RoleChanged { uid, to, place, .. } => self.put(uid, *to, *place),
            RoomEvent::Likes { likes } => self.likes = *likes,
            RoomEvent::StreamChanged { shown, .. } => self.stream = shown.clone(),
            RoomEvent::Ended { .. } => self.ended = true,
            _ => {}
        }
    }

    fn put(&mut self, uid: &Uid, role: Role, place: MemberPlace) {
        self.list.retain(|_, (listed, _)| listed != uid);
        if self.is_complete || role != Role::Viewer {
            self.list.insert(place, (uid.clone(), role));
        }
    }
}

/// A room with its feed, as its actor keeps it.
struct Host {
    room: Room,
    stream: StreamShown,
    feed: Arc<Feed>,
    rules: FeedRules,
    pace: Pace,
    now: u64,
}

impl Host {
    fn new(rules: FeedRules) -> Self {
        let mut host = Self {
            room: a_room(),
            stream: StreamShown::default(),
            feed: Arc::new(Feed::new(LiveId::new(1))),
            rules,
            pace: Pace::new(rules.deliveries_per_s),
            now: 1000,
        };
        host.feed.begin(1);
        host.publish();
        host
    }

    /// The actor crashed, and another one goes on with nobody in the room.
    fn crash(&mut self) {
        self.room = a_room();
        self.stream = StreamShown::default();
        self.feed.begin(1);
        self.publish();
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            rules: &self.rules,
            pace: &self.pace,
            stats: self.room.stats(),
            now: Moment::from_millis(self.now),
        }
    }

    fn publish(&mut self) {
        let events = self.room.take_events();
        self.feed.add(events, 0, self.scene());
    }

    fn snapshot(&mut self) -> (Arc<Snapshot>, StreamShown) {
        let stream = self.stream.clone();
        if let Some(snapshot) = self.feed.snapshot() {
            return (snapshot, stream);
        }
        let is_crowd = self.feed.open(self.scene());
        let members = match is_crowd {
            true => self.room.not_viewers(),
            false => self.room.members_behind(None, None, usize::MAX).1,
        };
        let position = self.feed.position();
        let (profile, stats) = (Arc::default(), self.room.stats());
        let snapshot = Snapshot::new(position, profile, stats, members, !is_crowd);
        let snapshot = Arc::new(snapshot);
        self.feed.keep(&snapshot);
        (snapshot, stream)
    }

    fn subscribe(&mut self, since: Option<Position>) -> FeedReader {
        match FeedReader::new(&self.feed, since) {
            Some(reader) => reader,
            None => {
                self.snapshot();
                FeedReader::new(&self.feed, since).expect("it is open")
            }
        }
    }

    fn take(&mut self, step: Step) {
        let at = Moment::from_millis(self.now);
        match step {
            Step::Enter(who) => drop(self.room.enter(&user(who), RoleClaim::Keep, at)),
            Step::Leave(who) => drop(self.room.leave(&user(who), LeaveReason::Leave, at)),
            Step::Mic(who, on) => drop(self.room.report_mic(&user(who), on, at)),
            Step::Likes(likes) => drop(self.room.report_likes(&uid("host"), likes)),
            Step::Stream(on) => {
                self.stream.on = Some(on);
                self.room.show_stream(self.stream.clone());
            }
            Step::Wait(ms) => {
                self.now += ms;
                self.feed.tick(self.scene());
            }
            Step::Forget => self.feed.forget(&self.rules, at),
            Step::Crash => self.crash(),
            Step::Read | Step::Cut | Step::Come => {}
        }
        self.publish();
    }
}

fn a_room() -> Room {
    let number = RoomNum::new(10001).expect("valid");
    let at = Moment::from_millis(0);
    let (nothing, before) = (Arc::default(), RoomStats::default());
    let mut room = Room::new(number, uid("host"), nothing, RULES, before, at);
    room.announce(Arc::new(on_air(1, 10001, "host").profile), at);
    room
}

fn user(number: u8) -> Uid {
    uid(&format!("u{number}"))
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Enter(u8),
    Leave(u8),
    Mic(u8, bool),
    Likes(u32),
    Stream(bool),
    Wait(u64),
    Forget,
    Crash,
    /// The second client reads, is cut off, or comes back with its position.
    Read,
    Cut,
    Come,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0_u8..16;
    let step = prop_oneof![
        12 => who.clone().prop_map(Step::Enter),
        6 => who.clone().prop_map(Step::Leave),
        4 => (who, any::<bool>()).prop_map(|(who, on)| Step::Mic(who, on)),
        3 => (0_u32..5).prop_map(Step::Likes),
        1 => any::<bool>().prop_map(Step::Stream),
        8 => (1_u64..150).prop_map(Step::Wait),
        1 => Just(Step::Forget),
        1 => Just(Step::Crash),
        4 => Just(Step::Read),
        2 => Just(Step::Cut),
        3 => Just(Step::Come),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn who_was_cut_off_ends_with_exactly_the_state_of_who_never_was(steps in steps()) {
        let mut host = Host::new(SMALL);
        let (mut steady, mut shaky) = (Client::new(), Client::new());
        steady.reader = Some(host.subscribe(None));
        for step in steps {
            host.take(step);
            steady.read(&mut host);
            match step {
                Step::Read => shaky.read(&mut host),
                Step::Cut => shaky.reader = None,
                Step::Come if shaky.reader.is_none() => {
                    shaky.reader = Some(host.subscribe(shaky.position));
                }
                _ => {}
            }
        }
        if shaky.reader.is_none() {
            shaky.reader = Some(host.subscribe(shaky.position));
        }
        host.take(Step::Wait(10_000));
        shaky.read(&mut host);
        steady.read(&mut host);
        prop_assert_eq!(&shaky.picture, &steady.picture);
        let (fresh, stream) = host.snapshot();
        prop_assert_eq!(&steady.picture, &Picture::of(&fresh, stream));
        let everybody = usize::try_from(steady.picture.members).expect("few");
        if steady.picture.is_complete {
            prop_assert_eq!(steady.picture.list.len(), everybody);
        }
    }
}

/// Why a reader with that position has to begin with a snapshot; `None` if they read on.
fn why(host: &mut Host, since: Option<Position>) -> Option<Why> {
    match host.subscribe(since).read() {
        Next::Snapshot(why) => Some(why),
        _ => None,
    }
}

#[test]
fn a_position_is_honoured_as_long_as_nothing_behind_it_is_forgotten() {
    let mut host = Host::new(SMALL);
    let mut keeps_it_open = Client::new();
    keeps_it_open.reader = Some(host.subscribe(None));
    keeps_it_open.read(&mut host);
    let first = host.feed.position();
    assert_eq!(why(&mut host, Some(first)), None);
    for who in 0..6 {
        host.take(Step::Enter(who));
        host.take(Step::Wait(200));
    }
    assert_eq!(why(&mut host, Some(first)), None);
    host.take(Step::Enter(6));
    host.take(Step::Wait(200));
    assert_eq!(why(&mut host, Some(first)), Some(Why::Gap));
    let ahead = Position {
        seq: first.seq + 100,
        ..first
    };
    assert_eq!(why(&mut host, Some(ahead)), Some(Why::Gap));
    assert_eq!(why(&mut host, None), Some(Why::First));
    let elsewhere = Position {
        incarnation: Incarnation {
            live: LiveId::new(2),
            ..first.incarnation
        },
        ..first
    };
    assert_eq!(why(&mut host, Some(elsewhere)), Some(Why::Gap));
    host.crash();
    assert_eq!(why(&mut host, Some(first)), Some(Why::Restarted));
}

#[test]
fn the_first_event_after_quiet_is_told_at_once_and_later_ones_together() {
    let mut host = Host::new(SMALL);
    let mut client = Client::new();
    client.reader = Some(host.subscribe(None));
    client.read(&mut host);
    let mut reader = client.reader.expect("it reads");
    let mut frames = || {
        let mut frames = Vec::new();
        while let Next::Frame(frame) = reader.read() {
            frames.push((frame.from, frame.to));
        }
        frames
    };
    let seq = host.feed.position().seq;
    host.take(Step::Wait(1000));
    host.take(Step::Likes(1));
    assert_eq!(frames(), [(seq + 1, seq + 1)]);
    host.take(Step::Likes(2));
    host.take(Step::Enter(1));
    host.take(Step::Wait(49));
    assert_eq!(frames(), []);
    host.take(Step::Wait(1));
    assert_eq!(frames(), [(seq + 2, seq + 3)]);
}

#[test]
fn nothing_is_kept_while_nobody_reads_and_no_longer_than_the_rules_say() {
    let mut host = Host::new(SMALL);
    host.take(Step::Enter(1));
    assert!(!host.feed.is_open());
    let reader = host.subscribe(None);
    host.take(Step::Forget);
    drop(reader);
    host.take(Step::Forget);
    host.now += 59_000;
    host.take(Step::Forget);
    assert!(host.feed.is_open());
    host.now += 1_000;
    host.take(Step::Forget);
    assert!(!host.feed.is_open());
}

#[test]
fn the_end_is_told_at_once_and_is_the_last_of_the_feed() {
    let mut host = Host::new(SMALL);
    let mut client = Client::new();
    client.reader = Some(host.subscribe(None));
    client.read(&mut host);
    host.take(Step::Likes(1));
    host.room.end(EndReason::Exit);
    host.publish();
    host.feed.end(host.scene());
    host.room.dismiss(usize::MAX);
    host.publish();
    client.read(&mut host);
    assert!(client.picture.ended);
    let reader = client.reader.as_mut().expect("it reads");
    assert!(matches!(reader.read(), Next::End));
}

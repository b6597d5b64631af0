//! Scripts of the load: requests as an Android client sends them, for the people of a seeded
//! database.

use std::cell::Cell;
use std::io::Write;
use std::ops::Range;

use sha2::{Digest, Sha256};
use zaibo::domain::{RoomNum, StreamName, Uid, VideoType};
use zaibo::error::Fault;
use zaibo::store::{Person, Store, TokenHash};

use crate::connection::{self, is_success};
use crate::load::Script;

/// The password of all people in a seeded database.
pub(crate) const PASSWORD: &str = "bench-secret";

/// A prime that does not divide any number of people here.
const STRIDE: usize = 7919;

/// The id of the person at index `at`.
pub(crate) fn name(at: usize) -> String {
    format!("u{at:07}")
}

/// The person at index `at`, as seeded in the database.
pub(crate) fn person(at: usize) -> Result<Person, Fault> {
    let uid = Uid::parse(&name(at));
    Ok(Person {
        uid: uid.ok_or_else(|| Fault::new("naming a person", "that is no id"))?,
        token: TokenHash(Sha256::digest(token(at)).into()),
    })
}

/// The token of the person at index `at`. It is as long as a real token.
pub(crate) fn token(at: usize) -> String {
    format!("zbench{at:038}")
}

/// Writes a whole request.
fn post(query: &str, body: &[u8], request: &mut Vec<u8>) {
    connection::post("127.0.0.1", "/sxb_dev/index.php", query, body, request);
}

/// A script whose requests do not depend on answers.
pub(crate) struct Each<F> {
    query: &'static str,
    body: Vec<u8>,
    count: usize,
    make: F,
}

impl<F: FnMut(usize, &mut Vec<u8>) -> bool> Each<F> {
    /// `make` writes the body of the request with that number. False if there are no more requests.
    pub(crate) fn new(query: &'static str, make: F) -> Self {
        Self {
            query,
            body: Vec::with_capacity(512),
            count: 0,
            make,
        }
    }
}

impl<F: FnMut(usize, &mut Vec<u8>) -> bool> Script for Each<F> {
    fn ask(&mut self, _connection: usize, request: &mut Vec<u8>) -> bool {
        self.body.clear();
        if !(self.make)(self.count, &mut self.body) {
            return false;
        }
        self.count += 1;
        post(self.query, &self.body, request);
        true
    }
}

/// People spread over rooms. The host of a room is the person with the room's index.
#[derive(Clone, Debug)]
pub(crate) struct Seating {
    pub(crate) rooms: Range<usize>,
    pub(crate) people: Range<usize>,
}

impl Seating {
    /// The room of a person.
    pub(crate) fn room_of(&self, at: usize) -> usize {
        self.rooms.start + at % self.rooms.len()
    }

    fn place(&self, at: usize, body: &mut Vec<u8>) -> bool {
        let room = self.room_of(at);
        let role = u8::from(at == room);
        let Ok(number) = Store::seeded_room(room) else {
            return false;
        };
        let token = token(at);
        let _ = write!(
            body,
            r#"{{"token":"{token}","roomnum":{number},"role":{role}"#
        );
        true
    }

    /// Every person enters their room once.
    pub(crate) fn entering(self) -> impl Script {
        self.reporting(0)
    }

    /// Every person leaves their room once.
    pub(crate) fn leaving(self) -> impl Script {
        self.reporting(1)
    }

    fn reporting(self, operate: u8) -> impl Script {
        Each::new("svc=live&cmd=reportmemid", move |count, body| {
            let at = self.people.start + count;
            let written = self.people.contains(&at) && self.place(at, body);
            let _ = write!(body, r#","operate":{operate}}}"#);
            written
        })
    }

    /// Every person beats again and again. The stride spreads successive beats over the people.
    pub(crate) fn beating(self) -> impl Script {
        Each::new("svc=live&cmd=heartbeat", move |count, body| {
            let at = self.people.start + count.wrapping_mul(STRIDE) % self.people.len();
            let written = self.place(at, body);
            body.extend_from_slice(br#","thumbup":3}"#);
            written
        })
    }
}

/// A beat of the host of a room, which says how many likes there are.
pub(crate) fn likes(room: usize, likes: u64) -> Result<Vec<u8>, Fault> {
    let (token, number) = (token(room), Store::seeded_room(room)?);
    let body = format!(r#"{{"token":"{token}","roomnum":{number},"role":1,"thumbup":{likes}}}"#);
    let mut request = Vec::new();
    post("svc=live&cmd=heartbeat", body.as_bytes(), &mut request);
    Ok(request)
}

/// Pages of the list of lives, starting at each of these rows in turn.
pub(crate) fn lives(rows: &'static [usize], size: usize) -> impl Script {
    Each::new("svc=live&cmd=roomlist", move |count, body| {
        let index = rows[count % rows.len()];
        let token = token(count % 100);
        let _ = write!(
            body,
            r#"{{"token":"{token}","type":"live","index":{index},"size":{size}}}"#
        );
        true
    })
}

/// Pages of 50 members of a room, starting at each of these rows in turn.
pub(crate) fn members(room: RoomNum, rows: &'static [usize]) -> impl Script {
    Each::new("svc=live&cmd=roomidlist", move |count, body| {
        let index = rows[count % rows.len()];
        let token = token(count % 100);
        let _ = write!(
            body,
            r#"{{"token":"{token}","roomnum":{room},"index":{index},"size":50}}"#
        );
        true
    })
}

/// Logins of these people, in turn.
pub(crate) fn logins(people: Range<usize>) -> impl Script {
    Each::new("svc=account&cmd=login", move |count, body| {
        let id = name(people.start + count % people.len());
        let _ = write!(body, r#"{{"id":"{id}","pwd":"{PASSWORD}"}}"#);
        true
    })
}

/// Registrations of new people. `count` is shared by all scripts, so that no id repeats.
pub(crate) fn registrations(count: &Cell<usize>) -> impl Script {
    Each::new("svc=account&cmd=regist", move |_, body| {
        let at = count.replace(count.get() + 1);
        let _ = write!(body, r#"{{"id":"new-{at:07}","pwd":"{PASSWORD}"}}"#);
        true
    })
}

/// Rooms created by these people, in turn.
pub(crate) fn creations(people: usize) -> impl Script {
    Each::new("svc=live&cmd=create", move |count, body| {
        let token = token(count % people);
        let _ = write!(body, r#"{{"token":"{token}","type":"live"}}"#);
        true
    })
}

/// Callbacks about recordings. `count` is shared by all scripts, so that no callback is a
/// repetition.
pub(crate) fn callbacks(count: &Cell<usize>, rooms: usize) -> Result<impl Script, Fault> {
    let streams = (0..rooms).map(|at| {
        let host = person(at)?.uid;
        Ok(StreamName::of_host(
            Store::seeded_room(at)?,
            &host,
            VideoType::Camera,
        ))
    });
    let streams: Vec<_> = streams.collect::<Result<_, Fault>>()?;
    Ok(Each::new("svc=live&cmd=callback", move |_, body| {
        let at = count.replace(count.get() + 1);
        let stream = streams[at % streams.len()].as_str();
        let _ = write!(
            body,
            r#"{{"event_type":100,"stream_id":"8888_{stream}","file_id":"file-{at}","start_time":1700000000,"end_time":1700000060,"duration":60,"file_size":1000000,"video_url":"http://example.com/{at}.mp4"}}"#
        );
        true
    }))
}

/// Whole lives: each connection creates a room, goes live in it, and ends it, again and again.
pub(crate) struct Lives {
    steps: Vec<Step>,
    body: Vec<u8>,
    /// The room number for answers without one: the bare server's answers have none.
    no_number: RoomNum,
}

#[derive(Clone, Copy)]
enum Step {
    Create,
    Report(RoomNum),
    Exit(RoomNum),
}

impl Lives {
    /// Each connection acts as the host with its own index.
    ///
    /// # Errors
    /// Never, because the first room's number is valid.
    pub(crate) fn new(connections: usize) -> Result<Self, Fault> {
        Ok(Self {
            steps: vec![Step::Create; connections],
            body: Vec::with_capacity(512),
            no_number: Store::seeded_room(0)?,
        })
    }
}

impl Script for Lives {
    fn ask(&mut self, connection: usize, request: &mut Vec<u8>) -> bool {
        self.body.clear();
        let token = token(connection);
        let (query, written) = match self.steps[connection] {
            Step::Create => (
                "svc=live&cmd=create",
                write!(self.body, r#"{{"token":"{token}","type":"live"}}"#),
            ),
            Step::Report(room) => (
                "svc=live&cmd=reportroom",
                write!(
                    self.body,
                    r#"{{"token":"{token}","room":{{"title":"Live of {connection}","roomnum":{room},"type":"live","groupid":"{room}","cover":"http://example.com/cover.png","appid":1400000000,"device":1,"videotype":0}}}}"#
                ),
            ),
            Step::Exit(room) => (
                "svc=live&cmd=exitroom",
                write!(
                    self.body,
                    r#"{{"token":"{token}","roomnum":{room},"type":"live"}}"#
                ),
            ),
        };
        post(query, &self.body, request);
        written.is_ok()
    }

    fn accept(&mut self, connection: usize, body: &[u8]) -> bool {
        let step = &mut self.steps[connection];
        *step = match *step {
            Step::Create => Step::Report(created(body).unwrap_or(self.no_number)),
            Step::Report(room) => Step::Exit(room),
            Step::Exit(_) => Step::Create,
        };
        is_success(body)
    }
}

/// The room number in an answer to `create`.
fn created(body: &[u8]) -> Option<RoomNum> {
    let answer = std::str::from_utf8(body).ok()?;
    let (_, number) = answer.split_once(r#""roomnum":"#)?;
    let digits = number.split(|other: char| !other.is_ascii_digit()).next()?;
    RoomNum::new(digits.parse().ok()?)
}

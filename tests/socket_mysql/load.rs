//! Clients at work while the database suffers, and the comparison of every answer with the record.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::callbacks::{Teller, recorded};
use crate::client::{Answer, Client, PASSWORD, User};
use crate::engine::Records;
use crate::server::{Server, eventually, unique};

/// The pause of a client who was not served.
const PAUSE: Duration = Duration::from_millis(20);

/// The text of an answer that leaves open whether the request was done.
const NOT_KNOWN: &str = "it is not known whether this was done";

/// What an answer says about a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It is on record.
    Done,
    /// It is not on record.
    NotDone,
    /// It may be on record, as the answer says.
    Unknown,
    /// Too many waited. A write that was begun may still come to its end.
    Busy,
    /// The sender is to send it again. It may be on record.
    SendAgain,
}

impl Outcome {
    pub(crate) fn of(answer: &Answer) -> Self {
        match (answer.code, &*answer.info) {
            (0, _) => Self::Done,
            (90001, info) if info.contains("cannot be reached, try again") => Self::NotDone,
            (90001, info) if info.contains(NOT_KNOWN) => Self::Unknown,
            (90001, "Server busy, try again") => Self::Busy,
            other => panic!("no answer for an outage: {other:?}"),
        }
    }
}

/// A write that was answered.
struct Written {
    /// The condition that finds it on record.
    rows: String,
    outcome: Outcome,
    /// Whose room it was to create. Only an acknowledged room can be found by its number.
    creator: Option<String>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    written: Mutex<Vec<Written>>,
    beats: AtomicU64,
    slowest_ms: AtomicU64,
}

/// Clients who work until they are told to stop.
pub(crate) struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

/// The figures of a load.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) done: usize,
    pub(crate) not_done: usize,
    pub(crate) unknown: usize,
    pub(crate) busy: usize,
    pub(crate) send_again: usize,
    /// How many are on record without an acknowledgement.
    pub(crate) unacknowledged: usize,
    pub(crate) beats: u64,
    pub(crate) slowest_ms: u64,
}

impl Figures {
    /// Prints them, for whoever runs the test with `--nocapture`.
    #[expect(clippy::print_stdout, reason = "figures that no assertion is about")]
    fn report(&self) {
        println!("{self:?}");
    }
}

impl Load {
    /// Starts clients who write, and one who sends heartbeats and reads the room list, which need no
    /// database.
    pub(crate) fn start(server: &Server, writers: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let mut clients = Vec::new();
        for nth in 0..writers {
            let (user, shared) = (server.newcomer("writer"), Arc::clone(&shared));
            let (teller, address) = (Teller::of(server), server.address());
            clients.push(thread::spawn(move || match nth % 4 {
                0 => shared.work(|| tell_one(&teller)),
                1 => shared.work(|| create_one(&user)),
                _ => shared.work(|| register_one(address)),
            }));
        }
        let host = server.newcomer("host");
        let room = host.go_live();
        let beating = Arc::clone(&shared);
        clients.push(thread::spawn(move || beating.beat(&host, room)));
        Self { shared, clients }
    }

    /// Waits until so many more writes had that outcome.
    pub(crate) fn await_more(&self, outcome: Outcome, more: usize) {
        let enough = self.count(outcome) + more;
        eventually("the clients to work", || {
            self.fail_early();
            (self.count(outcome) >= enough).then_some(())
        });
    }

    /// Waits until so many more heartbeats were answered.
    pub(crate) fn await_beats(&self, more: u64) {
        let beats = || self.shared.beats.load(Ordering::Relaxed);
        let enough = beats() + more;
        eventually("heartbeats", || {
            self.fail_early();
            (beats() >= enough).then_some(())
        });
    }

    fn count(&self, outcome: Outcome) -> usize {
        let written = self.shared.written.lock().expect("writes");
        let alike = written.iter().filter(|write| write.outcome == outcome);
        alike.count()
    }

    fn fail_early(&self) {
        let failed = self.clients.iter().any(JoinHandle::is_finished);
        assert!(!failed, "a client got an answer that it must not get");
    }

    /// Stops the clients and compares every answer with the record.
    pub(crate) fn stop(self, records: &mut Records) -> Figures {
        self.shared.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().expect("a client without a complaint");
        }
        let written = self.shared.written.lock().expect("writes");
        let mut counts = BTreeMap::new();
        let mut unacknowledged = count_unacknowledged_rooms(&written, records);
        for write in written.iter() {
            let rows = records.count(&write.rows);
            match write.outcome {
                Outcome::Done => assert_eq!(rows, 1, "acknowledged: {}", write.rows),
                Outcome::NotDone => assert_eq!(rows, 0, "said not to be done: {}", write.rows),
                _ => unacknowledged += usize::try_from(rows).expect("a count"),
            }
            *counts.entry(write.outcome).or_default() += 1;
        }
        let count = |outcome| counts.get(&outcome).copied().unwrap_or(0);
        let figures = Figures {
            done: count(Outcome::Done),
            not_done: count(Outcome::NotDone),
            unknown: count(Outcome::Unknown),
            busy: count(Outcome::Busy),
            send_again: count(Outcome::SendAgain),
            unacknowledged,
            beats: self.shared.beats.load(Ordering::Relaxed),
            slowest_ms: self.shared.slowest_ms.load(Ordering::Relaxed),
        };
        figures.report();
        figures
    }
}

impl Shared {
    fn work(&self, write: impl Fn() -> Written) {
        while !self.stop.load(Ordering::Relaxed) {
            let begun = now();
            let written = write();
            let took = u64::try_from(begun.elapsed().as_millis()).expect("short");
            self.slowest_ms.fetch_max(took, Ordering::Relaxed);
            let is_done = written.outcome == Outcome::Done;
            self.written.lock().expect("writes").push(written);
            if !is_done {
                thread::sleep(PAUSE);
            }
        }
    }

    fn beat(&self, host: &User, room: i64) {
        while !self.stop.load(Ordering::Relaxed) {
            host.beat(room, 1).ok();
            assert!(host.listed().is_some(), "the live is listed");
            self.beats.fetch_add(1, Ordering::Relaxed);
            thread::sleep(PAUSE);
        }
    }
}

/// Compares the number of rooms that each user has with the answers that they got. Returns the number
/// of rooms that were not acknowledged.
fn count_unacknowledged_rooms(written: &[Written], records: &mut Records) -> usize {
    let mut creators: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for write in written {
        let Some(creator) = &write.creator else {
            continue;
        };
        let [done, perhaps] = creators.entry(creator).or_default();
        match write.outcome {
            Outcome::Done => *done += 1,
            Outcome::NotDone => {}
            _ => *perhaps += 1,
        }
    }
    let unacknowledged = creators.into_iter().map(|(creator, [done, perhaps])| {
        let rooms = records.count(&format!("rooms WHERE host = '{creator}'"));
        let rooms = usize::try_from(rooms).expect("a count");
        let possible = done..=done + perhaps;
        assert!(possible.contains(&rooms), "{rooms} of {possible:?}");
        rooms - done
    });
    unacknowledged.sum()
}

fn register_one(address: SocketAddr) -> Written {
    let id = unique("r");
    // A connection of its own for each: nothing that came before is in the way.
    let answer = Client::of(address).regist(&id, PASSWORD);
    Written {
        rows: format!("accounts WHERE uid = '{id}'"),
        outcome: Outcome::of(&answer),
        creator: None,
    }
}

fn create_one(user: &User) -> Written {
    let answer = user.live("create", json!({"type": "live"}));
    let outcome = Outcome::of(&answer);
    let number = answer.data["roomnum"].as_i64().unwrap_or(0);
    Written {
        rows: format!("rooms WHERE roomnum = {number} AND host = '{}'", user.id),
        outcome,
        creator: Some(user.id.clone()),
    }
}

fn tell_one(teller: &Teller) -> Written {
    let file = unique("file");
    let outcome = match teller.tell("live", &recorded(4711, &file)) {
        200 => Outcome::Done,
        500 => Outcome::SendAgain,
        other => panic!("no answer for an outage: {other}"),
    };
    Written {
        rows: format!("inbox WHERE file_id = '{file}'"),
        outcome,
        creator: None,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the longest wait is a figure of the report"
)]
fn now() -> Instant {
    Instant::now()
}

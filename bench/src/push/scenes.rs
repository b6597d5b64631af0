//! What is asked of each server in each round: the same crowds, and the same events for them.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::ops::Range;
use std::time::{Duration, Instant};

use zaibo::error::Fault;

use super::publisher::Publisher;
use super::server::{Requests, Server};
use super::sockets::Sockets;
use crate::compare::Spread;
use crate::scripts::Seating;

/// Rooms with hosts. In each of the last scene is an event.
pub(super) const HOSTS: usize = 1_500;

/// Everybody: hosts, and the readers of all scenes.
pub(super) const PEOPLE: usize = 20_000;

/// Where the people of each scene begin. Those of the last one begin at the next multiple of the
/// number of rooms, so that each has a person of every room.
const READERS_OF_ONE: usize = 2_000;
const READERS_OF_TWENTY: usize = 3_000;
const ARRIVALS: usize = 4_000;
const READERS_OF_ROOMS: usize = 10_000;

/// Sockets of one person, in a room of many and in one of fewer; and readers in a room of a few.
const SOCKETS_EACH: usize = 50;
const FEWER_SOCKETS_EACH: usize = 20;
const A_FEW: usize = 10;
const PEOPLE_OF_A_FEW: usize = 5;

/// Events that come at once.
const AT_ONCE: usize = 20;

/// With more arrivals, a room would tell only how many its members are.
const MOST_BURSTS: usize = 15;

/// The pause before an event, so that it is the first after quiet; and the time after the last reader
/// has it, in which the server ends its work.
const QUIET: Duration = Duration::from_secs(1);
const ENDING: Duration = Duration::from_millis(200);

/// Events to all readers, measured several times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    /// From the publishing to the last reader, in milliseconds: the median.
    pub(super) ms: f64,
    /// Processor time of the server for one event to one reader, in microseconds.
    pub(super) cpu_us: f64,
}

/// The figures of one server in one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    /// One event to all sockets, in one room.
    pub(super) one: Delivery,
    /// Memory of one of them that is idle, in bytes.
    pub(super) idle: f64,
    /// Twenty events at once to a fifth of the sockets: the same count again and again.
    pub(super) twenty: Delivery,
    /// The same, but no event makes another one needless.
    pub(super) arrivals: Delivery,
    /// One event in each of many rooms, at once.
    pub(super) rooms: Delivery,
}

/// The size of a round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Sockets in the largest room.
    pub(super) sockets: usize,
    /// How often single events are measured.
    pub(super) singles: usize,
    /// How often events that come at once are measured.
    pub(super) bursts: usize,
}

impl Size {
    /// Ten single events and five times many in two seconds of the arguments.
    pub(super) fn of(sockets: usize, seconds: f64) -> Self {
        Self {
            sockets,
            singles: (seconds * 5.0).ceil() as usize,
            bursts: ((seconds * 2.5).ceil() as usize).min(MOST_BURSTS),
        }
    }
}

/// Readers of one server, and one who publishes.
pub(super) struct Scene<'s> {
    server: &'s dyn Server,
    pub(super) sockets: Sockets,
    publisher: Publisher,
    readers: usize,
}

impl<'s> Scene<'s> {
    /// Lets people enter one room, and opens as many sockets for them.
    ///
    /// # Errors
    /// If the server refuses.
    pub(super) fn in_one_room(
        server: &'s dyn Server,
        room: usize,
        people: Range<usize>,
        readers: usize,
    ) -> Result<Self, Fault> {
        let rooms = room..room + 1;
        Self::open(server, &Seating { rooms, people }, readers)
    }

    /// The same for people in several rooms.
    fn open(server: &'s dyn Server, seating: &Seating, readers: usize) -> Result<Self, Fault> {
        server.seat(seating)?;
        let people = seating.people.clone().cycle().take(readers);
        let subscription = |person| server.subscription(seating.room_of(person), person);
        let subscriptions = people.map(subscription).collect::<Result<Vec<_>, _>>()?;
        let sockets = Sockets::open(server.address(), server.hear(), subscriptions.into_iter());
        let publisher = Publisher::connect(server.address());
        Ok(Self {
            server,
            sockets: sockets.map_err(reading)?,
            publisher: publisher.map_err(publishing)?,
            readers,
        })
    }

    /// Publishes events, and waits until every reader has them all.
    fn deliver(&mut self, requests: &Requests, events: usize) -> Result<(f64, Duration), Fault> {
        self.sockets.idle(QUIET).map_err(reading)?;
        self.sockets.expect(events as u64);
        let before = self.server.cpu()?;
        let began = Instant::now();
        self.publish(requests)?;
        let last = self.sockets.wait().map_err(reading)?;
        self.confirm()?;
        self.sockets.idle(ENDING).map_err(reading)?;
        let took = last.duration_since(began).as_secs_f64() * 1e3;
        Ok((took, self.server.cpu()? - before))
    }

    /// Publishes events, and does not wait for the answers.
    pub(super) fn publish(&mut self, requests: &Requests) -> Result<(), Fault> {
        self.publisher.add(requests);
        self.publisher.send().map_err(publishing)
    }

    /// Reads the answers of all that was published.
    pub(super) fn confirm(&mut self) -> Result<(), Fault> {
        let confirmed = self.publisher.confirm(self.server.grants());
        confirmed.map_err(publishing)
    }

    /// Delivers the same again and again, once before it counts. `events` come to each reader.
    fn repeat(
        &mut self,
        times: usize,
        events: usize,
        mut requests: impl FnMut(&dyn Server, usize) -> Result<Requests, Fault>,
    ) -> Result<Delivery, Fault> {
        let mut took = Vec::new();
        let mut cpu = Duration::ZERO;
        for nth in 0..=times {
            let (ms, used) = self.deliver(&requests(self.server, nth)?, events)?;
            if nth > 0 {
                took.push(ms);
                cpu += used;
            }
        }
        let deliveries = (times * events * self.readers) as f64;
        Ok(Delivery {
            ms: Spread::of(took.into_iter()).median,
            cpu_us: cpu.as_secs_f64() * 1e6 / deliveries,
        })
    }
}

/// Measures a server that has no readers yet. Returns also the message of a single event.
///
/// # Errors
/// If it fails under the load.
pub(super) fn round(server: &dyn Server, size: Size) -> Result<(Round, Vec<u8>), Fault> {
    seat_hosts(server)?;
    let (idle, one, message) = one_room(server, size)?;
    let (twenty, arrivals) = twenty_at_once(server, size)?;
    let round = Round {
        one,
        idle,
        twenty,
        arrivals,
        rooms: many_rooms(server, size)?,
    };
    Ok((round, message))
}

/// Lets the host of each room into it, with which every measurement begins.
pub(super) fn seat_hosts(server: &dyn Server) -> Result<(), Fault> {
    server.seat(&Seating {
        rooms: 0..HOSTS,
        people: 0..HOSTS,
    })
}

fn one_room(server: &dyn Server, size: Size) -> Result<(f64, Delivery, Vec<u8>), Fault> {
    let Size { sockets, .. } = size;
    let before = server.memory()?;
    let people = (sockets / SOCKETS_EACH).max(1);
    let people = READERS_OF_ONE..READERS_OF_ONE + people;
    let mut scene = Scene::in_one_room(server, 0, people, sockets)?;
    scene.sockets.idle(QUIET).map_err(reading)?;
    let grown = server.memory()?.saturating_sub(before);
    let single = |server: &dyn Server, _| Ok(vec![server.event(0)?]);
    let delivery = scene.repeat(size.singles, 1, single)?;
    let message = scene.sockets.sample().to_vec();
    Ok((grown as f64 / sockets as f64, delivery, message))
}

fn twenty_at_once(server: &dyn Server, size: Size) -> Result<(Delivery, Delivery), Fault> {
    const ROOM: usize = 1;
    let sockets = size.sockets / 5;
    let people = (sockets / FEWER_SOCKETS_EACH).max(1);
    let people = READERS_OF_TWENTY..READERS_OF_TWENTY + people;
    let mut scene = Scene::in_one_room(server, ROOM, people, sockets)?;
    let counts = scene.repeat(size.bursts, AT_ONCE, |server, _| {
        (0..AT_ONCE).map(|_| server.event(ROOM)).collect()
    })?;
    let arrivals = scene.repeat(size.bursts, AT_ONCE, |server, nth| {
        let first = ARRIVALS + nth * AT_ONCE;
        server.arrivals(ROOM, first..first + AT_ONCE)
    })?;
    Ok((counts, arrivals))
}

fn many_rooms(server: &dyn Server, size: Size) -> Result<Delivery, Fault> {
    let Size { sockets, .. } = size;
    let rooms = sockets / A_FEW;
    let first = READERS_OF_ROOMS.next_multiple_of(rooms);
    let seating = Seating {
        rooms: 0..rooms,
        people: first..first + rooms * PEOPLE_OF_A_FEW,
    };
    let mut scene = Scene::open(server, &seating, sockets)?;
    scene.repeat(size.bursts, 1, |server, _| {
        (0..rooms).map(|room| server.event(room)).collect()
    })
}

pub(super) fn reading(cause: std::io::Error) -> Fault {
    Fault::new("reading pushed events", cause)
}

fn publishing(cause: std::io::Error) -> Fault {
    Fault::new("publishing events", cause)
}

//! A million members in ten thousand rooms: their memory, the cost of their beats, the time of a scrape,
//! and how much the remaining members are delayed when all others fall silent at the same moment.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::thread;
use std::time::{Duration, Instant};

use zaibo::error::Fault;

use crate::bench::{Bench, LEAST_HASH, fill};
use crate::compare::{Comparison, Figures, measure};
use crate::load::{FULL, Load, Way};
use crate::scrape::{self, Scrapes};
use crate::scripts::Seating;

const ROOMS: usize = 10_000;

/// The limit of memory for one member, in bytes.
pub(crate) const MOST_PER_MEMBER: f64 = 400.0;

/// The first members, who go on beating when all others fall silent. They are in the same rooms.
const OTHERS: usize = 2_000;

/// How often memory is measured while the rooms fill.
const LOOKS: usize = 10;

/// The silence after which a member is removed. The rooms have to be full before this time is over.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Beats per second of the remaining members, all together.
const OTHERS_PER_SECOND: f64 = 1_500.0;

/// The pause after a halted server is resumed.
const AWAKENING: Duration = Duration::from_millis(50);

/// How long the remaining members are measured.
const MEASURING: Duration = Duration::from_secs(10);

/// Steps of the progress bar, without the rounds.
pub(crate) const STEPS: u64 = LOOKS as u64 + 4;

/// The figures of a million members on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    /// The number of members.
    pub(crate) members: usize,
    /// Resident memory in bytes at each number of members, from zero to all.
    pub(crate) memory: Vec<(usize, u64)>,
    /// Scrapes of the metrics when all rooms are full.
    pub(crate) scrapes: Scrapes,
    /// The remaining members' beats before the silence.
    pub(crate) calm: Figures,
    /// The remaining members' beats while all others were removed.
    pub(crate) silence: Figures,
}

impl Capacity {
    /// The memory of one member, in bytes.
    pub(crate) fn bytes_per_member(&self) -> f64 {
        match (self.memory.first(), self.memory.last()) {
            (Some((_, empty)), Some((members, full))) => {
                (*full as f64 - *empty as f64) / *members as f64
            }
            _ => f64::NAN,
        }
    }
}

/// Fills a server, lets all members beat, and then lets all but the first fall silent.
pub(crate) fn measure_capacity(bench: &Bench) -> Result<(Comparison, Capacity), Fault> {
    let members = bench.args.members;
    let database = bench.seed("million", members, ROOMS, LEAST_HASH)?;
    let timeout = TIMEOUT.as_secs().to_string();
    let settings = [
        ("ZAIBO_ROOMS__HOST_TIMEOUT_S", "86400"),
        ("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", timeout.as_str()),
    ];
    let zaibo = bench.start(&database, &settings)?;
    let seats = |people| Seating {
        rooms: 0..ROOMS,
        people,
    };
    let mut memory = vec![(0, zaibo.resident()?)];
    let first_entry = Instant::now();
    for look in 1..=LOOKS {
        let (from, to) = ((look - 1) * members / LOOKS, look * members / LOOKS);
        bench.bar.set_message(format!("{to} members"));
        fill(&zaibo, seats(from..to))?;
        memory.push((to, zaibo.resident()?));
        bench.bar.inc(1);
    }
    let beats = bench.compare("heartbeat, 10 000 full rooms", &zaibo, FULL, || {
        Ok(Box::new(seats(0..members).beating()))
    })?;
    let scrapes = scrape::measure(&zaibo)?;
    if first_entry.elapsed() > TIMEOUT {
        let slow = "this machine took too long to fill the rooms; try fewer --members";
        return Err(Fault::new("measuring the capacity", slow));
    }
    bench.bar.set_message("what others feel");
    let others = Load {
        way: Way {
            pace: Some(OTHERS_PER_SECOND),
            ..FULL
        },
        span: MEASURING,
    };
    let last_beat = Instant::now();
    let calm = measure(&zaibo, others, &mut seats(0..OTHERS).beating())?;
    bench.bar.inc(1);
    // The timeouts of all other members expire while the server is halted, so they are all due when
    // it resumes. The remaining members beat last and have some more seconds.
    bench
        .bar
        .set_message("waiting for a silence of two minutes");
    zaibo.halt()?;
    thread::sleep((TIMEOUT + Duration::from_secs(1)).saturating_sub(last_beat.elapsed()));
    zaibo.resume()?;
    // After the halt the server's time is two minutes old until it reads the clock. A client that
    // connects before that would be refused as too slow.
    thread::sleep(AWAKENING);
    bench.bar.set_message("all at once are gone");
    let silence = measure(&zaibo, others, &mut seats(0..OTHERS).beating())?;
    bench.bar.inc(1);
    let capacity = Capacity {
        members,
        memory,
        scrapes,
        calm,
        silence,
    };
    Ok((beats, capacity))
}

//! A million members in ten thousand rooms: what they weigh, what a beat costs among them, and what
//! others feel when they all fall silent in one moment.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::thread;
use std::time::{Duration, Instant};

use zaibo::error::Fault;

use crate::bench::{Bench, FULL, LEAST_HASH, fill};
use crate::compare::{Comparison, Figures, measure};
use crate::load::Load;
use crate::scripts::Seating;

const ROOMS: usize = 10_000;

/// What one member may weigh at the most, in bytes.
pub(crate) const MOST_PER_MEMBER: f64 = 400.0;

/// The first of them go on beating when the rest fall silent. They are in rooms with the rest.
const OTHERS: usize = 2_000;

/// How often memory is looked at while the rooms fill.
const LOOKS: usize = 10;

/// The silence after which a member is gone. The rooms have to be full before it is over.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How fast the others beat, all together: a beat every second and a half from each.
const OTHERS_PER_SECOND: f64 = 1_500.0;

/// How long a halted server is left alone when it goes on.
const AWAKENING: Duration = Duration::from_millis(50);

/// For how long the others are listened to.
const LISTENING: Duration = Duration::from_secs(10);

/// Steps of the progress bar, beside the rounds.
pub(crate) const STEPS: u64 = LOOKS as u64 + 4;

/// What a million members are to this machine.
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    /// How many there were.
    pub(crate) members: usize,
    /// Resident memory in bytes at each number of members, from none to all.
    pub(crate) memory: Vec<(usize, u64)>,
    /// What the others felt before.
    pub(crate) calm: Figures,
    /// What the others felt while all the rest were taken out.
    pub(crate) silence: Figures,
}

impl Capacity {
    /// What one member weighs, in bytes.
    pub(crate) fn bytes_per_member(&self) -> f64 {
        match (self.memory.first(), self.memory.last()) {
            (Some((_, empty)), Some((members, full))) => {
                (*full as f64 - *empty as f64) / *members as f64
            }
            _ => f64::NAN,
        }
    }
}

/// Fills a server, has everybody beat, and lets it empty itself.
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
    if first_entry.elapsed() > TIMEOUT {
        let slow = "this machine took too long to fill the rooms; try fewer --members";
        return Err(Fault::new("measuring the capacity", slow));
    }
    bench.bar.set_message("what others feel");
    let others = Load {
        connections: FULL.connections,
        span: LISTENING,
        pace: Some(OTHERS_PER_SECOND),
    };
    let last_beat = Instant::now();
    let calm = measure(&zaibo, others, &mut seats(0..OTHERS).beating())?;
    bench.bar.inc(1);
    // While the server is halted the time of all the rest runs out, so that when it goes on all
    // of them are due in one moment. The others beat last and have some seconds more.
    bench
        .bar
        .set_message("waiting for a silence of two minutes");
    zaibo.halt()?;
    thread::sleep((TIMEOUT + Duration::from_secs(1)).saturating_sub(last_beat.elapsed()));
    zaibo.resume()?;
    // Its idea of the time of day is two minutes old until it looks; a client that connects before
    // that is told that it was too slow.
    thread::sleep(AWAKENING);
    bench.bar.set_message("all at once are gone");
    let silence = measure(&zaibo, others, &mut seats(0..OTHERS).beating())?;
    bench.bar.inc(1);
    let capacity = Capacity {
        members,
        memory,
        calm,
        silence,
    };
    Ok((beats, capacity))
}

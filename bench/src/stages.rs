//! The stages of the measurement: their order, and the database of each.

use std::cell::Cell;
use std::time::Duration;

use clap::ValueEnum;
use zaibo::error::Fault;
use zaibo::store::Store;

use crate::args::{Args, Part};
use crate::bench::{Bench, DEFAULT_HASH, FREE, HASTY, LEAST_HASH, PATIENT, fill};
use crate::capacity;
use crate::compare::{Comparison, Figures};
use crate::engines;
use crate::https;
use crate::load::{FULL, Script, Way};
use crate::push;
use crate::report::Report;
use crate::scripts::{self, Lives, Seating};

/// How often the start is measured.
const STARTS: usize = 3;

type AnyScript<'s> = Result<Box<dyn Script + 's>, Fault>;

/// Steps of the progress bar: rounds of comparisons, databases, starts, and those of the million
/// members.
pub(crate) fn steps(args: &Args) -> u64 {
    let steps = |part| {
        let (comparisons, others): (u64, u64) = match part {
            Part::People => (4, 1),
            Part::Lists => (4, 1 + STARTS as u64),
            Part::Records => (5, 3),
            Part::Engines => (engines::STEPS, 1),
            Part::Https => (https::STEPS, 2),
            Part::Push => (push::STEPS_OF_ROUND, push::STEPS),
            Part::Million => (1, 1 + capacity::STEPS),
        };
        comparisons * u64::from(args.rounds) + others
    };
    let parts = Part::value_variants().iter().copied();
    parts.filter(|part| args.include(*part)).map(steps).sum()
}

/// Runs the selected stages.
pub(crate) fn all(bench: &Bench) -> Result<Report, Fault> {
    let mut report = Report {
        machine: machine(),
        comparisons: Vec::new(),
        capacity: None,
        push: None,
        starts: Vec::new(),
    };
    if bench.args.include(Part::People) {
        report.comparisons.extend(two_thousand_people(bench)?);
    }
    if bench.args.include(Part::Lists) {
        let (comparisons, starts) = hundred_thousand_rooms(bench)?;
        report.comparisons.extend(comparisons);
        report.starts = starts;
    }
    if bench.args.include(Part::Records) {
        report.comparisons.extend(records(bench)?);
    }
    if bench.args.include(Part::Engines) {
        report.comparisons.extend(engines::compare(bench)?);
    }
    if bench.args.include(Part::Https) {
        report.comparisons.extend(https::compare(bench)?);
    }
    if bench.args.include(Part::Push) {
        report.push = Some(push::compare(bench)?);
    }
    if bench.args.include(Part::Million) {
        let (beats, capacity) = capacity::measure_capacity(bench)?;
        report.comparisons.push(beats);
        report.capacity = Some(capacity);
    }
    Ok(report)
}

/// Two thousand people in a hundred rooms: beats, the list of rooms, logins.
fn two_thousand_people(bench: &Bench) -> Result<Vec<Comparison>, Fault> {
    const PEOPLE: usize = 2000;
    const ROOMS: usize = 100;
    let database = bench.seed("rooms", PEOPLE, ROOMS, DEFAULT_HASH)?;
    let zaibo = bench.start(&database, &PATIENT)?;
    let seating = Seating {
        rooms: 0..ROOMS,
        people: 0..PEOPLE,
    };
    fill(&zaibo, seating.clone())?;
    let beating = || -> AnyScript<'static> { Ok(Box::new(seating.clone().beating())) };
    let beats = bench.compare(Comparison::HEARTBEAT, &zaibo, FULL, beating)?;
    let bare = beats.baseline(Figures::per_second);
    let half = Way {
        pace: Some(bare.median / 2.0),
        ..FULL
    };
    let calm = bench.compare(Comparison::HALF_LOAD, &zaibo, half, beating)?;
    let list = bench.compare("roomlist, 100 rooms", &zaibo, FULL, || {
        Ok(Box::new(scripts::lives(&[0], 10)))
    })?;
    let login = bench.compare("login", &zaibo, FULL, || {
        Ok(Box::new(scripts::logins(0..PEOPLE)))
    })?;
    Ok(vec![beats, calm, list, login])
}

/// A hundred thousand rooms, one of them with a hundred thousand members.
fn hundred_thousand_rooms(bench: &Bench) -> Result<(Vec<Comparison>, Vec<Duration>), Fault> {
    const ROOMS: usize = 100_000;
    let database = bench.seed("many", 2 * ROOMS, ROOMS, LEAST_HASH)?;
    let mut starts = Vec::new();
    let mut zaibo = None;
    for _ in 0..STARTS {
        bench.bar.set_message("starting with 100 000 open rooms");
        // Only one server can use a database at a time.
        drop(zaibo.take());
        let started = bench.start(&database, &PATIENT)?;
        starts.push(started.start);
        zaibo = Some(started);
        bench.bar.inc(1);
    }
    let zaibo = zaibo.ok_or_else(|| Fault::new("starting", "it was never tried"))?;
    let lives = |rows: &'static [usize]| {
        move || -> AnyScript<'static> { Ok(Box::new(scripts::lives(rows, 10))) }
    };
    let mut comparisons = vec![
        bench.compare(Comparison::FIRST_LIVES, &zaibo, FULL, lives(&[0]))?,
        bench.compare(
            Comparison::DEEP_LIVES,
            &zaibo,
            FULL,
            lives(&[50_000, 75_000, 99_990]),
        )?,
    ];
    let members = |at: usize, rows: &'static [usize]| {
        move || -> AnyScript<'static> {
            Ok(Box::new(scripts::members(Store::seeded_room(at)?, rows)))
        }
    };
    fill(
        &zaibo,
        Seating {
            rooms: 0..1,
            people: 0..ROOMS,
        },
    )?;
    let rows = &[0, 50_000, 75_000, 99_950];
    comparisons.push(bench.compare(Comparison::MEMBERS, &zaibo, FULL, members(0, rows))?);
    fill(
        &zaibo,
        Seating {
            rooms: 1..2,
            people: ROOMS..ROOMS + 100,
        },
    )?;
    let name = "roomidlist, 100 members";
    comparisons.push(bench.compare(name, &zaibo, FULL, members(1, &[0, 50]))?);
    Ok((comparisons, starts))
}

/// Writes to the database: logins with the cheapest hash, lives, callbacks. Also compares shared
/// commits with one commit per write.
fn records(bench: &Bench) -> Result<Vec<Comparison>, Fault> {
    const HOSTS: usize = 1000;
    let database = bench.seed("records", HOSTS, 100, LEAST_HASH)?;
    let without_limits = [PATIENT, HASTY, FREE].concat();
    let zaibo = bench.start(&database, &without_limits)?;
    let count = Cell::new(0);
    // A login ends the user's earlier session, so the people who log in here are not those who
    // host.
    let login = bench.compare("login, hash at its least", &zaibo, FULL, || {
        Ok(Box::new(scripts::logins(HOSTS / 2..HOSTS)))
    })?;
    let lives = bench.compare("create, reportroom, exitroom", &zaibo, FULL, || {
        Ok(Box::new(Lives::new(FULL.connections)?))
    })?;
    let callbacks = bench.compare("callback", &zaibo, FULL, || {
        Ok(Box::new(scripts::callbacks(&count, 100)?))
    })?;
    drop(zaibo);
    // Both servers begin with the same rows, because a write to longer tables changes more pages.
    let server = |name, settings: &[(&str, &str)]| {
        let database = bench.seed(name, HOSTS, 100, LEAST_HASH)?;
        bench.start(&database, &[&without_limits[..], settings].concat())
    };
    let together = server("together", &[])?;
    let alone = server("alone", &[("ZAIBO_STORE__WRITES_PER_COMMIT", "1")])?;
    let creating = || -> AnyScript<'static> { Ok(Box::new(scripts::creations(HOSTS / 2))) };
    let creates = bench.compare_with(&alone, Comparison::CREATES, &together, FULL, creating)?;
    let registers = bench.compare_with(&alone, Comparison::REGISTERS, &together, FULL, || {
        Ok(Box::new(scripts::registrations(&count)))
    })?;
    Ok(vec![login, lives, callbacks, creates, registers])
}

/// A description of the machine.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let model = model
        .and_then(|line| line.split_once(": "))
        .map_or("", |(_, model)| model);
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "zaibo {version}, {cores} cores {model}, server, bare server and load generator together"
    )
}

//! The same requests on SQLite and on a MariaDB that is started for it, and MariaDB's several writers
//! beside one connection that commits writes together.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

#[path = "../../tests/support/mariadb.rs"]
mod mariadb;

use std::cell::Cell;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, TxOpts};
use zaibo::error::Fault;

use crate::bench::{Bench, FREE, FULL, HASTY, LEAST_HASH, PATIENT, fill};
use crate::child::Child;
use crate::compare::{Comparison, Figures};
use crate::load::{Load, Script};
use crate::scripts::{self, Seating};

use mariadb::MariaDb;

/// People who have accounts, and those of them who host a live.
const PEOPLE: usize = 1000;
const LIVES: usize = 100;

/// A server of a usual size. Each commit is on the disk before it is answered, as on SQLite.
const OPTIONS: [&str; 2] = [
    "--innodb-buffer-pool-size=512M",
    "--innodb-log-file-size=256M",
];

/// Comparisons of this part.
pub(crate) const STEPS: u64 = 7;

/// Two servers with the same people, one on each engine.
struct Engines<'b> {
    bench: &'b Bench,
    sqlite: Child,
    mariadb: Child,
}

impl Engines<'_> {
    fn compare<'s>(
        &self,
        name: &'static str,
        script: impl FnMut() -> Result<Box<dyn Script + 's>, Fault>,
    ) -> Result<Comparison, Fault> {
        let Self {
            bench,
            sqlite,
            mariadb,
        } = self;
        bench.compare_with(sqlite, name, mariadb, FULL, script)
    }
}

/// Compares the engines.
///
/// # Errors
/// If a server does not start or fails under the load.
pub(crate) fn compare(bench: &Bench) -> Result<Vec<Comparison>, Fault> {
    let Some(server) = MariaDb::start_with(&OPTIONS) else {
        if bench.args.only.is_empty() {
            bench.bar.inc(STEPS * u64::from(bench.args.rounds) + 1);
            return Ok(Vec::new());
        }
        let cause = "MariaDB is not installed (Debian: mariadb-server); leave `engines` out";
        return Err(Fault::new("starting MariaDB", cause));
    };
    let settings = [PATIENT, HASTY, FREE].concat();
    let file = bench.seed("engines", PEOPLE, LIVES, LEAST_HASH)?;
    let sqlite = bench.start(&file, &settings)?;
    bench.seed_in(server.url(), PEOPLE, LIVES, LEAST_HASH)?;
    let on_mariadb = bench.start(server.url(), &settings)?;
    let seating = Seating {
        rooms: 0..LIVES,
        people: 0..PEOPLE,
    };
    fill(&sqlite, seating.clone())?;
    fill(&on_mariadb, seating.clone())?;
    let count = Cell::new(0);
    let hosts = PEOPLE / 2;
    let engines = Engines {
        bench,
        sqlite,
        mariadb: on_mariadb,
    };
    let mut comparisons = vec![
        engines.compare(Comparison::BEATS_OF_ENGINES, || {
            Ok(Box::new(seating.clone().beating()))
        })?,
        engines.compare(Comparison::LISTS_OF_ENGINES, || {
            Ok(Box::new(scripts::lives(&[0], 10)))
        })?,
        engines.compare("create, on MariaDB beside SQLite", || {
            Ok(Box::new(scripts::creations(hosts)))
        })?,
        engines.compare("regist, on MariaDB beside SQLite", || {
            Ok(Box::new(scripts::registrations(&count)))
        })?,
        engines.compare("callback, on MariaDB beside SQLite", || {
            Ok(Box::new(scripts::callbacks(&count, LIVES)?))
        })?,
    ];
    comparisons.push(beside_one_connection(
        bench,
        &server,
        &engines.mariadb,
        hosts,
    )?);
    // A login ends the earlier session, so it comes last and is of those who do not host.
    comparisons.push(engines.compare("login, on MariaDB beside SQLite", || {
        Ok(Box::new(scripts::logins(hosts..PEOPLE)))
    })?);
    Ok(comparisons)
}

/// Creates of zaibo, beside the same statements on one connection, 64 of them in each transaction:
/// what a single writer that shares its commits could do at the most, without HTTP and rooms.
fn beside_one_connection(
    bench: &Bench,
    server: &MariaDb,
    zaibo: &Child,
    hosts: usize,
) -> Result<Comparison, Fault> {
    let url = server.new_database("utf8mb4");
    bench.seed_in(&url, PEOPLE, LIVES, LEAST_HASH)?;
    let mut alone = Conn::new(url.as_str()).map_err(failed)?;
    let count = Cell::new(0);
    bench.alternate(
        Comparison::ENGINE_WRITERS,
        |span| {
            let (watch, mut batches, mut longest) = (Instant::now(), 0_u32, Duration::ZERO);
            while watch.elapsed() < span {
                let began = watch.elapsed();
                create_together(&mut alone, &count, hosts).map_err(failed)?;
                longest = longest.max(watch.elapsed() - began);
                batches += 1;
            }
            let creates = f64::from(batches) * FULL.connections as f64;
            let micros = longest.as_secs_f64() * 1e6;
            Ok(Figures {
                per_second: creates / watch.elapsed().as_secs_f64(),
                p50_us: f64::NAN,
                p99_us: micros,
                max_us: micros,
                cpu_us: f64::NAN,
                generator: f64::NAN,
            })
        },
        |span| {
            let load = Load {
                connections: FULL.connections,
                span,
                pace: None,
            };
            crate::compare::measure(zaibo, load, &mut scripts::creations(hosts))
        },
    )
}

/// Sixty-four creates in one transaction, with the statements of zaibo's own.
fn create_together(alone: &mut Conn, count: &Cell<usize>, hosts: usize) -> mysql::Result<()> {
    let mut together = alone.start_transaction(TxOpts::default())?;
    for _ in 0..FULL.connections {
        let at = count.replace(count.get() + 1);
        let host = scripts::name(at % hosts);
        together.exec_drop(
            "UPDATE lives SET ended_at = 1, end_reason = 'superseded', peak_members = 1,
                total_members = 1, likes = 0 WHERE host = ? AND ended_at IS NULL AND roomnum <> 0",
            (&host,),
        )?;
        together.exec_drop(
            "INSERT INTO rooms (host, created_at, adopted) VALUES (?, 1, 1)",
            (&host,),
        )?;
        let room = together.last_insert_id().unwrap_or_default();
        together.exec_drop(
            "INSERT INTO lives (roomnum, host, opened_at) VALUES (?, ?, 1)",
            (room, &host),
        )?;
        together.exec_drop(
            "INSERT INTO streams (stream, roomnum) VALUES (?, ?), (?, ?)
                ON DUPLICATE KEY UPDATE roomnum = ?",
            (
                format!("{room}-camera-of-{host}"),
                room,
                format!("{room}-screen-of-{host}"),
                room,
                room,
            ),
        )?;
        let waiting = "SELECT EXISTS(SELECT 1 FROM inbox WHERE state = 'unmatched')";
        let _: Option<i64> = together.query_first(waiting)?;
    }
    together.commit()
}

fn failed(cause: mysql::Error) -> Fault {
    Fault::new("writing on one connection", cause.to_string())
}

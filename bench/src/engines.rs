//! The same requests on SQLite and on a MariaDB that is started for it, and MariaDB's several writers
//! beside one connection that commits writes together.

#[path = "../../tests/support/mariadb.rs"]
mod mariadb;

use std::cell::Cell;

use zaibo::error::Fault;

use crate::bench::{Bench, FREE, HASTY, LEAST_HASH, PATIENT, fill};
use crate::child::Child;
use crate::compare::Comparison;
use crate::load::{FULL, Script};
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

/// Creates of zaibo, beside those of a bare server with one connection that commits what waits
/// together.
fn beside_one_connection(
    bench: &Bench,
    server: &MariaDb,
    zaibo: &Child,
    hosts: usize,
) -> Result<Comparison, Fault> {
    let url = server.new_database("utf8mb4");
    bench.seed_in(&url, PEOPLE, LIVES, LEAST_HASH)?;
    let one_connection = bench.start_bare_on(&url)?;
    let script = || Ok(Box::new(scripts::creations(hosts)) as Box<dyn Script>);
    bench.compare_with(
        &one_connection,
        Comparison::ENGINE_WRITERS,
        zaibo,
        FULL,
        script,
    )
}

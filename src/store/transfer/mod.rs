//! Moves a database from SQLite to MySQL: every table, and the numbers that come next.
//!
//! No server may use either of them meanwhile, and the target is empty. It is checked at the end that
//! both have equally many rows. If it fails in between, the target is thrown away and made again; the
//! source is only read.

mod rows;

use std::path::Path;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use mysql::prelude::Queryable;

use crate::clock::Clock;
use crate::database_url::{Checkpoints, MySqlAddress};
use crate::error::{Error, Fault};
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::engine::keep_number;
use crate::store::mysql::errors::fault;
use crate::store::mysql::server::Purpose;
use crate::store::mysql::store::MySqlStore;
use crate::store::piece::PIECE;
use crate::store::schema;
use crate::store::sqlite::database::Database;
use crate::store::sqlite::{paths, schema_version};

const MOVING: &str = "moving the database";

/// The connections that the target writes with. The rows come one piece after the other.
const CONNECTIONS: u16 = 1;

/// Is told how far the work is: the table, its rows so far, and all its rows.
pub type Watch<'w> = dyn FnMut(&'static str, i64, i64) + 'w;

/// Moves the database in the file `from` to the empty database `to`. Returns the rows of each table.
/// Blocks.
///
/// # Errors
/// A [`Fault`] with the reason: a server uses one of them, the target is not empty, or one of them
/// failed.
pub fn transfer(
    from: &Path,
    to: &MySqlAddress,
    clock: Clock,
    watch: &mut Watch<'_>,
) -> Result<Vec<(&'static str, i64)>, Fault> {
    if !from.is_file() {
        let cause = format!("there is no database {}", from.display());
        return Err(Fault::new(MOVING, cause));
    }
    let database = Database::claim(from, Checkpoints::External)?;
    let mut source = database.connect()?;
    schema_version::require_current(&mut source, from)?;
    let target = Arc::new(MySqlStore::open(to, CONNECTIONS, clock)?);
    refuse_if_used(&target)?;
    let moved = copy_all(&mut source, &target, watch);
    let moved = moved.map_err(|error| error.into_fault(MOVING))?;
    for (table, rows) in &moved {
        let arrived = count(&target, table)?;
        if arrived != *rows {
            let cause = format!("{table} has {rows} rows, and {arrived} arrived");
            return Err(Fault::new(MOVING, cause));
        }
    }
    continue_numbers(&mut source, &target)?;
    move_demo_key(from, &target)?;
    Ok(moved)
}

/// Copies the tables in an order in which a row comes after those that it refers to.
macro_rules! copy_tables {
    ($source:ident, $target:ident, $watch:ident: $($table:ident as $Row:ident),+ $(,)?) => {
        Ok(vec![$((
            stringify!($table),
            {
                let all: i64 = schema::$table::table.count().get_result($source)?;
                let (mut done, mut last) = (0, i64::MIN);
                $watch(stringify!($table), done, all);
                loop {
                    let page: Vec<(i64, rows::$Row)> = schema::$table::table
                        .filter(diesel::dsl::sql::<Bool>("rowid > ").bind::<BigInt, _>(last))
                        .order(diesel::dsl::sql::<BigInt>("rowid"))
                        .limit(i64::try_from(PIECE).unwrap_or(i64::MAX))
                        .select((diesel::dsl::sql::<BigInt>("rowid"), rows::$Row::as_select()))
                        .load($source)?;
                    let Some((end, _)) = page.last() else { break };
                    last = *end;
                    let page = page.into_iter().map(|(_, row)| row);
                    for piece in rows::pieces(page) {
                        $target.write_now(|conn| {
                            diesel::insert_into(schema::$table::table)
                                .values(&piece)
                                .execute(conn)
                                .map_err(Error::from)
                        })?;
                        done += i64::try_from(piece.len()).unwrap_or(0);
                        $watch(stringify!($table), done, all);
                    }
                }
                all
            },
        )),+])
    };
}

fn copy_all(
    source: &mut SqliteConnection,
    target: &MySqlStore,
    watch: &mut Watch<'_>,
) -> Result<Vec<(&'static str, i64)>, Error> {
    copy_tables!(source, target, watch:
        accounts as Account,
        rooms as Room,
        lives as Live,
        announcements as Announcement,
        sessions as Session,
        recordings as Recording,
        inbox as Event,
        streams as Stream,
        pushes as Push,
        file_reports as FileReport,
        deleted_files as DeletedFile,
    )
}

/// Refuses a target that holds anything already.
fn refuse_if_used(target: &MySqlStore) -> Result<(), Fault> {
    for table in ["accounts", "rooms", "recordings", "inbox", "streams"] {
        let rows = count(target, table)?;
        if rows > 0 {
            let cause = format!(
                "{} is not empty: {table} has {rows} rows; give --store-url a new database",
                target.server.address()
            );
            return Err(Fault::new(MOVING, cause));
        }
    }
    Ok(())
}

fn count(target: &MySqlStore, table: &str) -> Result<i64, Fault> {
    let mut connection = target.server.open(Purpose::Tool)?;
    let count = format!("SELECT count(*) FROM {table}");
    let count = connection.driver().query_first(count);
    Ok(count.map_err(fault(MOVING))?.unwrap_or(0))
}

/// Lets the target give out the numbers that the source would have given out next.
fn continue_numbers(source: &mut SqliteConnection, target: &MySqlStore) -> Result<(), Fault> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        seq: i64,
    }
    source
        .batch_execute("PRAGMA query_only = ON")
        .map_err(|cause| Fault::new(MOVING, cause))?;
    let last: Vec<Last> = diesel::sql_query("SELECT name, seq FROM sqlite_sequence")
        .load(source)
        .map_err(|cause| Fault::new(MOVING, cause))?;
    let mut connection = target.server.open(Purpose::Tool)?;
    for Last { name, seq } in last {
        let next = format!(
            "ALTER TABLE {name} AUTO_INCREMENT = {}",
            seq.saturating_add(1)
        );
        let continued = connection.driver().query_drop(next);
        continued.map_err(fault(MOVING))?;
        if name == "rooms" {
            let keep = |conn: &mut MySqlConnection| Ok(keep_number(conn, seq)?);
            target
                .write_now(keep)
                .map_err(|error| error.into_fault(MOVING))?;
        }
    }
    Ok(())
}

/// Takes the demo key along, so that signatures stay the same.
fn move_demo_key(from: &Path, target: &MySqlStore) -> Result<(), Fault> {
    let file = paths::beside(from, ".demo-key");
    match std::fs::read_to_string(file) {
        Ok(key) if !key.trim().is_empty() => target
            .secret("demo-key", || Ok(key.trim().to_owned()))
            .map(|_| ())
            .map_err(|error| error.into_fault(MOVING)),
        _ => Ok(()),
    }
}

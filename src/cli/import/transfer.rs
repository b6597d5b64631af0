//! `zaibo import --from sqlite://…`: moves a database of zaibo itself from SQLite to MySQL.

use std::io::Write;
use std::path::Path;

use super::progress::Progress;
use crate::cli::ImportArgs;
use crate::cli::terminal::{print, table};
use crate::clock::Clock;
use crate::database_url::{DatabaseUrl, MySqlAddress};
use crate::error::Error;
use crate::store::transfer;

/// The database that `from` moves to.
///
/// # Errors
/// Why it can not move there, or not with these options.
pub(super) fn target(args: &ImportArgs, store: DatabaseUrl) -> Result<MySqlAddress, String> {
    let is_plain = !args.dry_run
        && args.report.is_none()
        && args.blanks == Default::default()
        && !args.keep_tokens
        && !args.no_repair
        && args.hash_memory_kib.is_none();
    match store {
        _ if !is_plain => {
            Err("a database of zaibo moves as it is: leave out the other options".to_owned())
        }
        DatabaseUrl::MySql(address) => Ok(address),
        DatabaseUrl::Sqlite(_) => Err(
            "store.url is a file too; to move to MySQL it has to be mysql://user:password@host:port/db"
                .to_owned(),
        ),
    }
}

/// Moves the database, and prints how many rows each table has.
///
/// # Errors
/// The reason, for the operator. Then the target is of no use, and the source is as it was.
pub(super) fn run(
    from: &Path,
    to: &MySqlAddress,
    clock: Clock,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut progress = Progress::new(clock);
    let mut current = ("", 0);
    let mut watch = |table: &'static str, done: i64, rows: i64| {
        if current.0 != table {
            if !current.0.is_empty() {
                progress.end();
            }
            progress.begin(table, rows.unsigned_abs());
            current = (table, 0);
        }
        progress.advance(usize::try_from(done - current.1).unwrap_or(0));
        current.1 = done;
    };
    let moved = transfer(from, to, clock, &mut watch)?;
    progress.end();
    let from = DatabaseUrl::Sqlite(from.to_owned());
    print(out, format_args!("\nmoved {from} to {to}\n"))?;
    let rows: Vec<_> = moved
        .iter()
        .map(|(table, rows)| [(*table).to_owned(), rows.to_string()])
        .collect();
    table(&rows, out)?;
    print(
        out,
        format_args!("\nset store.url to the new address, and start zaibo"),
    )
}

//! The schema version: databases of other programs and of later versions are refused.

use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::Fault;
use crate::store::ledger::{self, LEDGER};
use crate::store::sqlite::paths::trouble_with;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Brings the schema up to date.
///
/// # Errors
/// If a migration fails.
pub(crate) fn migrate(connection: &mut SqliteConnection) -> Result<(), Fault> {
    connection
        .run_pending_migrations(MIGRATIONS)
        .map(|_| ())
        .map_err(|cause| Fault::new("migrating the database", cause))
}

/// Refuses a database of another program, or of a later version of this one. Changes nothing.
///
/// # Errors
/// A [`Fault`] that names the problem and its remedy.
pub(crate) fn check(connection: &mut SqliteConnection, path: &Path) -> Result<(), Fault> {
    let reading = |cause: diesel::result::Error| {
        let cause = format!("{cause}; does store.url name the right file?");
        trouble_with(path, cause)
    };
    let has_ledger = exists(connection, &format!("name = '{LEDGER}'")).map_err(reading)?;
    let others = format!("name NOT LIKE 'sqlite_%' AND name <> '{LEDGER}'");
    if !exists(connection, &others).map_err(reading)? {
        // The file is new, or an earlier start was interrupted.
        return Ok(());
    }
    let applied = if has_ledger {
        applied(connection).map_err(reading)?
    } else {
        Vec::new()
    };
    let known = known_versions()?;
    if !applied.iter().any(|version| known.contains(version)) {
        let cause = "the file holds the data of another program; give store.url another path";
        return Err(trouble_with(path, cause));
    }
    ledger::refuse_newer(&applied, &known).map_err(|cause| trouble_with(path, cause))
}

/// Refuses a database that no server of this version has brought up to date. Changes nothing.
///
/// # Errors
/// A [`Fault`] that names the remedy.
pub(crate) fn require_current(connection: &mut SqliteConnection, path: &Path) -> Result<(), Fault> {
    let is_current = is_current(connection)?;
    ledger::require_current(is_current).map_err(|cause| trouble_with(path, cause))
}

/// Whether the schema is the one of this version.
///
/// # Errors
/// If the migrations of this build cannot be read.
pub(crate) fn is_current(connection: &mut SqliteConnection) -> Result<bool, Fault> {
    let applied = applied(connection).unwrap_or_default();
    let mut known = known_versions()?.into_iter();
    Ok(known.all(|version| applied.contains(&version)))
}

fn applied(connection: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let applied = format!("SELECT version FROM {LEDGER} ORDER BY version");
    let applied: Vec<Applied> = diesel::sql_query(applied).load(connection)?;
    Ok(applied.into_iter().map(|applied| applied.version).collect())
}

/// The versions of the migrations in this build, in the form in which diesel records them.
fn known_versions() -> Result<Vec<String>, Fault> {
    use diesel::migration::{Migration, MigrationSource};
    let migrations: Vec<Box<dyn Migration<Sqlite>>> = MIGRATIONS
        .migrations()
        .map_err(|cause| Fault::new("reading the migrations of this build", cause))?;
    let names = migrations.iter().map(|migration| migration.name());
    Ok(names.map(|name| name.version().to_string()).collect())
}

fn exists(connection: &mut SqliteConnection, condition: &str) -> QueryResult<bool> {
    let found = format!("EXISTS (SELECT 1 FROM sqlite_schema WHERE {condition})");
    diesel::select(diesel::dsl::sql::<Bool>(&found)).get_result(connection)
}

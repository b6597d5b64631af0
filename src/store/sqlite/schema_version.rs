//! The schema version: databases of other programs and of later versions are refused.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::Fault;

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
pub(crate) fn check(connection: &mut SqliteConnection) -> Result<(), Fault> {
    let refuse = |why: String| Err(Fault::new("opening the database", why));
    let reading = |cause: diesel::result::Error| {
        Fault::new(
            "opening the database",
            format!("{cause}; does store.url name the right file?"),
        )
    };
    let ledger = exists(connection, "name = '__diesel_schema_migrations'").map_err(reading)?;
    let others = "name NOT LIKE 'sqlite_%' AND name <> '__diesel_schema_migrations'";
    if !exists(connection, others).map_err(reading)? {
        // The file is new, or an earlier start was interrupted.
        return Ok(());
    }
    let applied = if ledger {
        applied(connection).map_err(reading)?
    } else {
        Vec::new()
    };
    let known = known_versions()?;
    let is_known = |applied: &Applied| known.contains(&applied.version);
    if !applied.iter().any(is_known) {
        return refuse(
            "the file holds the data of another program; give store.url another path".to_owned(),
        );
    }
    match applied.iter().rfind(|applied| !is_known(applied)) {
        None => Ok(()),
        Some(newest) => refuse(format!(
            "a newer zaibo has used it (its schema has migration {}); start that version or a later one",
            newest.version
        )),
    }
}

/// Refuses a database that no server of this version has brought up to date. Changes nothing.
///
/// # Errors
/// A [`Fault`] that names the remedy.
pub(crate) fn require_current(connection: &mut SqliteConnection) -> Result<(), Fault> {
    if is_current(connection)? {
        return Ok(());
    }
    let cause =
        "it is empty, or an earlier zaibo made it; start the server of this version on it first";
    Err(Fault::new("opening the database", cause))
}

/// Whether the schema is the one of this version.
///
/// # Errors
/// If the migrations of this build cannot be read.
pub(crate) fn is_current(connection: &mut SqliteConnection) -> Result<bool, Fault> {
    let applied = applied(connection).unwrap_or_default();
    let is_applied = |known: &String| applied.iter().any(|applied| applied.version == *known);
    Ok(known_versions()?.iter().all(is_applied))
}

fn applied(connection: &mut SqliteConnection) -> QueryResult<Vec<Applied>> {
    diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
        .load(connection)
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
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

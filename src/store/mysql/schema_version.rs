//! The schema version on MySQL: the server is new enough and grants what is needed, the database is
//! zaibo's, and its tables are brought up to date.
//!
//! MySQL commits after each statement that changes a schema, so a migration that is killed is half
//! done. Each can therefore be repeated, and is recorded when all of it is done.

use diesel::migration::{Migration, MigrationSource};
use diesel::mysql::Mysql;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use mysql::Conn;
use mysql::prelude::Queryable;

use crate::error::Fault;
use crate::store::ledger::{self, LEDGER, OPENING};
use crate::store::mysql::errors::fault;
use crate::store::mysql::server::{Purpose, Server};
use crate::store::mysql::{grants, lease};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/mysql");

/// The oldest servers that are known to work: they have generated columns and wide keys.
const OLDEST_MYSQL: [u32; 3] = [5, 7, 8];
const OLDEST_MARIADB: [u32; 3] = [10, 3, 0];

/// Checks the server and brings the schema up to date, unless that is done already.
///
/// # Errors
/// A [`Fault`] that names the problem and its remedy. Nothing is changed then, unless a migration
/// itself failed.
pub(crate) fn migrate(server: &Server) -> Result<(), Fault> {
    // The first connection has a short limit: an address where something else listens is found out.
    let mut connection = server.open(Purpose::FirstLook)?;
    let driver = connection.driver();
    check_version(driver)?;
    check_charset(driver)?;
    if missing(driver)?.is_empty() {
        return Ok(());
    }
    grants::check(driver, &server.address().database)?;
    // Two servers that start at once do not both change the schema. The connection that holds the lock
    // changes it, so the lock is held as long as it works.
    let mut connection = lease::lock(server, Purpose::Tool)?;
    let migrating = fault("migrating the database");
    let missing = missing(connection.driver())?;
    let ledger = format!(
        "CREATE TABLE IF NOT EXISTS {LEDGER} (version VARCHAR(50) PRIMARY KEY NOT NULL, \
            run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
    );
    connection.driver().query_drop(ledger).map_err(&migrating)?;
    for migration in missing {
        migration
            .run(&mut connection)
            .map_err(|cause| Fault::new("migrating the database", cause))?;
        let record = format!("INSERT IGNORE INTO {LEDGER} (version) VALUES (?)");
        let version = version_of(&*migration);
        let recorded = connection.driver().exec_drop(record, (version,));
        recorded.map_err(&migrating)?;
    }
    Ok(())
}

/// The migrations that are not applied yet.
fn missing(driver: &mut Conn) -> Result<Vec<Box<dyn Migration<Mysql>>>, Fault> {
    let applied = check_owner(driver)?;
    let mut missing = migrations()?;
    missing.retain(|migration| !applied.contains(&version_of(&**migration)));
    Ok(missing)
}

/// Refuses a database that no server of this version has brought up to date. Changes nothing.
///
/// # Errors
/// A [`Fault`] that names the remedy.
pub(crate) fn require_current(server: &Server) -> Result<(), Fault> {
    let is_current = is_current(server.open(Purpose::FirstLook)?.driver())?;
    let refused = |cause| {
        let cause = format!("{}: {cause}", server.address());
        Fault::new(OPENING, cause)
    };
    ledger::require_current(is_current).map_err(refused)
}

/// Whether the schema is the one of this version.
///
/// # Errors
/// If the database belongs to another program or to a newer zaibo, or does not answer.
pub(crate) fn is_current(driver: &mut Conn) -> Result<bool, Fault> {
    let applied = check_owner(driver)?;
    let known = migrations()?;
    let mut known = known.iter().map(|migration| version_of(&**migration));
    Ok(known.all(|version| applied.contains(&version)))
}

fn migrations() -> Result<Vec<Box<dyn Migration<Mysql>>>, Fault> {
    let migrations = MIGRATIONS.migrations();
    migrations.map_err(|cause| Fault::new("reading the migrations of this build", cause))
}

fn version_of(migration: &dyn Migration<Mysql>) -> String {
    migration.name().version().to_string()
}

/// Refuses a server that is too old.
///
/// # Errors
/// A [`Fault`] that names its version.
pub(crate) fn check_version(driver: &mut Conn) -> Result<(), Fault> {
    let version: Option<String> = driver
        .query_first("SELECT VERSION()")
        .map_err(fault(OPENING))?;
    let version = version.unwrap_or_default();
    match is_new_enough(&version) {
        true => Ok(()),
        false => Err(Fault::new(
            OPENING,
            format!(
                "the server is {version}; zaibo needs MySQL 5.7.8 or MariaDB 10.3, or a later one"
            ),
        )),
    }
}

fn is_new_enough(version: &str) -> bool {
    // MariaDB once called itself 5.5.5-10.3.1-MariaDB, for old replicas.
    let is_mariadb = version.contains("MariaDB");
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let digits = version.split(|letter: char| !letter.is_ascii_digit());
    let mut numbers = digits.map(|number| number.parse().unwrap_or(0));
    let numbers: [u32; 3] = std::array::from_fn(|_| numbers.next().unwrap_or(0));
    numbers
        >= if is_mariadb {
            OLDEST_MARIADB
        } else {
            OLDEST_MYSQL
        }
}

/// Refuses a database whose character set is not UTF-8: what others make there would lose letters.
///
/// # Errors
/// A [`Fault`] with the statement that changes it.
pub(crate) fn check_charset(driver: &mut Conn) -> Result<(), Fault> {
    let charset: Option<(String, String)> = driver
        .query_first("SELECT @@character_set_database, DATABASE()")
        .map_err(fault(OPENING))?;
    let (charset, name) = charset.unwrap_or_default();
    if charset == "utf8mb4" {
        return Ok(());
    }
    let cause = format!(
        "its character set is {charset}; set it first: ALTER DATABASE `{name}` CHARACTER SET utf8mb4"
    );
    Err(Fault::new(OPENING, cause))
}

/// The migrations that were applied, unless the database belongs to another program or to a newer
/// zaibo.
fn check_owner(driver: &mut Conn) -> Result<Vec<String>, Fault> {
    let reading = fault(OPENING);
    let tables: Vec<String> = driver
        .query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
        .map_err(&reading)?;
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    // The ledger is made before the first table, so it is there even if the first start was killed.
    let applied: Option<Vec<String>> = tables
        .iter()
        .any(|table| table == LEDGER)
        .then(|| driver.query(format!("SELECT version FROM {LEDGER} ORDER BY version")))
        .transpose()
        .map_err(&reading)?;
    let known: Vec<String> = migrations()?
        .iter()
        .map(|migration| version_of(&**migration))
        .collect();
    let is_ours = |applied: &Vec<String>| match applied.is_empty() {
        true => tables.iter().all(|table| is_of_first_migration(table)),
        false => applied.iter().any(|version| known.contains(version)),
    };
    let Some(applied) = applied.filter(is_ours) else {
        let cause = "the database holds the tables of another program; give store.url another one";
        return Err(Fault::new(OPENING, cause));
    };
    ledger::refuse_newer(&applied, &known).map_err(|cause| Fault::new(OPENING, cause))?;
    Ok(applied)
}

/// Whether a first start that was killed may have made a table of that name.
fn is_of_first_migration(table: &str) -> bool {
    const FIRST: &str =
        include_str!("../../../migrations/mysql/2026-11-27-000000_all_tables/up.sql");
    table == LEDGER || FIRST.contains(&format!("CREATE TABLE IF NOT EXISTS {table} ("))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_are_too_old_are_known_by_their_versions() {
        for version in [
            "5.7.8",
            "8.0.36-0ubuntu0.22.04.1",
            "8.4.0",
            "10.3.0-MariaDB",
            "10.11.6-MariaDB-0+deb12u1",
            "11.4.2-MariaDB",
            "5.5.5-10.6.7-MariaDB",
            "5.7.25-TiDB-v7.1.0",
        ] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in [
            "5.7.7",
            "5.6.51",
            "5.5.68-MariaDB",
            "10.2.44-MariaDB",
            "5.5.5-10.1.48-MariaDB",
            "",
        ] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}

//! What `zaibo doctor` finds at an SQLite database.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;
use rustix::fs::{Access, access, statvfs};

use crate::error::Fault;
use crate::store::finding::Finding;
use crate::store::sqlite::database::Database;
use crate::store::sqlite::paths::{RIGHTS, beside, itself};
use crate::store::sqlite::{lock, schema_version};

const MB: u64 = 1_000_000;

/// A journal that is larger was not copied back for a long time.
const LARGE_JOURNAL: u64 = 500 * MB;

/// With less space, the next journal may not fit.
const LEAST_SPACE: u64 = 200 * MB;

/// What is found at the database at `path`.
pub(crate) fn examine(path: &Path) -> Vec<Finding> {
    let place = match itself(path) {
        Ok(place) => place,
        Err(fault) => return vec![Finding::fail("database", fault.to_string())],
    };
    let mut findings = if place.exists() {
        existing(&place)
    } else {
        vec![missing(&place)]
    };
    findings.push(space(&place));
    findings
}

fn missing(place: &Path) -> Finding {
    let folder = place.parent().unwrap_or(place);
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok(
            "database",
            format!(
                "{} does not exist yet; the first start makes it",
                place.display()
            ),
        ),
        Err(cause) => Finding::fail(
            "database",
            format!("{}: {cause}; {RIGHTS}", folder.display()),
        ),
    }
}

fn existing(place: &Path) -> Vec<Finding> {
    let opened = Database::beside_a_server(place).and_then(|database| database.connect());
    let mut connection = match opened {
        Ok(connection) => connection,
        Err(fault) => return vec![Finding::fail("database", fault.to_string())],
    };
    let version = diesel::select(diesel::dsl::sql::<Text>("sqlite_version()"));
    let version = version
        .get_result::<String>(&mut connection)
        .map(|version| format!("{} is there, SQLite {version}", place.display()))
        .map_err(|cause| Fault::new("reading the database", cause));
    let served = if lock::is_taken(place) {
        "a zaibo is running on it"
    } else {
        "no zaibo is running on it"
    };
    vec![
        Finding::of("database", version),
        schema(&mut connection),
        Finding::ok("server", served),
        rights(place),
        journal(place),
    ]
}

fn schema(connection: &mut SqliteConnection) -> Finding {
    match schema_version::is_current(connection) {
        Ok(true) => Finding::ok("schema", "up to date"),
        Ok(false) => Finding::warn(
            "schema",
            "empty, or of an earlier zaibo: the next start of this version brings it up to date; make a backup before",
        ),
        Err(fault) => Finding::fail("schema", fault.to_string()),
    }
}

fn rights(place: &Path) -> Finding {
    let mode = std::fs::metadata(place).map(|file| file.permissions().mode() & 0o777);
    match mode {
        Ok(mode) if mode & 0o077 == 0 => {
            Finding::ok("rights", "only its owner can read the database")
        }
        Ok(mode) => Finding::warn(
            "rights",
            format!(
                "others on this machine can read the password hashes (mode {mode:o}); chmod 600 the database, its -wal and its -shm"
            ),
        ),
        Err(cause) => Finding::fail("rights", format!("{}: {cause}", place.display())),
    }
}

fn journal(place: &Path) -> Finding {
    let size = std::fs::metadata(beside(place, "-wal")).map_or(0, |file| file.len());
    let text = format!("{} MB wait to be copied into the database", size / MB);
    if size < LARGE_JOURNAL {
        return Finding::ok("journal", text);
    }
    Finding::warn(
        "journal",
        format!(
            "{text}: does another program read the database for very long, or is store.checkpoints = \"external\" set and that program not running?"
        ),
    )
}

fn space(place: &Path) -> Finding {
    let folder = place.parent().unwrap_or(place);
    let free = match statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(cause) => return Finding::fail("disk", format!("{}: {cause}", folder.display())),
    };
    let size = std::fs::metadata(place).map_or(0, |file| file.len());
    let text = format!("{} MB are free at the database", free / MB);
    if free < LEAST_SPACE {
        Finding::fail(
            "disk",
            format!("{text}; make room, or writes will fail soon"),
        )
    } else if free < size {
        Finding::warn("disk", format!("{text}, too little for a backup beside it"))
    } else {
        Finding::ok("disk", text)
    }
}

//! Fills a new database with people and open lives for measurements.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::domain::{RoomNum, Uid, UnixTime};
use crate::error::{Error, Fault};
use crate::store::facade::Store;
use crate::store::schema::{accounts, lives, rooms, sessions};
use crate::store::sqlite::database::Database;
use crate::store::transactions::attach::attach;
use crate::store::transactions::sessions::TokenHash;

/// The number of the first room that a server gives out.
const FIRST_ROOM: i64 = 10001;

/// A registered user with a session.
pub struct Person {
    /// Their id.
    pub uid: Uid,
    /// The hash of their token.
    pub token: TokenHash,
}

impl Store {
    /// Creates a database at `path` with these people, all with the same password. Each of the
    /// first `hosts` hosts an open live; the rooms are numbered in the same order. Blocks.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn seed(
        path: &Path,
        people: impl Iterator<Item = Person>,
        hosts: usize,
        password_hash: &str,
        now: UnixTime,
    ) -> Result<(), Fault> {
        drop(Self::open(path, 1, now)?);
        let mut connection = Database::beside_a_server(path)?.connect()?;
        // No safety is needed: after a power cut the database is simply made again.
        let hurry = connection.batch_execute("PRAGMA synchronous = OFF");
        let done = hurry.map_err(Error::from).and_then(|()| {
            connection.transaction(|conn| {
                for (at, person) in people.enumerate() {
                    insert_person(conn, &person, password_hash, now)?;
                    if at < hosts {
                        open_live(conn, Self::seeded_room(at)?, &person.uid, now)?;
                    }
                }
                Ok(())
            })
        });
        done.map_err(|error| error.into_fault("seeding a database"))
    }

    /// The number of the room that the person at index `at` hosts in a seeded database.
    ///
    /// # Errors
    /// If there are not enough room numbers.
    pub fn seeded_room(at: usize) -> Result<RoomNum, Fault> {
        let number = i64::try_from(at)
            .ok()
            .and_then(|at| RoomNum::new(FIRST_ROOM + at));
        number.ok_or_else(|| Fault::new("seeding a database", "too many rooms"))
    }
}

fn insert_person(
    conn: &mut SqliteConnection,
    person: &Person,
    password_hash: &str,
    now: UnixTime,
) -> QueryResult<()> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::uid.eq(person.uid.as_str()),
            accounts::password_hash.eq(password_hash),
            accounts::created_at.eq(now.as_secs()),
        ))
        .execute(conn)?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(person.token.0.as_slice()),
            sessions::uid.eq(person.uid.as_str()),
            sessions::created_at.eq(now.as_secs()),
            sessions::last_used_at.eq(now.as_secs()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Inserts a live in the same state as one whose host has announced it.
fn open_live(
    conn: &mut SqliteConnection,
    number: RoomNum,
    host: &Uid,
    now: UnixTime,
) -> Result<(), Error> {
    diesel::insert_into(rooms::table)
        .values((
            rooms::roomnum.eq(i64::from(number.get())),
            rooms::host.eq(host.as_str()),
            rooms::created_at.eq(now.as_secs()),
            rooms::adopted.eq(true),
        ))
        .execute(conn)?;
    diesel::insert_into(lives::table)
        .values((
            lives::roomnum.eq(i64::from(number.get())),
            lives::host.eq(host.as_str()),
            lives::opened_at.eq(now.as_secs()),
            lives::live_at.eq(now.as_secs()),
            lives::title.eq(format!("Live of {host}")),
            lives::cover.eq(format!("http://covers.example.com/{host}.png")),
            lives::kind.eq("live"),
        ))
        .execute(conn)?;
    attach(conn, number, host, now).map(|_| ())
}

//! Rows for a database that is filled for measurements.

use diesel::prelude::*;

use super::super::engine::Conn;
use super::super::transactions::attach::attach;
use crate::domain::{RoomNum, Uid, UnixTime};
use crate::error::Error;
use crate::store::outcomes::Person;
use crate::store::schema::{accounts, lives, rooms, sessions};

/// Inserts people with their sessions, and open lives of some of them.
pub(crate) fn insert(
    conn: &mut Conn,
    people: &[Person],
    lives: &[(RoomNum, Uid)],
    password_hash: &str,
    now: UnixTime,
) -> Result<(), Error> {
    for person in people {
        insert_person(conn, person, password_hash, now)?;
    }
    for (number, host) in lives {
        open_live(conn, *number, host, now)?;
    }
    Ok(())
}

fn insert_person(
    conn: &mut Conn,
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
fn open_live(conn: &mut Conn, number: RoomNum, host: &Uid, now: UnixTime) -> Result<(), Error> {
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

//! Rows of rooms: each is a number that belongs to a host.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::{RoomNum, Uid, UnixTime};
use crate::error::{Error, Fault};
use crate::store::schema::rooms;
use crate::store::sqlite::cached::CacheStatement;

/// Who created the room of that number.
pub(crate) fn creator(conn: &mut SqliteConnection, number: RoomNum) -> QueryResult<Option<String>> {
    let room = rooms::table
        .find(i64::from(number.get()))
        .select(rooms::host);
    room.first(conn).optional()
}

/// Gives a host the next number.
pub(crate) fn insert(
    conn: &mut SqliteConnection,
    host: &Uid,
    now: UnixTime,
) -> Result<RoomNum, Error> {
    let number = diesel::insert_into(rooms::table)
        .values((
            rooms::host.eq(host.as_str()),
            rooms::created_at.eq(now.as_secs()),
            rooms::adopted.eq(true),
        ))
        .insert_cached(conn)?;
    let number = RoomNum::new(number);
    Ok(number
        .ok_or_else(|| Fault::new("numbering a room", "every 32-bit number has been given out"))?)
}

/// How many rooms have not been given what was kept for them.
pub(crate) fn count_unattached(conn: &mut SqliteConnection) -> QueryResult<i64> {
    rooms::table
        .filter(is_unattached())
        .count()
        .get_result(conn)
}

/// Numbers and hosts of rooms that have not been given what was kept for them, up to so many.
pub(crate) fn unattached(
    conn: &mut SqliteConnection,
    at_most: i64,
) -> QueryResult<Vec<(i64, String)>> {
    rooms::table
        .filter(is_unattached())
        .select((rooms::roomnum, rooms::host))
        .limit(at_most)
        .load(conn)
}

/// Marks a room as having all that was kept for it, or as waiting for more.
pub(crate) fn mark_attached(
    conn: &mut SqliteConnection,
    roomnum: i64,
    attached: bool,
) -> QueryResult<()> {
    diesel::update(rooms::table.find(roomnum))
        .set(rooms::adopted.eq(attached))
        .execute_cached(conn)
}

/// The condition of a room that has not been given what was kept for it. A text, because an index
/// over a part of a table serves only the very condition that it was made with.
pub(crate) fn is_unattached() -> diesel::expression::SqlLiteral<Bool> {
    sql("adopted = 0")
}

//! Rows of rooms: a room is a number that belongs to a host.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::engine::{CacheStatement, Conn};
use crate::domain::{RoomNum, Uid, UnixTime};
use crate::error::{Error, Fault};
use crate::store::schema::rooms;

/// The user who created the room of that number.
pub(crate) fn creator(conn: &mut Conn, number: RoomNum) -> QueryResult<Option<String>> {
    let room = rooms::table
        .find(i64::from(number.get()))
        .select(rooms::host);
    room.first(conn).optional()
}

/// Gives a host the next number.
pub(crate) fn insert(conn: &mut Conn, host: &Uid, now: UnixTime) -> Result<RoomNum, Error> {
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

/// The number of rooms that are not attached yet.
pub(crate) fn count_unattached(conn: &mut Conn) -> QueryResult<i64> {
    rooms::table
        .filter(is_unattached())
        .count()
        .get_result(conn)
}

/// Numbers and hosts of rooms that are not attached yet, at most `at_most`.
pub(crate) fn unattached(conn: &mut Conn, at_most: i64) -> QueryResult<Vec<(i64, String)>> {
    rooms::table
        .filter(is_unattached())
        .select((rooms::roomnum, rooms::host))
        .limit(at_most)
        .load(conn)
}

/// Marks a room as attached: the events that waited for it have taken effect. Or as not attached
/// yet.
pub(crate) fn mark_attached(conn: &mut Conn, roomnum: i64, attached: bool) -> QueryResult<()> {
    diesel::update(rooms::table.find(roomnum))
        .set(rooms::adopted.eq(attached))
        .execute_cached(conn)
}

/// Counts the version of a room's broadcast up. The row is locked from then on, so the version rises
/// in the order in which the broadcasts are read.
pub(crate) fn count_broadcast(conn: &mut Conn, number: RoomNum) -> QueryResult<()> {
    diesel::update(rooms::table.find(i64::from(number.get())))
        .set(rooms::broadcast_version.eq(rooms::broadcast_version + 1))
        .execute_cached(conn)
}

/// The condition that a room is not attached yet. It is a literal text, because SQLite uses a
/// partial index only for the exact condition that the index was created with.
pub(crate) fn is_unattached() -> diesel::expression::SqlLiteral<Bool> {
    sql("adopted = 0")
}

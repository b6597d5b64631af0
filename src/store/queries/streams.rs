//! Rows of streams: the room of each stream, its pushes and its picture.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::engine::{CacheStatement, Conn, existing, existing_sql};
use super::super::queries::rooms;
use crate::domain::{MatchedRoom, Place, Push, RoomNum, UnixTime};
use crate::store::schema::{pushes, streams};

/// Links the two streams of a room's host, camera and screen, to that room.
pub(crate) fn link(conn: &mut Conn, number: RoomNum, both: [&str; 2]) -> QueryResult<()> {
    // Both in one statement: this is a good part of the cost of a new room.
    let number = i64::from(number.get());
    diesel::sql_query(format!(
        "INSERT INTO streams (stream, roomnum) VALUES (?, ?), (?, ?) {} roomnum = ?",
        existing_sql("stream")
    ))
    .bind::<Text, _>(both[0])
    .bind::<BigInt, _>(number)
    .bind::<Text, _>(both[1])
    .bind::<BigInt, _>(number)
    .bind::<BigInt, _>(number)
    .execute_cached(conn)
}

/// Links a stream to a room.
pub(crate) fn link_one(conn: &mut Conn, stream: &str, number: RoomNum) -> QueryResult<()> {
    let roomnum = streams::roomnum.eq(i64::from(number.get()));
    diesel::insert_into(streams::table)
        .values((streams::stream.eq(stream), roomnum))
        .on_conflict(existing(streams::stream))
        .do_update()
        .set(roomnum)
        .execute_cached(conn)
}

/// The room that a stream is linked to.
fn room_of(conn: &mut Conn, stream: &str) -> QueryResult<Option<RoomNum>> {
    let room = streams::table.find(stream).select(streams::roomnum);
    let room: Option<Option<i64>> = room.first(conn).optional()?;
    Ok(room.flatten().and_then(RoomNum::new))
}

/// The room that an event is about.
///
/// An event names its room by number (`groupid`) and the host by the stream's hash. Both agree,
/// unless a user put another room's number into the parameters of their push. So the stream's room
/// is used if it is known, and the number otherwise.
pub(crate) fn match_room(conn: &mut Conn, place: &Place) -> QueryResult<Option<MatchedRoom>> {
    let by_stream = match place.stream_name() {
        Some(stream) => room_of(conn, &stream)?,
        None => None,
    };
    for number in [by_stream, place.room].into_iter().flatten() {
        if let Some(host) = rooms::creator(conn, number)? {
            return Ok(Some(MatchedRoom {
                number,
                host,
                sends_stream: by_stream == Some(number),
            }));
        }
    }
    Ok(None)
}

/// Merges a report about a push into what is known of that push.
pub(crate) fn record_push(
    conn: &mut Conn,
    stream: &str,
    sequence: &str,
    reported: Push,
) -> QueryResult<()> {
    let time = |at: Option<i64>| at.map(UnixTime::from_secs);
    let known = pushes::table
        .find((stream, sequence))
        .select((pushes::started_at, pushes::stopped_at));
    let known = known.first::<(Option<i64>, Option<i64>)>(conn).optional()?;
    let (started_at, stopped_at) = known.unwrap_or_default();
    let before = Push {
        started_at: time(started_at),
        stopped_at: time(stopped_at),
    };
    let push = before.joined(reported);
    let times = (
        pushes::started_at.eq(push.started_at.map(UnixTime::as_secs)),
        pushes::stopped_at.eq(push.stopped_at.map(UnixTime::as_secs)),
    );
    diesel::insert_into(pushes::table)
        .values((
            pushes::stream.eq(stream),
            pushes::sequence.eq(sequence),
            times,
        ))
        .on_conflict(existing((pushes::stream, pushes::sequence)))
        .do_update()
        .set(times)
        .execute_cached(conn)
}

/// Stores a picture if it is newer than the stream's last one.
pub(crate) fn record_picture(
    conn: &mut Conn,
    stream: &str,
    url: &str,
    at: UnixTime,
) -> QueryResult<()> {
    let known = streams::table
        .find(stream)
        .select((streams::picture_at, streams::picture_url));
    let known: Option<(Option<i64>, String)> = known.first(conn).optional()?;
    if known.is_some_and(|known| known >= (Some(at.as_secs()), url.to_owned())) {
        return Ok(());
    }
    let picture = (
        streams::picture_at.eq(at.as_secs()),
        streams::picture_url.eq(url),
    );
    diesel::insert_into(streams::table)
        .values((streams::stream.eq(stream), picture))
        .on_conflict(existing(streams::stream))
        .do_update()
        .set(picture)
        .execute_cached(conn)
}

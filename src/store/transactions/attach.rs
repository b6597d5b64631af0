//! Rooms that appear after the cloud has told of them: each is given what was kept for it, in pieces,
//! so that no commit grows without bound.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::{RoomNum, RoomUpdate, StreamName, Uid, UnixTime, VideoType};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::job::PIECE;
use crate::store::queries::streams;
use crate::store::schema::{inbox, rooms};
use crate::store::sqlite::cached::CacheStatement;
use crate::store::transactions::dismissals::has_pending;
use crate::store::transactions::ingest::{
    AT_ONCE, WaitingRow, has_unmatched, is_due, is_unmatched, try_due,
};

impl Store {
    /// Whether anything waits in the inbox that can be settled: asked each second, so it is one
    /// question.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn has_unsettled(&self) -> Result<bool, Error> {
        self.read(|conn| Ok(has_unsettled(conn)? || has_pending(conn)?))
            .await
    }

    /// Gives rooms that were imported what was kept for them, and tries again what somebody wants
    /// tried again. What open rooms have to be told.
    ///
    /// # Errors
    /// If it cannot be committed; the next call does it then.
    pub async fn settle(&self, now: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
        self.write(move |conn| {
            attach_rooms(conn, now)?;
            try_due(conn, now)
        })
        .await
    }
}

/// Settles everything there is, before anybody else uses the database.
pub(crate) fn settle_all(conn: &mut SqliteConnection, now: UnixTime) -> Result<(), Error> {
    let unattached: i64 = rooms::table
        .filter(is_unattached())
        .count()
        .get_result(conn)?;
    if unattached > 0 {
        tracing::info!(
            rooms = unattached,
            "giving new rooms what the cloud told of them"
        );
    }
    while has_unsettled(conn)? {
        conn.transaction(|conn| {
            attach_rooms(conn, now)?;
            try_due(conn, now).map(|_| ())
        })?;
    }
    Ok(())
}

/// How far a room was given what was kept for it.
pub(crate) struct Attachment {
    /// Events that took effect.
    events: usize,
    /// Nothing is left that waits for it.
    pub(crate) is_complete: bool,
}

/// A room has appeared: its streams are known from now on, and what was kept for it takes effect,
/// up to so many events. Whoever calls this marks it as attached, or not yet.
pub(crate) fn attach(
    conn: &mut SqliteConnection,
    number: RoomNum,
    host: &Uid,
    now: UnixTime,
) -> Result<Attachment, Error> {
    streams::link(conn, number, host)?;
    let roomnum = i64::from(number.get());
    if !has_unmatched(conn)? {
        return Ok(Attachment {
            events: 0,
            is_complete: true,
        });
    }
    let waiting = || {
        inbox::table
            .filter(is_unmatched())
            .limit(AT_ONCE)
            .select(WaitingRow::as_select())
    };
    let of_room = waiting().filter(inbox::roomnum.eq(roomnum));
    let mut rows: Vec<WaitingRow> = of_room.cached().load(conn)?;
    for video in [VideoType::Camera, VideoType::Screen] {
        let stream = StreamName::of_host(number, host, video);
        // One index for each question: with an "or" between them none would be used.
        let of_stream = waiting().filter(inbox::stream.eq(stream.as_str()));
        rows.extend(of_stream.cached().load(conn)?);
    }
    let is_complete = rows.len() < PIECE;
    rows.truncate(PIECE);
    let events = rows.len();
    for row in rows {
        row.settle(conn, number, now)?;
    }
    Ok(Attachment {
        events,
        is_complete,
    })
}

/// Marks a room as having all that was kept for it, or as waiting for more.
pub(crate) fn set_attached(
    conn: &mut SqliteConnection,
    number: RoomNum,
    attached: bool,
) -> QueryResult<()> {
    mark_attached(conn, number.get().into(), attached)
}

fn mark_attached(conn: &mut SqliteConnection, roomnum: i64, attached: bool) -> QueryResult<()> {
    diesel::update(rooms::table.find(roomnum))
        .set(rooms::adopted.eq(attached))
        .execute_cached(conn)
}

fn has_unsettled(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let unattached = diesel::dsl::exists(rooms::table.filter(is_unattached()));
    let due = diesel::dsl::exists(inbox::table.filter(is_due()));
    let (unattached, due): (bool, bool) = diesel::select((unattached, due))
        .cached()
        .get_result(conn)?;
    Ok(unattached || due)
}

fn attach_rooms(conn: &mut SqliteConnection, now: UnixTime) -> Result<(), Error> {
    let unattached = rooms::table
        .filter(is_unattached())
        .select((rooms::roomnum, rooms::host))
        .limit(AT_ONCE);
    let mut events = 0;
    for (number, host) in unattached.load::<(i64, String)>(conn)? {
        if events >= PIECE {
            break;
        }
        if let Some((room, host)) = RoomNum::new(number).zip(Uid::parse(&host)) {
            let attachment = attach(conn, room, &host, now)?;
            events += attachment.events;
            if !attachment.is_complete {
                break;
            }
        } else {
            tracing::warn!(
                room = number,
                "a room whose number or host nobody can have is left alone"
            );
        }
        mark_attached(conn, number, true)?;
    }
    Ok(())
}

// A text, because an index over a part of a table serves only the very condition that it was made with.
fn is_unattached() -> diesel::expression::SqlLiteral<Bool> {
    sql("adopted = 0")
}

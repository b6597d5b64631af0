//! Rooms that appear after the cloud has told of them: each is given what was kept for it, in pieces,
//! so that no commit grows without bound.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::dismissals::has_pending;
use super::inbox::{AT_ONCE, WaitingRow, has_unmatched, is_due, is_unmatched, try_due};
use super::kept::Keep;
use super::schema::{inbox, rooms};
use super::{PIECE, Store, streams};
use crate::domain::{RoomNum, RoomUpdate, StreamName, Uid, UnixTime, VideoType};
use crate::error::Error;

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
            adopt_rooms(conn, now)?;
            try_due(conn, now)
        })
        .await
    }
}

/// Settles everything there is, before anybody else uses the database.
pub(super) fn settle_all(conn: &mut SqliteConnection, now: UnixTime) -> Result<(), Error> {
    let strangers: i64 = rooms::table.filter(is_strange()).count().get_result(conn)?;
    if strangers > 0 {
        tracing::info!(
            rooms = strangers,
            "giving new rooms what the cloud told of them"
        );
    }
    while has_unsettled(conn)? {
        conn.transaction(|conn| {
            adopt_rooms(conn, now)?;
            try_due(conn, now).map(|_| ())
        })?;
    }
    Ok(())
}

/// How far a room was given what was kept for it.
pub(super) struct Adoption {
    /// Events that took effect.
    events: usize,
    /// Nothing is left that waits for it.
    pub(super) is_complete: bool,
}

/// A room has appeared: its streams are known from now on, and what was kept for it takes effect,
/// up to so many events. Whoever calls this marks it as adopted, or not yet.
pub(super) fn adopt(
    conn: &mut SqliteConnection,
    number: RoomNum,
    host: &Uid,
    now: UnixTime,
) -> Result<Adoption, Error> {
    streams::link(conn, number, host)?;
    let roomnum = i64::from(number.get());
    if !has_unmatched(conn)? {
        return Ok(Adoption {
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
    let mut rows: Vec<WaitingRow> = of_room.kept().load(conn)?;
    for video in [VideoType::Camera, VideoType::Screen] {
        let stream = StreamName::of_host(number, host, video);
        // One index for each question: with an "or" between them none would be used.
        let of_stream = waiting().filter(inbox::stream.eq(stream.as_str()));
        rows.extend(of_stream.kept().load(conn)?);
    }
    let is_complete = rows.len() < PIECE;
    rows.truncate(PIECE);
    let events = rows.len();
    for row in rows {
        row.settle(conn, number, now)?;
    }
    Ok(Adoption {
        events,
        is_complete,
    })
}

/// Marks a room as having all that was kept for it, or as waiting for more.
pub(super) fn set_adopted(
    conn: &mut SqliteConnection,
    number: RoomNum,
    adopted: bool,
) -> QueryResult<()> {
    mark_adopted(conn, number.get().into(), adopted)
}

fn mark_adopted(conn: &mut SqliteConnection, roomnum: i64, adopted: bool) -> QueryResult<()> {
    diesel::update(rooms::table.find(roomnum))
        .set(rooms::adopted.eq(adopted))
        .change(conn)
}

fn has_unsettled(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let strange = diesel::dsl::exists(rooms::table.filter(is_strange()));
    let due = diesel::dsl::exists(inbox::table.filter(is_due()));
    let (strange, due): (bool, bool) = diesel::select((strange, due)).kept().get_result(conn)?;
    Ok(strange || due)
}

fn adopt_rooms(conn: &mut SqliteConnection, now: UnixTime) -> Result<(), Error> {
    let strangers = rooms::table
        .filter(is_strange())
        .select((rooms::roomnum, rooms::host))
        .limit(AT_ONCE);
    let mut events = 0;
    for (number, host) in strangers.load::<(i64, String)>(conn)? {
        if events >= PIECE {
            break;
        }
        if let Some((room, host)) = RoomNum::new(number).zip(Uid::parse(&host)) {
            let adoption = adopt(conn, room, &host, now)?;
            events += adoption.events;
            if !adoption.is_complete {
                break;
            }
        } else {
            tracing::warn!(
                room = number,
                "a room whose number or host nobody can have is left alone"
            );
        }
        mark_adopted(conn, number, true)?;
    }
    Ok(())
}

// A text, because an index over a part of a table serves only the very condition that it was made with.
fn is_strange() -> diesel::expression::SqlLiteral<Bool> {
    sql("adopted = 0")
}

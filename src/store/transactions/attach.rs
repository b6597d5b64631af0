//! Attaching rooms: events that came before their room existed take effect in it. This happens in
//! pieces, so that no commit grows without bound.

use diesel::prelude::*;

use crate::domain::{
    Effect, InboxState, RoomNum, RoomUpdate, StreamName, Uid, UnixTime, VideoType,
};
use crate::error::Error;
use crate::store::job::PIECE;
use crate::store::queries::inbox::{self, WaitingRow};
use crate::store::queries::streams;
use crate::store::transactions::effects::carry_out;

/// Rows that one query returns at most.
pub(crate) const AT_ONCE: i64 = PIECE as i64;

/// The result of one attach step.
pub(crate) struct Attachment {
    /// Events that took effect.
    pub(crate) events: usize,
    /// No event is left that waits for the room.
    pub(crate) is_complete: bool,
}

/// Attaches a room: links its streams, and lets waiting events take effect, at most [`PIECE`] of
/// them. The caller marks the room as attached or not.
pub(crate) fn attach(
    conn: &mut SqliteConnection,
    number: RoomNum,
    host: &Uid,
    now: UnixTime,
) -> Result<Attachment, Error> {
    streams::link(conn, number, host)?;
    if !inbox::has_any(conn, InboxState::Unmatched)? {
        return Ok(Attachment {
            events: 0,
            is_complete: true,
        });
    }
    // One query for each index: SQLite would use no index for a query with an "or".
    let mut rows = inbox::waiting_for_room(conn, number, AT_ONCE)?;
    for video in [VideoType::Camera, VideoType::Screen] {
        let stream = StreamName::of_host(number, host, video);
        rows.extend(inbox::waiting_for_stream(conn, &stream, AT_ONCE)?);
    }
    let is_complete = rows.len() < PIECE;
    rows.truncate(PIECE);
    let events = rows.len();
    for row in rows {
        take_effect(conn, row, number, now)?;
    }
    Ok(Attachment {
        events,
        is_complete,
    })
}

/// Lets a waiting event take effect in its room. Returns the update for the room, if any.
pub(crate) fn take_effect(
    conn: &mut SqliteConnection,
    row: WaitingRow,
    number: RoomNum,
    now: UnixTime,
) -> Result<Option<RoomUpdate>, Error> {
    let id = row.id;
    inbox::set_room(conn, id, number)?;
    let event = row.into_event();
    let effect = Effect::of_waiting(&event, number, now);
    let (state, update) = carry_out(conn, id, effect, now)?;
    inbox::set_state(conn, id, state)?;
    Ok(update)
}

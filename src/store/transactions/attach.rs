//! Rooms that appear after the cloud has told of them: each is given what was kept for it, in pieces,
//! so that no commit grows without bound.

use diesel::prelude::*;

use crate::domain::{
    Effect, InboxState, RoomNum, RoomUpdate, StreamName, Uid, UnixTime, VideoType,
};
use crate::error::Error;
use crate::store::job::PIECE;
use crate::store::queries::inbox::{self, WaitingRow};
use crate::store::queries::streams;
use crate::store::transactions::effects::carry_out;

/// Rows that one question is answered with at the most.
pub(crate) const AT_ONCE: i64 = PIECE as i64;

/// How far a room was given what was kept for it.
pub(crate) struct Attachment {
    /// Events that took effect.
    pub(crate) events: usize,
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
    if !inbox::has_any(conn, InboxState::Unmatched)? {
        return Ok(Attachment {
            events: 0,
            is_complete: true,
        });
    }
    // One question for each index: with an "or" between them none would be used.
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

/// Gives a waiting event the effect that it has in its room. What the room has to be told.
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

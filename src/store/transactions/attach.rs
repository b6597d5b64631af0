//! Attaching rooms: events that came before their room existed take effect in it. This happens in
//! pieces, so that no commit grows without bound.

use diesel::prelude::*;

use super::super::engine::{Conn, EVENTS_AT_ONCE, lock};
use super::super::queries::inbox::{self, WaitingRow};
use super::super::queries::streams;
use super::super::transactions::effects::carry_out;
use crate::domain::{
    Effect, InboxState, RoomNum, RoomUpdate, StreamName, Uid, UnixTime, VideoType,
};
use crate::error::Error;
use crate::store::lock_key::LockKey;

/// The result of one attach step.
pub(crate) struct Attachment {
    /// Events that took effect.
    pub(crate) events: usize,
    /// No event is left that waits for the room.
    pub(crate) is_complete: bool,
}

/// Attaches a room: links its streams, and lets waiting events take effect, at most
/// [`EVENTS_AT_ONCE`] of them. The caller marks the room as attached or not.
pub(crate) fn attach(
    conn: &mut Conn,
    number: RoomNum,
    host: &Uid,
    now: UnixTime,
) -> Result<Attachment, Error> {
    let names = [VideoType::Camera, VideoType::Screen]
        .map(|video| StreamName::of_host(number, host, video));
    let [camera, screen] = names.each_ref().map(StreamName::as_str);
    // This locks both streams: an event that names one of them either finds the room, or is committed
    // and found here. An event can name the number of a room only after its creation was answered.
    streams::link(conn, number, [camera, screen])?;
    if !inbox::has_any(conn, InboxState::Unmatched)? {
        return Ok(Attachment {
            events: 0,
            is_complete: true,
        });
    }
    // One query for each index: SQLite would use no index for a query with an "or".
    let mut rows = inbox::waiting_for_room(conn, number, EVENTS_AT_ONCE as i64)?;
    for name in &names {
        rows.extend(inbox::waiting_for_stream(
            conn,
            name,
            EVENTS_AT_ONCE as i64,
        )?);
    }
    let is_last = rows.len() < EVENTS_AT_ONCE;
    rows.truncate(EVENTS_AT_ONCE);
    let events = rows.len();
    let mut settled = 0;
    for row in rows {
        let (state, _) = take_effect(conn, row, number, now)?;
        settled += usize::from(state != InboxState::Unmatched);
    }
    // Events that stay as they are, because something else is missing too, would be met for ever.
    let is_complete = is_last || settled == 0;
    Ok(Attachment {
        events,
        is_complete,
    })
}

/// Lets a waiting event take effect in its room. Returns its state then, and the update for the room, if
/// any.
pub(crate) fn take_effect(
    conn: &mut Conn,
    row: WaitingRow,
    number: RoomNum,
    now: UnixTime,
) -> Result<(InboxState, Option<RoomUpdate>), Error> {
    let id = row.id;
    lock_waiting(conn, &row, number)?;
    inbox::set_room(conn, id, number)?;
    let event = row.into_event();
    let effect = Effect::of_waiting(&event, number, now);
    let (state, update) = carry_out(conn, id, effect, now)?;
    inbox::set_state(conn, id, state)?;
    Ok((state, update))
}

/// Locks what a waiting event is about, as its ingest did.
fn lock_waiting(conn: &mut Conn, row: &WaitingRow, number: RoomNum) -> QueryResult<()> {
    let mut keys = vec![LockKey::Room(number)];
    keys.extend(row.stream().map(LockKey::Stream));
    keys.extend(row.file_id().map(LockKey::File));
    lock(conn, &keys)
}

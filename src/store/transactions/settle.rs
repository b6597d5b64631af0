//! Settling the inbox: imported rooms are attached, and events that are due are tried again.

use super::super::engine::{Conn, EVENTS_AT_ONCE};
use super::super::queries::streams::match_room;
use super::super::queries::{broadcasts, inbox, rooms};
use super::super::transactions::attach::{attach, take_effect};
use crate::domain::{InboxState, RoomNum, RoomUpdate, Uid, UnixTime};
use crate::error::Error;

/// Whether anything in the inbox can be settled. It is asked every second, so it is a cheap query.
pub(crate) fn has_unsettled(conn: &mut Conn) -> Result<bool, Error> {
    Ok(has_due(conn)? || inbox::has_any(conn, InboxState::Pending)?)
}

/// Whether rooms are to be attached, or events are due.
pub(crate) fn has_due(conn: &mut Conn) -> Result<bool, Error> {
    Ok(inbox::has_unsettled(conn)?)
}

/// Attaches imported rooms, and tries events that are due, a piece of both. Returns the updates for
/// open rooms.
pub(crate) fn settle(conn: &mut Conn, now: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
    attach_rooms(conn, now)?;
    try_due(conn, now)
}

/// The number of rooms that are not attached yet.
pub(crate) fn count_unattached(conn: &mut Conn) -> Result<i64, Error> {
    Ok(rooms::count_unattached(conn)?)
}

/// Settles a piece of the inbox before the database is used for anything else. False if nothing was
/// left to settle.
pub(crate) fn settle_at_start(conn: &mut Conn, now: UnixTime) -> Result<bool, Error> {
    if !has_due(conn)? {
        return Ok(false);
    }
    settle(conn, now)?;
    Ok(true)
}

fn attach_rooms(conn: &mut Conn, now: UnixTime) -> Result<(), Error> {
    let mut events = 0;
    for (number, host) in rooms::unattached(conn, EVENTS_AT_ONCE as i64)? {
        if events >= EVENTS_AT_ONCE {
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
                "a room of the database has a number or a host that no client can name: it is passed over, and events that wait for it take no effect"
            );
        }
        rooms::mark_attached(conn, number, true)?;
    }
    Ok(())
}

/// Tries the events that are due. Returns the updates for open rooms.
fn try_due(conn: &mut Conn, now: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
    let mut updates = Vec::new();
    for row in inbox::due(conn, EVENTS_AT_ONCE as i64)? {
        inbox::set_state(conn, row.id, InboxState::Unmatched)?;
        if let Some(room) = match_room(conn, &row.place())? {
            updates.extend(take_effect(conn, row, room.number, now)?.1);
            rooms::count_broadcast(conn, room.number)?;
            let broadcast = broadcasts::of_room(conn, room.number)?;
            updates.push(RoomUpdate::Shows(room.number, broadcast));
        }
    }
    Ok(updates)
}

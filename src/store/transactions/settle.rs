//! Settling the inbox: imported rooms are attached, and events that are due are tried again.

use diesel::prelude::*;

use crate::domain::{InboxState, RoomNum, RoomUpdate, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::job::PIECE;
use crate::store::queries::streams::match_room;
use crate::store::queries::{broadcasts, inbox, rooms};
use crate::store::transactions::attach::{AT_ONCE, attach, take_effect};

impl Store {
    /// Whether anything in the inbox can be settled. It is asked every second, so it is a cheap
    /// query.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn has_unsettled(&self) -> Result<bool, Error> {
        self.read(|conn| {
            Ok(inbox::has_unsettled(conn)? || inbox::has_any(conn, InboxState::Pending)?)
        })
        .await
    }

    /// Attaches imported rooms, and tries events that are due. Returns the updates for open rooms.
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

/// Settles the whole inbox before the database is used for anything else.
pub(crate) fn settle_all(conn: &mut SqliteConnection, now: UnixTime) -> Result<(), Error> {
    let unattached = rooms::count_unattached(conn)?;
    if unattached > 0 {
        tracing::info!(
            rooms = unattached,
            "attaching new rooms: events that waited for them take effect"
        );
    }
    while inbox::has_unsettled(conn)? {
        conn.transaction(|conn| {
            attach_rooms(conn, now)?;
            try_due(conn, now).map(|_| ())
        })?;
    }
    Ok(())
}

fn attach_rooms(conn: &mut SqliteConnection, now: UnixTime) -> Result<(), Error> {
    let mut events = 0;
    for (number, host) in rooms::unattached(conn, AT_ONCE)? {
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
                "a room with an invalid number or host is skipped"
            );
        }
        rooms::mark_attached(conn, number, true)?;
    }
    Ok(())
}

/// Tries the events that are due. Returns the updates for open rooms.
fn try_due(conn: &mut SqliteConnection, now: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
    let mut updates = Vec::new();
    for row in inbox::due(conn, AT_ONCE)? {
        inbox::set_state(conn, row.id, InboxState::Unmatched)?;
        if let Some(room) = match_room(conn, &row.place())? {
            updates.extend(take_effect(conn, row, room.number, now)?);
            let version = inbox::newest_event(conn)?;
            let broadcast = broadcasts::of_room(conn, room.number, version)?;
            updates.push(RoomUpdate::Shows(room.number, broadcast));
        }
    }
    Ok(updates)
}

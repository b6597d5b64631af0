//! Settling the inbox: rooms that were imported get what was kept for them, and what is due is tried
//! again.

use diesel::prelude::*;

use crate::domain::{InboxState, RoomNum, RoomUpdate, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::job::PIECE;
use crate::store::queries::streams::match_room;
use crate::store::queries::{broadcasts, inbox, rooms};
use crate::store::transactions::attach::{AT_ONCE, attach, take_effect};

impl Store {
    /// Whether anything waits in the inbox that can be settled: asked each second, so it is one
    /// question.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn has_unsettled(&self) -> Result<bool, Error> {
        self.read(|conn| {
            Ok(inbox::has_unsettled(conn)? || inbox::has_any(conn, InboxState::Pending)?)
        })
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
    let unattached = rooms::count_unattached(conn)?;
    if unattached > 0 {
        tracing::info!(
            rooms = unattached,
            "giving new rooms what the cloud told of them"
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
                "a room whose number or host nobody can have is left alone"
            );
        }
        rooms::mark_attached(conn, number, true)?;
    }
    Ok(())
}

/// Tries again what is due. What open rooms have to be told.
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

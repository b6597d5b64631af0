//! Broadcasts of rooms, each with the id of the newest event at that time as its version.

use diesel::prelude::*;

use crate::domain::{Broadcast, RoomNum};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::broadcasts;
use crate::store::queries::inbox::newest_event;

impl Store {
    /// The broadcast of a room: what it shows of its streams.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn broadcast(&self, number: RoomNum) -> Result<Broadcast, Error> {
        self.read(move |conn| {
            // One transaction, so that the version fits the broadcast.
            conn.transaction(|conn| {
                let version = newest_event(conn)?;
                Ok(broadcasts::of_room(conn, number, version)?)
            })
        })
        .await
    }

    /// The broadcast of every open room that the cloud has reported anything about.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn broadcasts(&self) -> Result<Vec<(RoomNum, Broadcast)>, Error> {
        self.read(|conn| {
            conn.transaction(|conn| {
                let version = newest_event(conn)?;
                broadcasts::of_open_rooms(conn, version)
            })
        })
        .await
    }
}

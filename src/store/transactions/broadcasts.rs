//! What rooms show of their streams, with the version of what was known then.

use diesel::prelude::*;

use crate::domain::{Broadcast, RoomNum};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::broadcasts;
use crate::store::queries::inbox::newest_event;

impl Store {
    /// What a room shows of its streams.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn broadcast(&self, number: RoomNum) -> Result<Broadcast, Error> {
        self.read(move |conn| {
            // One transaction, so that the version is that of the view.
            conn.transaction(|conn| {
                let version = newest_event(conn)?;
                Ok(broadcasts::of_room(conn, number, version)?)
            })
        })
        .await
    }

    /// What every open room shows of its streams, if the cloud said anything.
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

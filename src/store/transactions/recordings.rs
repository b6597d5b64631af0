//! What hosts announce about recordings, and the list of those that can be played.

use diesel::prelude::*;

use crate::domain::{Announcement, Recording, RecordingFilter, Refusal, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::{recordings, rooms};
use crate::store::transactions::rebuild::rebuild_since;

impl Store {
    /// Keeps what a host announced; the same name for the same room and uid again replaces it.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] if `caller` did not create that room.
    pub async fn announce(
        &self,
        caller: &Uid,
        told: Announcement,
        now: UnixTime,
    ) -> Result<(), Error> {
        let caller = caller.clone();
        self.write(move |conn| {
            if rooms::creator(conn, told.number)?.as_deref() != Some(caller.as_str()) {
                return Err(Refusal::NotYourRoom.into());
            }
            let announced_at = recordings::announce(conn, &told, now)?;
            rebuild_since(conn, told.number, announced_at)
        })
        .await
    }

    /// How many recordings match, and up to `size` of them from row `offset`, newest first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn recordings(
        &self,
        filter: RecordingFilter,
        offset: i64,
        size: i64,
    ) -> Result<(i64, Vec<Recording>), Error> {
        self.read(move |conn| {
            // One transaction, so that the total is that of the page.
            conn.transaction(|conn| Ok(recordings::page(conn, &filter, offset, size)?))
        })
        .await
    }
}

//! Announcements of hosts about recordings, and the list of recordings that can be played.

use diesel::prelude::*;

use crate::domain::{Announcement, Recording, RecordingFilter, Refusal, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::{recordings, rooms};
use crate::store::transactions::rebuild::rebuild_since;

impl Store {
    /// Stores an announcement. It replaces an earlier one with the same room, uid and name.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] if `caller` did not create that room.
    pub async fn announce(
        &self,
        caller: &Uid,
        announcement: Announcement,
        now: UnixTime,
    ) -> Result<(), Error> {
        let caller = caller.clone();
        self.write(move |conn| {
            if rooms::creator(conn, announcement.number)?.as_deref() != Some(caller.as_str()) {
                return Err(Refusal::NotYourRoom.into());
            }
            let announced_at = recordings::announce(conn, &announcement, now)?;
            rebuild_since(conn, announcement.number, announced_at)
        })
        .await
    }

    /// The number of recordings that match, and at most `size` of them from row `offset`, newest
    /// first.
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
            // One transaction, so that the total fits the page.
            conn.transaction(|conn| Ok(recordings::page(conn, &filter, offset, size)?))
        })
        .await
    }
}

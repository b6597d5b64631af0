//! Recordings: hosts announce them, everybody lists them.

use super::context::Service;
use crate::domain::{Announcement, Recording, RecordingFilter};
use crate::error::Error;
use crate::sessions::Caller;

impl Service {
    /// Keeps what the caller announces about the recordings of a room that they created.
    ///
    /// # Errors
    /// [`NotYourRoom`](crate::domain::Refusal::NotYourRoom); busy if the record has too much to do.
    pub async fn announce_recording(
        &self,
        caller: &Caller,
        announcement: Announcement,
    ) -> Result<(), Error> {
        let now = self.clock.unix();
        self.store.announce(&caller.uid, announcement, now).await
    }

    /// How many recordings match, and up to `size` of them from row `offset`, newest first.
    ///
    /// # Errors
    /// Busy if too many wait for the database.
    pub async fn recordings(
        &self,
        filter: RecordingFilter,
        offset: i64,
        size: i64,
    ) -> Result<(i64, Vec<Recording>), Error> {
        self.store.recordings(filter, offset, size).await
    }
}

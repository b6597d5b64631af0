//! Recordings: hosts announce them, and every user can list them.

use super::context::Service;
use crate::domain::{Announcement, Recording, RecordingFilter, RecordingPlace};
use crate::error::Error;
use crate::sessions::Caller;

impl Service {
    /// Stores what the caller announces about the recordings of a room that they created.
    ///
    /// # Errors
    /// [`NotYourRoom`](crate::domain::Refusal::NotYourRoom); [`Error::Busy`] if the queue of the
    /// store is full.
    pub async fn announce_recording(
        &self,
        caller: &Caller,
        announcement: Announcement,
    ) -> Result<(), Error> {
        let now = self.clock.unix();
        self.store.announce(&caller.uid, announcement, now).await
    }

    /// The number of recordings that match, and at most `size` of them from row `offset`, newest
    /// first.
    ///
    /// # Errors
    /// [`Error::Busy`] if too many requests wait for a connection to the database.
    pub async fn recordings(
        &self,
        filter: RecordingFilter,
        offset: i64,
        size: i64,
    ) -> Result<(i64, Vec<Recording>), Error> {
        self.store.recordings(filter, offset, size).await
    }

    /// The number of recordings that match, and at most `size` of them behind a place, newest first,
    /// each with its own place.
    ///
    /// # Errors
    /// [`Error::Busy`] if too many requests wait for a connection to the database.
    pub async fn recordings_behind(
        &self,
        filter: RecordingFilter,
        place: Option<RecordingPlace>,
        size: i64,
    ) -> Result<(i64, Vec<(RecordingPlace, Recording)>), Error> {
        self.store.recordings_behind(filter, place, size).await
    }
}

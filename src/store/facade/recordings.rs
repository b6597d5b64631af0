//! Announcements of hosts about recordings, and the list of recordings that can be played.

use crate::domain::{Announcement, Recording, RecordingFilter, RecordingPlace, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;

impl Store {
    /// Stores an announcement. It replaces an earlier one with the same room, uid and name.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`](crate::domain::Refusal::NotYourRoom) if `caller` did not create that
    /// room.
    pub async fn announce(
        &self,
        caller: &Uid,
        announcement: Announcement,
        now: UnixTime,
    ) -> Result<(), Error> {
        let caller = caller.clone();
        on_engine!(self.write(recordings::announce(&caller, &announcement, now)))
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
        on_engine!(self.read(recordings::page(&filter, offset, size)))
    }

    /// The number of recordings that match, and at most `size` of them behind a place, or from the
    /// newest on, each with its own place.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn recordings_behind(
        &self,
        filter: RecordingFilter,
        place: Option<RecordingPlace>,
        size: i64,
    ) -> Result<(i64, Vec<(RecordingPlace, Recording)>), Error> {
        on_engine!(self.read(recordings::behind(&filter, place.as_ref(), size)))
    }
}

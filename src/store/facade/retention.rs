//! Retention: what is old is forgotten, piece by piece.

use crate::domain::{RetentionLimits, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::outcomes::OldEvents;

impl Store {
    /// The old events of the cloud among the next [`PIECE`](crate::store::PIECE) after the one with
    /// the id `after`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn old_events(
        &self,
        after: i64,
        limits: RetentionLimits,
    ) -> Result<OldEvents, Error> {
        on_engine!(self.read(retention::old_events(after, limits)))
    }

    /// Forgets these events, at most [`PIECE`](crate::store::PIECE) of them, unless something happened
    /// to them meanwhile that keeps them. Returns the number of the forgotten ones.
    ///
    /// # Errors
    /// If it cannot be committed; then all are still there.
    pub async fn forget_events(
        &self,
        ids: Vec<i64>,
        limits: RetentionLimits,
    ) -> Result<usize, Error> {
        on_engine!(self.write(retention::forget_events(&ids, limits)))
    }

    /// Forgets files that were deleted before `limit`, at most [`PIECE`](crate::store::PIECE) of them.
    /// Returns their number.
    ///
    /// # Errors
    /// If it cannot be committed; then all are still known as deleted.
    pub async fn forget_deleted_files(&self, limit: UnixTime) -> Result<usize, Error> {
        on_engine!(self.write(retention::forget_deleted_files(limit)))
    }
}

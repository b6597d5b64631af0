//! Stats of open lives and ends by silence. No client waits for them, so they are recorded in
//! batches.

use crate::domain::{LiveEnd, Progress};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::lives;

impl Store {
    /// Records ends, at most [`PIECE`](crate::store::PIECE) of them, in one commit.
    ///
    /// # Errors
    /// If it cannot be committed; then none is recorded.
    pub async fn record_ends(&self, ends: Vec<LiveEnd>) -> Result<(), Error> {
        self.write(move |conn| ends.iter().try_for_each(|end| lives::end_live(conn, end)))
            .await
    }

    /// Records the stats of at most [`PIECE`](crate::store::PIECE) lives in one commit. A live that
    /// has ended is not changed.
    ///
    /// # Errors
    /// If it cannot be committed; then none is recorded.
    pub async fn record_progress(&self, progress: Vec<Progress>) -> Result<(), Error> {
        self.write(move |conn| {
            for progress in &progress {
                lives::record_progress(conn, progress)?;
            }
            Ok(())
        })
        .await
    }
}

//! Figures of open lives and ends that came by silence: nobody waits for them, so they come in pieces.

use crate::domain::{LiveEnd, Progress};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::lives;

impl Store {
    /// Records ends, at most [`PIECE`](crate::store::PIECE) of them, in one commit.
    ///
    /// # Errors
    /// If it cannot be committed; then nothing of it is.
    pub async fn record_ends(&self, ends: Vec<LiveEnd>) -> Result<(), Error> {
        self.write(move |conn| ends.iter().try_for_each(|end| lives::end_live(conn, end)))
            .await
    }

    /// Records figures, at most of [`PIECE`](crate::store::PIECE) lives, in one commit. Those of a live that
    /// has ended are not touched.
    ///
    /// # Errors
    /// If it cannot be committed; then nothing of it is.
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

//! Facts that nobody waits for: figures of open lives and ends that came by silence, in pieces.

use diesel::prelude::*;

use crate::domain::{LiveEnd, Progress};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::schema::lives;
use crate::store::sqlite::cached::CacheStatement;
use crate::store::transactions::lives::end_live;

impl Store {
    /// Records ends, at most [`PIECE`](crate::store::PIECE) of them, in one commit.
    ///
    /// # Errors
    /// If it cannot be committed; then nothing of it is.
    pub async fn record_ends(&self, ends: Vec<LiveEnd>) -> Result<(), Error> {
        self.write(move |conn| ends.iter().try_for_each(|end| end_live(conn, end)))
            .await
    }

    /// Records figures, at most of [`PIECE`](crate::store::PIECE) lives, in one commit. Those of a live that
    /// has ended are not touched.
    ///
    /// # Errors
    /// If it cannot be committed; then nothing of it is.
    pub async fn record_progress(&self, progress: Vec<Progress>) -> Result<(), Error> {
        self.write(move |conn| {
            for Progress { live, stats, .. } in &progress {
                let open =
                    lives::table.filter(lives::id.eq(live.get()).and(lives::ended_at.is_null()));
                diesel::update(open)
                    .set((
                        lives::peak_members.eq(i64::from(stats.peak)),
                        lives::total_members.eq(i64::from(stats.total)),
                        lives::likes.eq(i64::from(stats.likes)),
                    ))
                    .execute_cached(conn)?;
            }
            Ok(())
        })
        .await
    }
}

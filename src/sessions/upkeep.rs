//! What is done to all sessions from time to time: uses are written back, and what has ended or is old is
//! forgotten.

use std::sync::atomic::Ordering;

use super::{Cached, Sessions};
use crate::domain::UnixTime;
use crate::error::Error;
use crate::store::PIECE;

/// A use is written back when the stored time is older than this fraction of the idle limit: one
/// hour for seven days. A crash shortens the life of a token by at most that time.
const COARSENESS: i64 = 168;

/// Seconds without use after which a session leaves the cache. It stays in the store.
const CACHED_S: i64 = 15 * 60;

impl Sessions {
    /// Takes sessions out of the cache that a tool has ended beside this server.
    ///
    /// # Errors
    /// If the database does not answer; the next call asks again.
    pub async fn forget_ended(&self) -> Result<(), Error> {
        let cached: Vec<_> = self
            .cache
            .iter()
            .map(|cached| (cached.key().0.token, cached.key().0.uid.clone()))
            .collect();
        for piece in cached.chunks(PIECE) {
            let tokens = piece.iter().map(|(token, _)| *token).collect();
            let ended = self.store.ended_sessions(tokens).await?;
            for (token, uid) in piece.iter().filter(|(token, _)| ended.contains(token)) {
                self.revoke(uid, &[*token]);
            }
        }
        Ok(())
    }

    /// Writes back uses whose stored time is too old, or all of them if the server is `stopping`.
    /// Removes sessions from the cache that were not used lately.
    ///
    /// # Errors
    /// If it cannot be committed; the next call writes them then.
    pub async fn write_back(&self, stopping: bool) -> Result<(), Error> {
        let now = self.clock.unix().as_secs();
        let mut used = Vec::new();
        let mut idle = Vec::new();
        for cached in &self.cache {
            let session = &cached.key().0;
            let last_used = session.last_used.load(Ordering::Relaxed);
            let unwritten = last_used - session.written.load(Ordering::Relaxed);
            let leaves = last_used < now - CACHED_S;
            if unwritten > 0 && (stopping || leaves || unwritten >= self.idle_s / COARSENESS) {
                used.push((session.token, UnixTime::from_secs(last_used)));
            }
            if leaves {
                idle.push(session.token);
            }
        }
        for piece in used.chunks(PIECE) {
            self.store.touch_sessions(piece.to_vec()).await?;
            for (token, last_used) in piece {
                if let Some(cached) = self.cache.get(token) {
                    let session = &cached.key().0;
                    session
                        .written
                        .fetch_max(last_used.as_secs(), Ordering::Relaxed);
                }
            }
        }
        for token in idle {
            self.cache.remove_if(&token, |Cached(session), ()| {
                session.last_used.load(Ordering::Relaxed) < now - CACHED_S
            });
        }
        Ok(())
    }

    /// Deletes sessions from the store that are too old to be used.
    ///
    /// # Errors
    /// If it cannot be committed; the next call deletes them then.
    pub async fn forget_stale(&self) -> Result<(), Error> {
        // A cached session may have been used later than the stored time says, so it gets twice the
        // limit.
        let limit = UnixTime::from_secs(
            self.clock
                .unix()
                .as_secs()
                .saturating_sub(self.idle_s.saturating_mul(2)),
        );
        let mut forgotten = 0;
        loop {
            let piece = self.store.forget_sessions_before(limit).await?;
            forgotten += piece;
            if piece < PIECE {
                break;
            }
        }
        if forgotten > 0 {
            tracing::info!(
                sessions = forgotten,
                "forgot sessions that were too old to be used"
            );
        }
        Ok(())
    }
}

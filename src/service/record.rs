//! Background writes: ends of lives that timed out, stats of open lives, uses of tokens, and events
//! of the cloud for rooms that appeared later.

use super::context::Service;
use crate::domain::UnixTime;
use crate::error::{Error, Fault};
use crate::store::PIECE;

/// How many seconds after the grace of a dismissal its room is notified again. If the dismissal is
/// still undecided then, the room has not received it.
const UNNOTICED_S: i64 = 60;

/// Pieces of the inbox that are settled in one go. Writes of clients come between them.
const PIECES: u32 = 8;

impl Service {
    /// Commits the ends of lives that ended by themselves and, if `with_figures`, the stats of open
    /// lives.
    ///
    /// # Errors
    /// If the commit fails; what is left is committed by the next call.
    pub async fn record_lives(&self, with_figures: bool) -> Result<(), Error> {
        let mut ended = self.rooms.take_ended();
        let mut figures = if with_figures {
            self.rooms.take_progress()
        } else {
            Vec::new()
        };
        let recorded = async {
            in_pieces(&mut ended, |ends| self.store.record_ends(ends)).await?;
            in_pieces(&mut figures, |figures| self.store.record_progress(figures)).await
        }
        .await;
        if recorded.is_err() {
            self.rooms.put_back(ended, &figures);
        }
        recorded
    }

    /// Settles the events in the inbox, and notifies the rooms of the effects.
    ///
    /// # Errors
    /// If the commit fails; what is left is settled by the next call.
    pub async fn settle_inbox(&self) -> Result<(), Error> {
        // Runs after the ends of lives were committed, because a dismissal is decided by the end of
        // its live.
        let mut refuted = self.rooms.take_refuted();
        if refuted.is_empty() && !self.store.has_unsettled().await? {
            return Ok(());
        }
        let settled = self.settle_dismissals(&mut refuted).await;
        self.rooms.put_back_refuted(refuted);
        settled?;
        for _ in 0..PIECES {
            for update in self.store.settle(self.clock.unix()).await? {
                self.tell_rooms(update).await;
            }
            if !self.store.has_due().await? {
                break;
            }
        }
        let grace = i64::try_from(self.rooms.dismissal_grace().as_secs()).unwrap_or(i64::MAX);
        let since = self.clock.unix().as_secs() - UNNOTICED_S;
        let unnoticed = UnixTime::from_secs(since.saturating_sub(grace));
        for update in self.store.pending_dismissals(unnoticed).await? {
            self.tell_rooms(update).await;
        }
        Ok(())
    }

    /// Settles in pieces, as [`in_pieces`] does, but calls the store at least once, because that
    /// call also settles the dismissals whose live has ended.
    async fn settle_dismissals(&self, refuted: &mut Vec<i64>) -> Result<(), Error> {
        loop {
            let rest = refuted.len().saturating_sub(PIECE);
            self.store
                .settle_dismissals(refuted[rest..].to_vec())
                .await?;
            refuted.truncate(rest);
            if refuted.is_empty() {
                return Ok(());
            }
        }
    }

    /// Commits everything before the server stops. It also probes the database, because writes into
    /// a deleted file are lost without an error.
    ///
    /// # Errors
    /// If something could not be committed.
    pub async fn flush(&self) -> Result<(), Fault> {
        let doing = "waiting for the store";
        let recorded = self.record_lives(true).await;
        recorded.map_err(|cause| cause.into_fault(doing))?;
        let written = self.sessions.write_back(true).await;
        written.map_err(|cause| cause.into_fault(doing))?;
        let sound = self.store.probe().await;
        sound.map_err(|trouble| Fault::new("looking after the database", trouble.to_string()))
    }
}

/// Records the items in pieces. The recorded ones are removed; the others stay in `waiting` if a
/// piece fails.
async fn in_pieces<T: Clone>(
    waiting: &mut Vec<T>,
    record: impl AsyncFn(Vec<T>) -> Result<(), Error>,
) -> Result<(), Error> {
    while !waiting.is_empty() {
        let rest = waiting.len().saturating_sub(PIECE);
        record(waiting[rest..].to_vec()).await?;
        waiting.truncate(rest);
    }
    Ok(())
}

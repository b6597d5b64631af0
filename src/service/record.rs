//! What goes on record without anybody waiting for it: ends that came by silence, figures of open
//! lives, uses of tokens, and what the cloud told of rooms that have appeared since.

use super::context::Service;
use crate::domain::UnixTime;
use crate::error::{Error, Fault};
use crate::store::PIECE;

/// Seconds after its grace in which a dismissal is told again: if it is not decided by then, its
/// room did not hear of it.
const UNNOTICED_S: i64 = 60;

impl Service {
    /// Puts on record the lives that ended by themselves and, if asked to, the figures of open ones.
    ///
    /// # Errors
    /// If it cannot be committed; the next call does the rest.
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

    /// Settles what waits in the inbox, and tells the rooms what they have to know of it.
    ///
    /// # Errors
    /// If it cannot be committed; the next call does the rest.
    pub async fn settle_inbox(&self) -> Result<(), Error> {
        // The ends of lives are on record by now, and by them it is seen what became of a dismissal.
        let mut refuted = self.rooms.take_refuted();
        if refuted.is_empty() && !self.store.has_unsettled().await? {
            return Ok(());
        }
        let settled = self.settle_dismissals(&mut refuted).await;
        self.rooms.put_back_refuted(refuted);
        settled?;
        let mut updates = self.store.settle(self.clock.unix()).await?;
        let grace = i64::try_from(self.rooms.dismissal_grace().as_secs()).unwrap_or(i64::MAX);
        let since = self.clock.unix().as_secs() - UNNOTICED_S;
        let unnoticed = UnixTime::from_secs(since.saturating_sub(grace));
        updates.extend(self.store.pending_dismissals(unnoticed).await?);
        for update in updates {
            self.tell_rooms(update).await;
        }
        Ok(())
    }

    /// As [`in_pieces`], but asks the store at least once: it also settles the dismissals whose live
    /// has ended.
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

    /// Puts everything on record: the server is about to stop. Also asks whether the record itself is
    /// still there: what went into a deleted file is lost.
    ///
    /// # Errors
    /// What is not on record.
    pub async fn flush(&self) -> Result<(), Fault> {
        let doing = "waiting for the store";
        let recorded = self.record_lives(true).await;
        recorded.map_err(|cause| cause.into_fault(doing))?;
        let written = self.sessions.write_back(true).await;
        written.map_err(|cause| cause.into_fault(doing))?;
        let sound = self.store.probe().await;
        sound.map_err(|trouble| Fault::new("looking after the database", trouble.as_str()))
    }
}

/// Records these, a piece after the other. What is on record is taken out; the rest is left if
/// something fails.
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

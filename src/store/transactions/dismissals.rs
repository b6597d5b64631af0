//! Dismissals by the cloud, from their receipt until it is known whether they ended a live.
//!
//! A dismissal that may concern the live that is running is `pending`: the room decides. It becomes
//! `done` if the live ended because of it, and `kept` if the host refuted it or the live ended for
//! another reason.

use crate::domain::{CloudDismissal, EndReason, InboxState, RoomUpdate, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::{inbox, lives};

/// Dismissals that one commit settles at the most.
const AT_ONCE: i64 = 256;

impl Store {
    /// Records the outcome of dismissals: of those that hosts refuted, at most
    /// [`PIECE`](crate::store::PIECE) of them, and of those whose live has ended.
    ///
    /// # Errors
    /// If it cannot be committed; then nothing is recorded.
    pub async fn settle_dismissals(&self, refuted: Vec<i64>) -> Result<(), Error> {
        self.write(move |conn| {
            for event in &refuted {
                inbox::decide_dismissal(conn, *event, InboxState::Ignored)?;
            }
            for dismissal in inbox::pending_dismissals(conn, None, AT_ONCE)? {
                let live = lives::begun_before(conn, dismissal.number, dismissal.at)?;
                if let Some((_, Some(reason))) = live {
                    let state = CloudDismissal::outcome(EndReason::from_text(&reason));
                    inbox::decide_dismissal(conn, dismissal.event, state)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Pending dismissals received by `until`, as updates to be sent to their rooms again: after a
    /// restart, or because a room did not get them.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn pending_dismissals(&self, until: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
        self.read(move |conn| {
            let mut updates = Vec::new();
            for dismissal in inbox::pending_dismissals(conn, Some(until), AT_ONCE)? {
                let live = lives::begun_before(conn, dismissal.number, dismissal.at)?;
                if let Some((live, None)) = live {
                    updates.push(dismissal.update(live, true));
                }
            }
            Ok(updates)
        })
        .await
    }
}

//! Dismissals by the cloud, from their receipt until it is known whether they ended a live.
//!
//! A dismissal that may concern the live that is running is `pending`: the room decides. It becomes
//! `done` if the live ended because of it, and `kept` if the host refuted it or the live ended for
//! another reason.

use super::super::engine::Conn;
use super::super::queries::{inbox, lives};
use crate::domain::{CloudDismissal, EndReason, InboxState, RoomUpdate, UnixTime};
use crate::error::Error;

/// Dismissals that one commit settles at the most.
const AT_ONCE: i64 = 256;

/// Records the outcome of dismissals: of those that hosts refuted, and of those whose live has ended.
pub(crate) fn settle(conn: &mut Conn, refuted: &[i64]) -> Result<(), Error> {
    for event in refuted {
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
}

/// Pending dismissals received by `until`, as updates to be sent to their rooms again.
pub(crate) fn pending(conn: &mut Conn, until: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
    let mut updates = Vec::new();
    for dismissal in inbox::pending_dismissals(conn, Some(until), AT_ONCE)? {
        let live = lives::begun_before(conn, dismissal.number, dismissal.at)?;
        if let Some((live, None)) = live {
            updates.push(dismissal.update(live, true));
        }
    }
    Ok(updates)
}

//! Retention: what is old is forgotten, in pieces, so that no commit grows without bound and other
//! writes go on meanwhile.
//!
//! An event of the cloud is deleted as a whole. Its row is what makes a repetition harmless, but the
//! cloud repeats an event for hours, and the shortest time for which events can be kept is days; after
//! that the row is of use to nobody. The same holds for the mark of a deleted file, which keeps a
//! report that comes late from listing it. What an event brought about stays: recordings and lives are
//! kept for ever.

use std::collections::BTreeSet;

use super::super::engine::{Conn, lock};
use super::super::queries::retention as rows;
use crate::domain::{RetentionLimits, UnixTime};
use crate::error::Error;
use crate::store::lock_key::LockKey;
use crate::store::outcomes::OldEvents;
use crate::store::piece::PIECE;

/// Rows that one query returns at most.
const AT_ONCE: i64 = PIECE as i64;

/// The old events among the next ones after `after`. Ids grow with time, so the old events are the
/// first ones. The step that meets none is the last.
pub(crate) fn old_events(
    conn: &mut Conn,
    after: i64,
    limits: RetentionLimits,
) -> Result<OldEvents, Error> {
    let events = rows::events_after(conn, after, AT_ONCE)?;
    let is_full = i64::try_from(events.len()).is_ok_and(|count| count == AT_ONCE);
    let is_old = |event: &rows::EventRow| event.received_at() < limits.newest();
    let next = events.last().map(|last| last.id);
    Ok(OldEvents {
        next: next.filter(|_| is_full && events.iter().any(is_old)),
        ids: events
            .iter()
            .filter(|event| is_forgotten(event, limits))
            .map(|event| event.id)
            .collect(),
    })
}

/// Forgets these events, unless something happened to them meanwhile that keeps them, and what nobody
/// can see any more without them. Returns the number of the forgotten events.
pub(crate) fn forget_events(
    conn: &mut Conn,
    ids: &[i64],
    limits: RetentionLimits,
) -> Result<usize, Error> {
    // The files of events that took effect are listed, or marked as deleted.
    let events = rows::events(conn, ids)?;
    let waiting = |event: &rows::EventRow| event.file_id.clone().filter(|_| event.is_waiting());
    let files: BTreeSet<String> = events.iter().filter_map(waiting).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let keys: Vec<_> = files.iter().map(|file| LockKey::File(file)).collect();
    lock(conn, &keys)?;
    // What happened to them until the lock was taken counts.
    let mut events = rows::events(conn, ids)?;
    events.retain(|event| is_forgotten(event, limits));
    let names = |name: fn(&rows::EventRow) -> Option<&str>| {
        let names: BTreeSet<&str> = events.iter().filter_map(name).collect();
        names.into_iter().collect::<Vec<_>>()
    };
    let streams = names(|event| event.stream.as_deref());
    rows::delete_pushes(conn, &streams, limits.settled)?;
    rows::delete_streams(conn, &streams, limits.settled)?;
    let files = names(|event| event.file_id.as_deref().filter(|_| event.is_waiting()));
    rows::delete_unlisted_reports(conn, &files, limits.waiting)?;
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    rows::delete_events(conn, &ids)?;
    Ok(events.len())
}

/// Forgets files that were deleted before `limit`, at most [`PIECE`] of them.
/// Returns their number.
pub(crate) fn forget_deleted_files(conn: &mut Conn, limit: UnixTime) -> Result<usize, Error> {
    let files = rows::files_deleted_before(conn, limit, AT_ONCE)?;
    let keys: Vec<_> = files.iter().map(|file| LockKey::File(file)).collect();
    lock(conn, &keys)?;
    rows::delete_files(conn, &files)?;
    Ok(files.len())
}

fn is_forgotten(event: &rows::EventRow, limits: RetentionLimits) -> bool {
    let state = event.state();
    state.is_some_and(|state| limits.forget(state, event.received_at()))
}

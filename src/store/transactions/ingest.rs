//! Ingest of an event of the cloud: the event and its effect are stored once, in one transaction.
//!
//! An event without a known room waits as `unmatched` and takes effect when the room appears. A
//! repetition changes nothing.

use diesel::prelude::*;

use super::super::engine::{Conn, lock};
use super::super::queries::streams::match_room;
use super::super::queries::{files, inbox};
use super::super::transactions::effects::carry_out;
use crate::domain::{CloudEvent, Effect, EventKind, InboxState, UnixTime};
use crate::error::{Error, Queue};
use crate::store::lock_key::LockKey;
use crate::store::outcomes::Ingested;

/// Stores an event and its effect if `may_keep` allows it. `may_keep` gets whether the event has an
/// effect here.
///
/// # Errors
/// [`Error::Busy`] if `may_keep` returns false.
pub(crate) fn ingest(
    conn: &mut Conn,
    event: &CloudEvent,
    now: UnixTime,
    may_keep: &impl Fn(bool) -> bool,
) -> Result<Ingested, Error> {
    lock_event(conn, event)?;
    let room = match_room(conn, &event.place)?;
    let number = room.as_ref().map(|room| room.number);
    let first = InboxState::Unmatched;
    let id = match inbox::insert(conn, event, number, first, now)? {
        Some(id) => id,
        None if is_better(conn, event)? => inbox::replace(conn, event)?,
        None => return Ok(Ingested::Repeated),
    };
    let effect = Effect::of(event, room.as_ref(), now);
    let (state, update) = carry_out(conn, id, effect, now)?;
    if !may_keep(state.is_effective()) {
        return Err(Error::Busy(Queue::Inbox));
    }
    if state != first {
        inbox::set_state(conn, id, state)?;
    }
    Ok(Ingested::New(state, update))
}

/// Locks what the event is about. The creation of a room locks its streams too, so an event either
/// finds the room or is found by it.
fn lock_event(conn: &mut Conn, event: &CloudEvent) -> QueryResult<()> {
    let stream = event.place.stream_name();
    let place = stream.as_deref().map(LockKey::Stream).into_iter();
    let place = place.chain(event.place.room.map(LockKey::Room));
    let keys: Vec<LockKey<'_>> = match &event.kind {
        EventKind::Push { .. } | EventKind::Picture { .. } | EventKind::Dismissal => {
            place.collect()
        }
        EventKind::File(report) => place.chain([LockKey::File(&report.file_id)]).collect(),
        EventKind::FilesDeleted(gone) => gone.iter().map(|file| LockKey::File(file)).collect(),
        // They change nothing that is read first, and a large room has very many of them.
        EventKind::Presence { .. } | EventKind::Nothing => return Ok(()),
    };
    lock(conn, &keys)
}

/// Whether an event that is in the inbox already reports more about a file than before. If not, it
/// is a mere repetition.
fn is_better(conn: &mut Conn, event: &CloudEvent) -> QueryResult<bool> {
    match &event.kind {
        EventKind::File(report) => files::improves(conn, event.sender, report),
        _ => Ok(false),
    }
}

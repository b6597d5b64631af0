//! Ingest of an event of the cloud: the event and its effect are stored once, in one transaction.
//!
//! An event without a known room waits as `unmatched` and takes effect when the room appears. A
//! repetition changes nothing.

use diesel::prelude::*;

use crate::domain::{CloudEvent, Effect, EventKind, InboxState, RoomUpdate, UnixTime};
use crate::error::{Error, Queue};
use crate::store::facade::Store;
use crate::store::queries::streams::match_room;
use crate::store::queries::{files, inbox};
use crate::store::transactions::effects::carry_out;

/// The result of an ingest.
#[derive(Clone, Debug, PartialEq)]
pub enum Ingested {
    /// The event was new. It is stored with its effect.
    New(InboxState, Option<RoomUpdate>),
    /// The event was stored before.
    Repeated,
}

impl Store {
    /// Stores an event and its effect if `may_keep` allows it. `may_keep` gets whether the event
    /// has an effect here.
    ///
    /// # Errors
    /// If it cannot be committed; then neither is stored. [`Error::Busy`] if `may_keep` returns
    /// false.
    pub async fn ingest(
        &self,
        event: CloudEvent,
        now: UnixTime,
        may_keep: impl Fn(bool) -> bool + Send + 'static,
    ) -> Result<Ingested, Error> {
        self.write(move |conn| {
            let room = match_room(conn, &event.place)?;
            let number = room.as_ref().map(|room| room.number);
            let first = InboxState::Unmatched;
            let id = match inbox::insert(conn, &event, number, first, now)? {
                Some(id) => id,
                None if is_better(conn, &event)? => inbox::replace(conn, &event)?,
                None => return Ok(Ingested::Repeated),
            };
            let effect = Effect::of(&event, room.as_ref(), now);
            let (state, update) = carry_out(conn, id, effect, now)?;
            if !may_keep(state.is_effective()) {
                return Err(Error::Busy(Queue::Inbox));
            }
            if state != first {
                inbox::set_state(conn, id, state)?;
            }
            Ok(Ingested::New(state, update))
        })
        .await
    }
}

/// Whether an event that is in the inbox already reports more about a file than before. If not, it
/// is a mere repetition.
fn is_better(conn: &mut SqliteConnection, event: &CloudEvent) -> QueryResult<bool> {
    match &event.kind {
        EventKind::File(report) => files::improves(conn, event.sender, report),
        _ => Ok(false),
    }
}

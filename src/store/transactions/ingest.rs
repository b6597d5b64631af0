//! Taking an event of the cloud in: it is kept once, with its effect, in one transaction.
//!
//! An event that names no room waits as `unmatched` and takes effect when that room appears. A
//! repetition changes nothing.

use diesel::prelude::*;

use crate::domain::{CloudEvent, Effect, EventKind, InboxState, RoomUpdate, UnixTime};
use crate::error::{Error, Queue};
use crate::store::facade::Store;
use crate::store::queries::streams::match_room;
use crate::store::queries::{files, inbox};
use crate::store::transactions::effects::carry_out;

/// What came of taking an event in.
#[derive(Clone, Debug, PartialEq)]
pub enum Ingested {
    /// It was new, and is kept with its effect.
    New(InboxState, Option<RoomUpdate>),
    /// It had been kept before.
    Repeated,
}

impl Store {
    /// Keeps an event and its effect if `may_keep` allows it, which is told whether it has an effect
    /// here.
    ///
    /// # Errors
    /// If it cannot be committed; then neither is kept. [`Error::Busy`] if `may_keep` says no.
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

/// Whether an event that is kept already tells of a file more than its sender did before. If not, it
/// is a mere repetition.
fn is_better(conn: &mut SqliteConnection, event: &CloudEvent) -> QueryResult<bool> {
    match &event.kind {
        EventKind::File(report) => files::improves(conn, event.sender, report),
        _ => Ok(false),
    }
}

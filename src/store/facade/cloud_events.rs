//! Events of the cloud: their ingest, the inbox in which they wait, and what rooms show because of
//! them.

use crate::domain::{Broadcast, CloudEvent, RoomNum, RoomUpdate, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::outcomes::Ingested;

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
        on_engine!(self.write(ingest::ingest(&event, now, &may_keep)))
    }

    /// Whether anything in the inbox can be settled. It is asked every second, so it is a cheap
    /// query.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn has_unsettled(&self) -> Result<bool, Error> {
        on_engine!(self.read(settle::has_unsettled()))
    }

    /// Whether [`settle`](Self::settle) has more to do.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn has_due(&self) -> Result<bool, Error> {
        on_engine!(self.read(settle::has_due()))
    }

    /// Attaches imported rooms, and tries events that are due, a piece of both. Returns the updates for
    /// open rooms.
    ///
    /// # Errors
    /// If it cannot be committed; the next call does it then.
    pub async fn settle(&self, now: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
        on_engine!(self.write(settle::settle(now)))
    }

    /// Records the outcome of dismissals: of those that hosts refuted, at most
    /// [`PIECE`](crate::store::PIECE) of them, and of those whose live has ended.
    ///
    /// # Errors
    /// If it cannot be committed; then nothing is recorded.
    pub async fn settle_dismissals(&self, refuted: Vec<i64>) -> Result<(), Error> {
        on_engine!(self.write(dismissals::settle(&refuted)))
    }

    /// Pending dismissals received by `until`, as updates to be sent to their rooms again: after a
    /// restart, or because a room did not get them.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn pending_dismissals(&self, until: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
        on_engine!(self.read(dismissals::pending(until)))
    }

    /// The broadcast of a room: what it shows of its streams.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn broadcast(&self, number: RoomNum) -> Result<Broadcast, Error> {
        on_engine!(self.read(broadcasts::of_room(number)))
    }

    /// The broadcast of every open room that the cloud has reported anything about. Blocks; for the
    /// start.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn broadcasts(&self) -> Result<Vec<(RoomNum, Broadcast)>, Error> {
        on_engine_now!(self.read_now(broadcasts::of_open_rooms()))
    }
}

//! Push: reading the feeds of rooms.

use std::sync::Arc;

use super::context::Service;
use super::guests::{Viewer, Watcher};
use crate::domain::{Position, RoomNum, Seat};
use crate::error::Error;
use crate::rooms::{FeedReader, Snapshot, Summary};

impl Service {
    /// A reader of a room's feed who has seen everything up to `since`, or nothing.
    ///
    /// # Errors
    /// [`NoSuchRoom`](crate::domain::Refusal::NoSuchRoom); [`Error::Busy`] if the queue of the room is
    /// full.
    pub async fn subscribe(
        &self,
        number: RoomNum,
        since: Option<Position>,
    ) -> Result<FeedReader, Error> {
        self.rooms.subscribe(number, since).await
    }

    /// The members and figures of a room, with which a reader begins.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub async fn snapshot(&self, number: RoomNum) -> Result<Arc<Snapshot>, Error> {
        self.rooms.snapshot(number).await
    }

    /// An open room, as others see it without asking it.
    pub fn look_up(&self, number: RoomNum) -> Option<Arc<Summary>> {
        self.rooms.find(number)
    }

    /// The seat of the caller. It is vacated when their membership ends.
    pub fn seat(&self, caller: &impl Viewer) -> Option<Arc<Seat>> {
        self.rooms.seat_of(caller.uid())
    }

    /// Whether the caller is in no room because they left it on purpose.
    pub fn has_left(&self, caller: &impl Viewer) -> bool {
        self.rooms.has_left(caller.uid())
    }

    /// Somebody goes on: whether their token is still valid. This counts as a use of a user's token.
    ///
    /// # Errors
    /// As [`watcher`](Self::watcher).
    pub async fn watcher_again(&self, watcher: &Watcher) -> Result<(), Error> {
        match watcher {
            Watcher::User(caller) => self.sessions.caller_again(caller).await,
            Watcher::Guest(guest) => Ok(guest.still(self.clock.unix())?),
        }
    }
}

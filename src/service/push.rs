//! Push: who may read the feed of a room, open or just ended, and their own stream.

use std::sync::Arc;

use super::context::Service;
use super::guests::{Viewer, Watcher};
use crate::domain::{OwnPosition, Position, Refusal, RoomNum, Seat};
use crate::error::Error;
use crate::own_streams::OwnReader;
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

    /// Where the caller reads a room: as a member of an open one, who has a seat, or of one that ended
    /// lately and had them until then.
    ///
    /// # Errors
    /// [`Refusal::NotMember`], [`Refusal::NoSuchRoom`].
    pub fn readable(
        &self,
        caller: &impl Viewer,
        number: RoomNum,
    ) -> Result<(Arc<Summary>, Option<Arc<Seat>>), Refusal> {
        let seat = self.seat(caller).filter(|seat| seat.room() == number);
        if let Some(summary) = self.look_up(number) {
            let seat = seat.ok_or(Refusal::NotMember)?;
            return Ok((summary, Some(seat)));
        }
        let summary = self.rooms.ended_lately(number);
        let summary = summary.ok_or(Refusal::NoSuchRoom)?;
        let was_member = seat.is_some() || summary.had_at_end(caller.uid());
        was_member
            .then_some((summary, None))
            .ok_or(Refusal::NoSuchRoom)
    }

    /// The caller wants a ticket that lets them read.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`].
    pub fn may_take_ticket(&self, caller: &impl Viewer) -> Result<(), Refusal> {
        self.budgets.tickets.spend(caller.uid())
    }

    /// Whether there is a room that somebody may read.
    pub fn has_readable(&self, number: RoomNum) -> bool {
        self.look_up(number).is_some() || self.rooms.ended_lately(number).is_some()
    }

    /// The caller listens to their own stream, and knows everything up to `since`, or nothing.
    pub fn listen(&self, caller: &impl Viewer, since: Option<OwnPosition>) -> OwnReader {
        self.own_streams.read(caller.uid(), since)
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

    /// Whether it is known that somebody's token is not valid any more. This counts as a use of it.
    pub async fn is_signed_out(&self, watcher: &Watcher) -> bool {
        matches!(self.watcher_again(watcher).await, Err(Error::Refused(_)))
    }
}

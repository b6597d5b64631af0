//! Reading the feed of a room.

use std::sync::Arc;

use super::feed::{FeedReader, Snapshot};
use super::handle::RoomsHandle;
use super::questions::TakeSnapshot;
use super::summary::Summary;
use crate::domain::{Position, Refusal, RoomNum};
use crate::error::{Error, Queue};

/// How often a feed that nobody read for a long time is opened: it may be forgotten again before the reader
/// is counted.
const TRIES: u32 = 3;

impl RoomsHandle {
    /// The live of a room that ended lately, for as long as it can still be read to its end.
    pub fn ended_lately(&self, number: RoomNum) -> Option<Arc<Summary>> {
        self.registry.ended_lately(number)
    }

    /// A reader of a room's feed who has seen everything up to `since`, or nothing.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not open and did not end lately; [`Error::Busy`] if it is
    /// busy.
    pub async fn subscribe(
        &self,
        number: RoomNum,
        since: Option<Position>,
    ) -> Result<FeedReader, Error> {
        for _ in 0..TRIES {
            let open = self.registry.room(number);
            let open = open.map(|room| Arc::clone(&room.summary));
            let summary = open.or_else(|| self.ended_lately(number));
            let summary = summary.ok_or(Refusal::NoSuchRoom)?;
            let reader = FeedReader::new(&summary.feed, since);
            match reader {
                Some(reader) => return Ok(reader),
                None => drop(self.snapshot(number).await?),
            }
        }
        Err(Error::Busy(Queue::Room))
    }

    /// The room as readers begin with it. However many ask at once, the room is asked once for each frame.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub async fn snapshot(&self, number: RoomNum) -> Result<Arc<Snapshot>, Error> {
        let room = self.registry.room(number).ok_or(Refusal::NoSuchRoom)?;
        let feed = Arc::clone(&room.summary.feed);
        drop(room);
        if let Some(snapshot) = feed.snapshot() {
            return Ok(snapshot);
        }
        let asking = feed.asking();
        let _turn = match &asking {
            Some(asking) => Some(asking.lock().await),
            None => None,
        };
        match feed.snapshot() {
            Some(snapshot) => Ok(snapshot),
            None => self.ask(number, TakeSnapshot).await,
        }
    }

    /// Forgets what feeds keep for readers who did not come back.
    pub fn forget_feeds(&self) {
        let now = self.clock.now();
        let forget = |summary: &Summary| summary.feed.forget(&self.feed_rules, now);
        self.registry.for_each(forget);
        self.registry.forget_ended();
    }

    /// How many times as long as usual the ticks of feeds are, because the budget of deliveries is spent.
    pub fn tick_stretch(&self) -> u32 {
        self.pace.stretch()
    }
}

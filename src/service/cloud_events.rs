//! Events of the video cloud: each is recorded together with its effect, then the rooms are
//! notified.

use std::sync::Arc;
use std::time::Duration;

use super::commit::finish;
use super::context::Service;
use crate::domain::{CloudEvent, RoomUpdate};
use crate::error::{Error, Queue};
use crate::store::Ingested;

/// How long an event waits for its turn. The cloud's services give up after 2 to 20 seconds.
const TURN_TIMEOUT: Duration = Duration::from_secs(4);

/// How often a busy room is notified again, and the pause before each try.
const TELLING_TRIES: u32 = 60;
const TELLING_PAUSE: Duration = Duration::from_secs(1);

/// The outcome of an event that was recorded before, in the metrics.
pub const REPEATED: &str = "repeated";

impl Service {
    /// Records an event of the cloud together with its effect, then notifies the rooms. `may_keep`
    /// gets whether the event has an effect here; if it returns false, the event is not recorded.
    /// An event that was recorded before changes nothing.
    ///
    /// # Errors
    /// [`Error::Busy`] or [`Error::Fault`] if the event is not recorded; the cloud has to send it
    /// again.
    pub async fn ingest(
        self: &Arc<Self>,
        event: CloudEvent,
        may_keep: impl Fn(bool) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        let this = Arc::clone(self);
        finish(async move {
            let turn = tokio::time::timeout(TURN_TIMEOUT, this.ingest_places.acquire()).await;
            let _turn = turn.map_err(|_| Error::Busy(Queue::Callbacks))?;
            let (sender, name) = (event.sender.as_str(), event.name.clone());
            let now = this.clock.unix();
            match this.store.ingest(event.arrived(now), now, may_keep).await? {
                Ingested::New(state, update) => {
                    this.metrics.callback_taken(sender, state.as_str());
                    tracing::debug!(
                        sender,
                        event = name,
                        state = state.as_str(),
                        "callback kept"
                    );
                    if let Some(update) = update {
                        this.tell_rooms(update).await;
                    }
                }
                Ingested::Repeated => {
                    this.metrics.callback_taken(sender, REPEATED);
                    tracing::debug!(sender, event = name, "callback repeated");
                }
            }
            Ok(())
        })
        .await
    }

    /// Notifies the rooms of a committed update. If a room is too busy to learn that it was
    /// dismissed, it is notified again for about a minute.
    pub(super) async fn tell_rooms(&self, update: RoomUpdate) {
        if let RoomUpdate::Dismissed {
            live,
            number,
            again: false,
            ..
        } = &update
        {
            tracing::info!(room = %number, live = %live, "dismissed in the cloud: the live ends unless its host gives a sign of life");
        }
        if self.rooms.tell(update.clone()).await.is_ok() {
            return;
        }
        let rooms = self.rooms.clone();
        actix::spawn(async move {
            for _ in 0..TELLING_TRIES {
                tokio::time::sleep(TELLING_PAUSE).await;
                if rooms.tell(update.clone()).await.is_ok() {
                    return;
                }
            }
            tracing::error!(
                room = %update.room(),
                "a room was too busy for a minute to take in what the cloud reported: it is on record, and the room is told again later"
            );
        });
    }
}

//! How many clients are told by push, and how it stops.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::watch;

use super::bye::Bye;
use super::ticket::Tickets;
use crate::metrics::PushMetrics;

/// Waits between two looks at whether all are gone, and how often.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 100;

/// A budget of so many a second, and so many at once.
pub(super) fn budget(per_s: NonZeroU32, at_once: NonZeroU32) -> DefaultDirectRateLimiter {
    RateLimiter::direct(Quota::per_second(per_s).allow_burst(at_once))
}

/// A number below that one, so that what many clients do at once spreads.
pub(super) fn at_random(below: u32) -> u32 {
    let mut bytes = [0; 4];
    // Without random bytes it does not spread, which is no fault.
    let _ = getrandom::fill(&mut bytes);
    u32::from_le_bytes(bytes) % below
}

/// The limits of push.
#[derive(Clone, Copy, Debug)]
pub struct PushLimits {
    /// WebSockets at once.
    pub sockets: usize,
    /// SSE streams and long polls at once.
    pub streams: usize,
    /// WebSockets that may be opened in a second; further ones wait.
    pub opens_per_s: NonZeroU32,
    /// How long a client may take nothing.
    pub stall: Duration,
}

/// What all subscriptions share.
pub struct Push {
    pub(super) stall: Duration,
    pub(super) tickets: Tickets,
    pub(super) metrics: PushMetrics,
    opens: DefaultDirectRateLimiter,
    sockets: Places,
    streams: Places,
    stopping: watch::Sender<bool>,
}

/// Places, of which so many are taken.
#[derive(Debug)]
struct Places {
    most: usize,
    taken: Arc<AtomicUsize>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Places {
    fn new(most: usize) -> Self {
        let taken = Arc::default();
        Self { most, taken }
    }

    fn take(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.taken));
        (self.taken.fetch_add(1, Ordering::Relaxed) < self.most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Push {
    /// Push with these limits.
    pub fn new(limits: PushLimits, metrics: PushMetrics) -> Self {
        metrics.show(Bye::ALL.map(Bye::code));
        Self {
            stall: limits.stall,
            tickets: Tickets::default(),
            metrics,
            opens: budget(limits.opens_per_s, limits.opens_per_s),
            sockets: Places::new(limits.sockets),
            streams: Places::new(limits.streams),
            stopping: watch::Sender::new(false),
        }
    }

    /// Ends every subscription, and returns when all clients know, or after two seconds.
    pub async fn stop(&self) {
        self.stopping.send_replace(true);
        for _ in 0..LOOKS {
            let open = |places: &Places| places.taken.load(Ordering::Relaxed) > 0;
            if !open(&self.sockets) && !open(&self.streams) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A place for a WebSocket, when its turn has come. `None` if there is none.
    pub(super) async fn socket(&self) -> Option<Place> {
        let place = self.sockets.take()?;
        self.opens.until_ready().await;
        Some(place)
    }

    /// A place for an SSE stream or a long poll. `None` if there is none.
    pub(super) fn stream(&self) -> Option<Place> {
        self.streams.take()
    }

    /// Says when the server stops.
    pub(super) fn stopping(&self) -> Stopping {
        Stopping(self.stopping.subscribe())
    }
}

/// Whether the server stops.
#[derive(Debug)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Returns when the server stops.
    pub(super) async fn begins(&mut self) {
        // Without a sender there is no server any more.
        let _ = self.0.wait_for(|stops| *stops).await;
    }

    /// Whether it has begun to stop.
    pub(super) fn has_begun(&self) -> bool {
        *self.0.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_holder_goes() {
        let places = Places::new(2);
        let first = places.take();
        let second = places.take();
        assert!(first.is_some() && second.is_some());
        assert!(places.take().is_none());
        drop(first);
        assert!(places.take().is_some());
    }
}

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

/// A stop tells one part of the clients after the other: so many parts, and so many clients in a second, but
/// no longer than that in all. Together with the time that each client waits before it comes back, another
/// server is not overrun.
const PARTS: u32 = 50;
const TOLD_PER_S: u32 = 1000;
const LONGEST_TELLING: Duration = Duration::from_secs(5);

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
    /// WebSockets that may be opened in a second. As many more wait for their turn.
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
    /// Those who wait for their turn to open one.
    opening: Places,
    sockets: Places,
    streams: Places,
    /// To how many parts of the clients the server has said that it stops.
    stopping: watch::Sender<u32>,
}

/// Places, of which so many are taken.
#[derive(Debug)]
struct Places {
    most: AtomicUsize,
    taken: Arc<AtomicUsize>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Places {
    fn new(most: usize) -> Self {
        Self {
            most: AtomicUsize::new(most),
            taken: Arc::default(),
        }
    }

    fn take(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.taken));
        (self.taken.fetch_add(1, Ordering::Relaxed) < self.most.load(Ordering::Relaxed))
            .then_some(place)
    }

    fn count(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
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
            opening: Places::new(usize::try_from(limits.opens_per_s.get()).unwrap_or(usize::MAX)),
            sockets: Places::new(limits.sockets),
            streams: Places::new(limits.streams),
            stopping: watch::Sender::new(0),
        }
    }

    /// How many WebSockets may be open at once.
    pub fn max_sockets(&self) -> usize {
        self.sockets.most.load(Ordering::Relaxed)
    }

    /// The system does not allow more WebSockets than that.
    pub fn limit_sockets(&self, most: usize) {
        self.sockets.most.fetch_min(most, Ordering::Relaxed);
    }

    /// Ends every subscription, and returns when all clients know, or after seven seconds.
    pub async fn stop(&self) {
        let open = self.sockets.count() + self.streams.count();
        let open = u32::try_from(open).unwrap_or(u32::MAX);
        let telling = (Duration::from_secs(1) / TOLD_PER_S).saturating_mul(open);
        let pause = telling.min(LONGEST_TELLING) / PARTS;
        for parts in 1..=PARTS {
            self.stopping.send_replace(parts);
            tokio::time::sleep(pause).await;
        }
        for _ in 0..LOOKS {
            if self.sockets.count() + self.streams.count() == 0 {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A place for a WebSocket, when its turn has come. `None` if there is none, or if too many wait for their
    /// turn: who would wait longer than a second may as well come back.
    pub(super) async fn socket(&self) -> Option<Place> {
        let place = self.sockets.take()?;
        let _turn = self.opening.take()?;
        self.opens.until_ready().await;
        Some(place)
    }

    /// A place for an SSE stream or a long poll. `None` if there is none.
    pub(super) fn stream(&self) -> Option<Place> {
        self.streams.take()
    }

    /// Says to a client when the server stops.
    pub(super) fn stopping(&self) -> Stopping {
        Stopping {
            told: self.stopping.subscribe(),
            part: at_random(PARTS),
        }
    }
}

/// Whether the server stops, for one client.
#[derive(Debug)]
pub(super) struct Stopping {
    told: watch::Receiver<u32>,
    /// The part of the clients to which this one belongs.
    part: u32,
}

impl Stopping {
    /// Returns when the server stops, and it is the client's turn to know.
    pub(super) async fn begins(&mut self) {
        let part = self.part;
        // Without a sender there is no server any more.
        let _ = self.told.wait_for(|told| *told > part).await;
    }

    /// Whether it has begun to stop, and the client is to know.
    pub(super) fn has_begun(&self) -> bool {
        *self.told.borrow() > self.part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::domain::UnixTime;
    use crate::metrics::Metrics;

    fn push(sockets: usize, opens_per_s: u32) -> Push {
        let limits = PushLimits {
            sockets,
            streams: 0,
            opens_per_s: NonZeroU32::new(opens_per_s).expect("some"),
            stall: Duration::from_secs(20),
        };
        Push::new(limits, Metrics::default().push())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_tells_a_thousand_clients_a_second() {
        let (push, clock) = (push(3000, 3000), Clock::starting_at(UnixTime::from_secs(0)));
        let tell = |_| {
            let (place, mut stopping) = (push.sockets.take(), push.stopping());
            tokio::spawn(async move {
                stopping.begins().await;
                drop(place);
                clock.now().as_millis()
            })
        };
        let clients: Vec<_> = (0..3000).map(tell).collect();
        let began = clock.now().as_millis();
        push.stop().await;
        let mut in_first_second = 0;
        for client in clients {
            let told = client.await.expect("told") - began;
            assert!(told <= 3_100, "{told}");
            in_first_second += u32::from(told < 1000);
        }
        assert!((700..1300).contains(&in_first_second), "{in_first_second}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_for_longer_than_a_second_is_refused_and_keeps_no_place() {
        let push = push(1000, 10);
        // Ten at once, and ten who wait.
        let all: Vec<_> = (0..50).map(|_| push.socket()).collect();
        let got = futures_util::future::join_all(all).await;
        let places = got.iter().flatten().count();
        assert_eq!(places, 20);
        assert_eq!(push.sockets.count(), places);
    }

    #[test]
    fn the_system_may_allow_fewer_sockets_and_never_more() {
        let push = push(10, 10);
        push.limit_sockets(20);
        assert_eq!(push.max_sockets(), 10);
        push.limit_sockets(1);
        let place = push.sockets.take();
        assert!(place.is_some());
        assert!(push.sockets.take().is_none());
    }

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

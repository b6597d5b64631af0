//! The feed of a room's events: where its count stands. Everybody may read it; only the room's actor
//! writes it, before it answers, so that an answer is never newer than the feed.

use std::sync::{Mutex, PoisonError};

use crate::domain::{Incarnation, LiveId, Position};

/// The count of one live's events. It stays when the room's actor crashes and another one goes on.
#[derive(Debug)]
pub(super) struct Feed {
    live: LiveId,
    count: Mutex<Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    epoch: u64,
    seq: u64,
}

impl Feed {
    /// The feed of a live that nobody keeps yet.
    pub(super) fn new(live: LiveId) -> Self {
        let count = Mutex::default();
        Self { live, count }
    }

    /// A new actor counts from the beginning. `unix_ms` is the time now.
    pub(super) fn begin(&self, unix_ms: i64) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let now = u64::try_from(unix_ms).unwrap_or(0);
        // The machine's clock may have been put back since the last count began.
        count.epoch = now.max(count.epoch + 1);
        count.seq = 0;
    }

    /// The latest event has that number.
    pub(super) fn reach(&self, seq: u64) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.seq = seq;
    }

    /// The position behind the latest event.
    pub(super) fn position(&self) -> Position {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        Position {
            incarnation: Incarnation {
                live: self.live,
                epoch: count.epoch,
            },
            seq: count.seq,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_has_an_incarnation_of_its_own_even_if_the_clock_stands_still_or_goes_back() {
        let feed = Feed::new(LiveId::new(7));
        let mut seen = Vec::new();
        for now in [1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000] {
            feed.begin(now);
            assert_eq!(feed.position().seq, 0);
            feed.reach(5);
            assert_eq!(feed.position().seq, 5);
            seen.push(feed.position().incarnation.epoch);
        }
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    }
}

//! How often readers are told. The more there are, the longer a room collects its events: what all rooms
//! together deliver in a second has a budget.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::Moment;

/// The shortest tick.
const SHORTEST: Duration = Duration::from_millis(100);

/// How far ticks stretch at the most when the budget of all rooms is spent.
const STRETCH: u32 = 64;

/// The pace of all rooms of a server.
#[derive(Debug)]
pub(in crate::rooms) struct Pace {
    /// The deliveries of one second that the server is meant for.
    per_s: u64,
    /// The second that is being counted, and its deliveries so far.
    second: AtomicU64,
    spent: AtomicU64,
    stretch: AtomicU32,
}

impl Pace {
    /// A budget of so many deliveries a second.
    pub(in crate::rooms) fn new(per_s: u64) -> Self {
        Self {
            per_s: per_s.max(1),
            second: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            stretch: AtomicU32::new(1),
        }
    }

    /// How long a room with so many readers collects events.
    pub(super) fn tick(&self, readers: usize) -> Duration {
        let readers = u64::try_from(readers).unwrap_or(u64::MAX);
        let alone = Duration::from_millis(readers.saturating_mul(1000) / self.per_s);
        alone.max(SHORTEST) * self.stretch()
    }

    /// So many readers are told something.
    pub(super) fn spend(&self, readers: usize, now: Moment) {
        let second = now.as_millis() / 1000;
        if self.second.swap(second, Ordering::Relaxed) != second {
            let spent = self.spent.swap(0, Ordering::Relaxed);
            let stretch = self.stretch();
            let next = if spent > self.per_s {
                stretch.saturating_mul(2).min(STRETCH)
            } else if spent < self.per_s / 2 {
                (stretch / 2).max(1)
            } else {
                stretch
            };
            self.stretch.store(next, Ordering::Relaxed);
        }
        let readers = u64::try_from(readers).unwrap_or(u64::MAX);
        self.spent.fetch_add(readers, Ordering::Relaxed);
    }

    /// How many times as long as usual ticks are.
    pub(in crate::rooms) fn stretch(&self) -> u32 {
        self.stretch.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: u64) -> Moment {
        Moment::from_millis(second * 1000)
    }

    #[test]
    fn a_tick_is_a_tenth_of_a_second_and_longer_for_a_crowd() {
        let pace = Pace::new(50_000);
        for (readers, millis) in [(0, 100), (5_000, 100), (10_000, 200), (100_000, 2_000)] {
            assert_eq!(pace.tick(readers), Duration::from_millis(millis));
        }
    }

    #[test]
    fn ticks_double_while_the_budget_of_all_rooms_is_spent_and_shrink_afterwards() {
        let pace = Pace::new(1000);
        let mut stretches = Vec::new();
        for now in 1..=5 {
            pace.spend(1001, second(now));
            stretches.push(pace.stretch());
        }
        for now in 6..=10 {
            pace.spend(10, second(now));
            stretches.push(pace.stretch());
        }
        assert_eq!(stretches, [1, 2, 4, 8, 16, 32, 16, 8, 4, 2]);
        assert_eq!(pace.tick(10), Duration::from_millis(200));
    }
}

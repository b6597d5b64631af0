//! How often readers are told. The more there are, the longer a room collects its events: what all rooms
//! together deliver in a second has a budget.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::Moment;

/// The shortest tick.
const SHORTEST: Duration = Duration::from_millis(50);

/// How far ticks stretch at the most when the budget of all rooms is spent.
const STRETCH: u32 = 64;

/// The pace of all rooms of a server.
#[derive(Debug)]
pub(in crate::rooms) struct Pace {
    /// The deliveries of one second that the server is meant for.
    per_s: u64,
    /// When counting began anew, in milliseconds, and the deliveries since then.
    since: AtomicU64,
    spent: AtomicU64,
    /// The longest tick of a room alone since then, in milliseconds. It is paid for by all that time, so
    /// counting goes on at least as long.
    longest: AtomicU64,
    stretch: AtomicU32,
}

impl Pace {
    /// A budget of so many deliveries a second.
    pub(in crate::rooms) fn new(per_s: u64) -> Self {
        Self {
            per_s: per_s.max(1),
            since: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            longest: AtomicU64::new(0),
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
        let (now, since) = (now.as_millis(), self.since.load(Ordering::Relaxed));
        let millis = now.saturating_sub(since);
        let readers = u64::try_from(readers).unwrap_or(u64::MAX);
        let tick = readers.saturating_mul(1000) / self.per_s;
        let longest = self.longest.fetch_max(tick, Ordering::Relaxed).max(tick);
        if millis >= longest.max(1000) && self.begin(since, now) {
            self.longest.store(tick, Ordering::Relaxed);
            let spent = self.spent.swap(0, Ordering::Relaxed);
            let per_s = spent.saturating_mul(1000) / millis;
            let stretch = self.stretch();
            // A quarter more is borne, so that a small room beside one that takes it all changes nothing.
            let next = if per_s > self.per_s + self.per_s / 4 {
                stretch.saturating_mul(2).min(STRETCH)
            } else if per_s < self.per_s / 2 {
                (stretch >> (millis / 1000).min(31)).max(1)
            } else {
                stretch
            };
            self.stretch.store(next, Ordering::Relaxed);
        }
        self.spent.fetch_add(readers, Ordering::Relaxed);
    }

    /// Begins to count anew, unless another room just did.
    fn begin(&self, since: u64, now: u64) -> bool {
        let order = Ordering::Relaxed;
        let begun = self.since.compare_exchange(since, now, order, order);
        begun.is_ok()
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
    fn a_tick_is_a_twentieth_of_a_second_and_longer_for_a_crowd() {
        let pace = Pace::new(50_000);
        for (readers, millis) in [(0, 50), (2_500, 50), (10_000, 200), (100_000, 2_000)] {
            assert_eq!(pace.tick(readers), Duration::from_millis(millis));
        }
    }

    #[test]
    fn ticks_double_while_the_budget_of_all_rooms_is_spent_and_shrink_afterwards() {
        let pace = Pace::new(1000);
        let mut stretches = Vec::new();
        for now in 1..=5 {
            for _ in 0..13 {
                pace.spend(100, second(now));
            }
            stretches.push(pace.stretch());
        }
        for now in 6..=10 {
            pace.spend(10, second(now));
            stretches.push(pace.stretch());
        }
        assert_eq!(stretches, [1, 2, 4, 8, 16, 32, 16, 8, 4, 2]);
        assert_eq!(pace.tick(10), Duration::from_millis(100));
        pace.spend(10, second(100));
        assert_eq!(pace.stretch(), 1, "after a pause");
    }

    #[test]
    fn a_room_with_more_readers_than_the_budget_of_a_second_is_told_at_its_pace_and_so_is_one_beside_it()
     {
        for (large, small) in [(3_500, 0), (3_500, 10), (60_000, 1)] {
            let pace = Pace::new(1000);
            let mut due = [second(1), second(1)];
            for _ in 0..10_000 {
                let nth = usize::from(due[1] < due[0]);
                let (readers, now) = ([large, small][nth], due[nth]);
                pace.spend(readers, now);
                assert_eq!(pace.stretch(), 1, "{large} and {small} at {now:?}");
                // The small room is not always on the move.
                let pause = if nth == 1 {
                    Duration::from_millis(900)
                } else {
                    Duration::ZERO
                };
                due[nth] = now + pace.tick(readers) + pause;
            }
        }
    }
}

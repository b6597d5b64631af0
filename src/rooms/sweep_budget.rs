//! The sweep budget: rooms on one thread share its time, so that a mass of silent members delays
//! nobody else.
//!
//! It is cheap to take one member out, but a network that fails makes a million of them due at
//! once. A thread checks a limited number in one millisecond, and a room that has more to check
//! asks again later. Messages are handled in between.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::Moment;

/// Members that a room checks in one turn at most, and that all rooms of a thread check in one
/// millisecond.
pub(super) const SHARE: usize = 256;

/// Roughly the number of rooms that get a turn in one millisecond. The waiting rooms are spread
/// over time by it.
const ROOMS: u64 = 4;

/// The sweep budget of one thread.
#[derive(Debug, Default)]
pub(super) struct SweepBudget(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The time up to which the budget is used, in units of 1 / [`SHARE`] millisecond.
    taken: u64,
    /// The number of rooms that wait.
    waiting: u64,
}

/// The mark of a room that waits for its turn. The room waits no more once it is dropped.
#[derive(Debug)]
pub(super) struct Waiting(Arc<SweepBudget>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.with(|state| state.waiting -= 1);
    }
}

impl SweepBudget {
    /// `Ok` if the room may sweep now; else the moment at which it has to ask again.
    pub(super) fn ask(self: &Arc<Self>, now: Moment) -> Result<(), (Moment, Waiting)> {
        self.with(|state| {
            let later = state.taken.saturating_sub(parts(now)) / SHARE as u64;
            if later == 0 {
                return Ok(());
            }
            let later = Duration::from_millis(later + state.waiting / ROOMS);
            state.waiting += 1;
            Err((now + later, Waiting(Arc::clone(self))))
        })
    }

    /// Records the number of members that a room checked.
    pub(super) fn spent(&self, checks: usize, now: Moment) {
        self.with(|state| state.taken = state.taken.max(parts(now)) + checks as u64);
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn parts(now: Moment) -> u64 {
    now.as_millis() * SHARE as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BinaryHeap;

    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::from_millis(millis)
    }

    #[test]
    fn rooms_with_little_to_do_have_their_turn_at_once() {
        let sweep_budget = Arc::new(SweepBudget::default());
        for _ in 0..SHARE {
            sweep_budget.ask(at(5)).expect("a turn");
            sweep_budget.spent(1, at(5));
        }
        let (again, _waiting) = sweep_budget
            .ask(at(5))
            .expect_err("the millisecond is over");
        assert_eq!(again, at(6));
    }

    #[test]
    fn a_room_that_went_while_it_waited_waits_no_more() {
        let sweep_budget = Arc::new(SweepBudget::default());
        sweep_budget.spent(SHARE, at(0));
        let waiting: Vec<_> = (0..100).map(|_| sweep_budget.ask(at(0))).collect();
        let (last, _) = sweep_budget.ask(at(0)).expect_err("not yet");
        assert_eq!(last, at(1 + 100 / ROOMS));
        drop(waiting);
        let (next, _) = sweep_budget.ask(at(0)).expect_err("not yet");
        assert_eq!(next, at(1));
    }

    #[test]
    fn half_a_million_members_who_are_due_at_once_have_gone_two_seconds_later() {
        let sweep_budget = Arc::new(SweepBudget::default());
        let mut rooms: BinaryHeap<_> = (0..5000).map(|room| std::cmp::Reverse((0, room))).collect();
        let mut waiting: Vec<Option<Waiting>> = (0..5000).map(|_| None).collect();
        let (mut last, mut asked) = (0, 0);
        while let Some(std::cmp::Reverse((now, room))) = rooms.pop() {
            asked += 1;
            waiting[room] = None;
            match sweep_budget.ask(at(now)) {
                Ok(()) => sweep_budget.spent(100, at(now)),
                Err((again, ticket)) => {
                    waiting[room] = Some(ticket);
                    rooms.push(std::cmp::Reverse((again.as_millis(), room)));
                }
            }
            last = now;
        }
        let fastest = 5000 * 100 / SHARE as u64;
        assert!((fastest..fastest + 500).contains(&last), "{last}");
        assert!(asked < 5000 * 6, "{asked}");
    }
}

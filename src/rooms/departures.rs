//! Remembers the users who left on purpose, so that a late beat does not bring them back.
//!
//! A user has at most one entry, however often they come and go. The entry says when they left, or
//! that they came back since. It is removed about a day later, or earlier when there are too many.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use crate::domain::{Moment, Uid};

/// How long a departure is remembered: longer than any client goes on beating.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);

/// The most entries. Beyond that the oldest one is removed, and a late beat may bring its user
/// back.
const MOST: usize = 1_000_000;

/// Old entries that are checked for each new one: few, so that no caller has to remove thousands.
const AT_ONCE: usize = 4;

/// The users who left on purpose.
#[derive(Default)]
pub(super) struct Departures {
    /// When each user left; `None` if they were seated again since.
    left: DashMap<Uid, Option<Moment>>,
    /// Each entry once, in the order in which entries are checked, with the moment it had when it
    /// was queued.
    order: Mutex<VecDeque<(Moment, Uid)>>,
}

/// The locked entry of a user: nobody else can seat that user, or record a departure of theirs.
pub(super) struct Held<'d>(Entry<'d, Uid, Option<Moment>>);

impl Held<'_> {
    /// Whether the user left on purpose.
    pub(super) fn has_left(&self) -> bool {
        match &self.0 {
            Entry::Occupied(known) => known.get().is_some(),
            Entry::Vacant(_) => false,
        }
    }

    /// The user is seated again.
    pub(super) fn come_back(self) {
        if let Entry::Occupied(mut known) = self.0 {
            known.insert(None);
        }
    }
}

impl Departures {
    /// Whether a user left on purpose.
    pub(super) fn has_left(&self, uid: &Uid) -> bool {
        self.left.get(uid).is_some_and(|left| left.is_some())
    }

    /// Locks a user's entry. A room that seats the user holds it meanwhile.
    pub(super) fn hold(&self, uid: &Uid) -> Held<'_> {
        Held(self.left.entry(uid.clone()))
    }

    /// Remembers that a user left, unless they are seated. `is_seated` is called while the entry is
    /// locked.
    pub(super) fn remember(&self, uid: &Uid, now: Moment, is_seated: impl FnOnce() -> bool) {
        match self.left.entry(uid.clone()) {
            Entry::Occupied(mut known) => {
                if !is_seated() {
                    known.insert(Some(now));
                }
            }
            Entry::Vacant(free) => {
                if !is_seated() {
                    free.insert(Some(now));
                    self.enqueue(uid, now);
                }
            }
        }
    }

    fn enqueue(&self, uid: &Uid, now: Moment) {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.push_back((now, uid.clone()));
        let mut due = Vec::new();
        while due.len() < AT_ONCE
            && let Some((at, _)) = order.front()
            && (*at + MEMORY <= now || order.len() > MOST)
        {
            let is_one_too_many = order.len() > MOST;
            due.extend(order.pop_front().map(|(_, uid)| (uid, is_one_too_many)));
        }
        drop(order);
        for (uid, is_one_too_many) in due {
            self.check(&uid, now, is_one_too_many);
        }
    }

    /// Removes an entry. If the user has left again since it was queued, it is queued again
    /// instead, unless there are too many.
    fn check(&self, uid: &Uid, now: Moment, is_one_too_many: bool) {
        let Entry::Occupied(known) = self.left.entry(uid.clone()) else {
            return;
        };
        match *known.get() {
            Some(at) if at + MEMORY > now && !is_one_too_many => {
                let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
                order.push_back((at, uid.clone()));
            }
            _ => {
                known.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(number: usize) -> Uid {
        Uid::parse(&format!("u{number}")).expect("valid")
    }

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(1000 * seconds)
    }

    fn entries(departures: &Departures) -> usize {
        let order = departures.order.lock().expect("whole").len();
        assert_eq!(order, departures.left.len());
        order
    }

    #[test]
    fn two_million_who_leave_are_bounded_and_the_latest_are_remembered() {
        let departures = Departures::default();
        for number in 0..2_000_000 {
            departures.remember(&uid(number), at(1), || false);
        }
        assert_eq!(entries(&departures), MOST);
        assert!(departures.has_left(&uid(1_999_999)));
        assert!(!departures.has_left(&uid(0)));
    }

    #[test]
    fn one_user_who_comes_and_goes_a_million_times_has_one_entry() {
        let departures = Departures::default();
        for time in 0..1_000_000 {
            departures.remember(&uid(1), Moment::from_millis(time), || false);
            departures.hold(&uid(1)).come_back();
        }
        assert_eq!(entries(&departures), 1);
        assert!(!departures.has_left(&uid(1)));
    }

    #[test]
    fn an_old_entry_does_not_take_a_newer_departure_with_it() {
        const HOUR: u64 = 60 * 60;
        let departures = Departures::default();
        departures.remember(&uid(1), at(0), || false);
        departures.hold(&uid(1)).come_back();
        departures.remember(&uid(1), at(23 * HOUR), || false);
        // The next user leaves a day after the first departure, and another one a day after that.
        departures.remember(&uid(2), at(25 * HOUR), || false);
        assert!(departures.has_left(&uid(1)));
        departures.remember(&uid(3), at(49 * HOUR), || false);
        assert!(!departures.has_left(&uid(1)));
        assert_eq!(entries(&departures), 1);
    }

    #[test]
    fn who_is_seated_has_not_left() {
        let departures = Departures::default();
        departures.remember(&uid(1), at(0), || true);
        assert!(!departures.has_left(&uid(1)));
        departures.remember(&uid(1), at(0), || false);
        assert!(departures.hold(&uid(1)).has_left());
    }
}

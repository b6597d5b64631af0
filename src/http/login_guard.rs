//! Failed logins are few: per id and address together, per id, per address.
//!
//! A stranger who guesses at an id spends the small budget of that id *and his address*. Only many
//! addresses together can spend the budget of the id, and even then its owner gets in from an
//! address from which he got in before.

use std::time::Duration;

use dashmap::DashMap;

use super::client::{Client, Network};
use crate::domain::{Moment, Refusal, Uid};

/// A budget of failures that fills up again with time.
#[derive(Clone, Copy)]
struct Budget {
    failures: u32,
    refill: Duration,
}

const PAIR: Budget = Budget {
    failures: 5,
    refill: Duration::from_secs(30),
};
const ID: Budget = Budget {
    failures: 50,
    refill: Duration::from_secs(5),
};
const ADDRESS: Budget = Budget {
    failures: 100,
    refill: Duration::from_secs(1),
};

/// Entries of a kind that are kept. Beyond that the ones that tell nothing are dropped, and if
/// there is none of these, all: better a guess more than memory without bound.
const ENTRIES: usize = 100_000;

/// Counts failed logins.
#[derive(Default)]
pub struct LoginGuard {
    pairs: DashMap<(Uid, Network), Spent>,
    ids: DashMap<Uid, Spent>,
    addresses: DashMap<Network, Spent>,
}

/// Who tries to log in, and from where.
#[derive(Clone)]
pub(super) struct Attempt {
    pair: (Uid, Network),
}

/// What is spent of a budget: the moment at which it will be full again says it all.
#[derive(Clone, Copy, Default)]
struct Spent {
    full_at: Option<Moment>,
    /// This pair has logged in before.
    known: bool,
}

impl Spent {
    fn is_spent(&self, budget: Budget, now: Moment) -> bool {
        self.after_one_more(budget, now) - now > budget.refill * budget.failures
    }

    fn spend(&mut self, budget: Budget, now: Moment) {
        self.full_at = Some(self.after_one_more(budget, now));
    }

    fn after_one_more(&self, budget: Budget, now: Moment) -> Moment {
        self.full_at.map_or(now, |full_at| full_at.max(now)) + budget.refill
    }

    fn tells_nothing(&self, now: Moment) -> bool {
        !self.known && self.full_at.is_none_or(|full_at| full_at <= now)
    }
}

impl LoginGuard {
    /// A login of that user from that address.
    pub(super) fn attempt(&self, uid: &Uid, client: Client) -> Attempt {
        Attempt {
            pair: (uid.clone(), client.network()),
        }
    }

    /// Whether the password may be looked at. To be asked right before that is done: many wrong
    /// ones may be waiting for their turn, each from a time when the budget was unspent.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`].
    pub(super) fn admit(&self, attempt: &Attempt, now: Moment) -> Result<(), Refusal> {
        let pair = self
            .pairs
            .get(&attempt.pair)
            .map(|spent| *spent)
            .unwrap_or_default();
        let (uid, address) = &attempt.pair;
        let id = self
            .ids
            .get(uid)
            .is_some_and(|spent| spent.is_spent(ID, now));
        let place = self
            .addresses
            .get(address)
            .is_some_and(|spent| spent.is_spent(ADDRESS, now));
        // A known pair is not held up by what strangers spend.
        if pair.is_spent(PAIR, now) || (!pair.known && (id || place)) {
            return Err(Refusal::TooManyRequests);
        }
        Ok(())
    }

    /// The password was wrong, or there is no such user.
    pub(super) fn failed(&self, attempt: &Attempt, now: Moment) {
        self.keep_small(now);
        let (uid, address) = &attempt.pair;
        self.pairs
            .entry(attempt.pair.clone())
            .or_default()
            .spend(PAIR, now);
        self.ids.entry(uid.clone()).or_default().spend(ID, now);
        self.addresses
            .entry(*address)
            .or_default()
            .spend(ADDRESS, now);
    }

    /// The password was right.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        self.pairs.insert(
            attempt.pair.clone(),
            Spent {
                full_at: None,
                known: true,
            },
        );
    }

    fn keep_small(&self, now: Moment) {
        shrink(&self.pairs, now);
        shrink(&self.ids, now);
        shrink(&self.addresses, now);
    }
}

fn shrink<K: std::hash::Hash + Eq>(map: &DashMap<K, Spent>, now: Moment) {
    if map.len() >= ENTRIES {
        map.retain(|_, spent| !spent.tells_nothing(now));
        if map.len() >= ENTRIES {
            map.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(text: &str) -> Uid {
        Uid::parse(text).expect("valid")
    }

    fn address(last: u8) -> Client {
        Client::at([192, 0, 2, last].into())
    }

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(1000 * seconds)
    }

    /// A wrong password; whether it was looked at.
    fn guess(guard: &LoginGuard, who: &str, from: Client, now: Moment) -> bool {
        let attempt = guard.attempt(&uid(who), from);
        let admitted = guard.admit(&attempt, now).is_ok();
        if admitted {
            guard.failed(&attempt, now);
        }
        admitted
    }

    #[test]
    fn five_wrong_passwords_are_enough_and_time_heals() {
        let guard = LoginGuard::default();
        for _ in 0..5 {
            assert!(guess(&guard, "anna", address(1), at(0)));
        }
        assert!(!guess(&guard, "anna", address(1), at(0)));
        assert!(guess(&guard, "anna", address(1), at(30)));
        assert!(!guess(&guard, "anna", address(1), at(30)));
    }

    #[test]
    fn a_right_password_clears_what_was_wrong_before() {
        let guard = LoginGuard::default();
        for _ in 0..4 {
            assert!(guess(&guard, "anna", address(1), at(0)));
        }
        guard.succeeded(&guard.attempt(&uid("anna"), address(1)));
        assert!(guess(&guard, "anna", address(1), at(0)));
        assert!(guess(&guard, "anna", address(1), at(0)));
    }

    #[test]
    fn a_stranger_who_guesses_does_not_lock_the_owner_out() {
        let guard = LoginGuard::default();
        while guess(&guard, "anna", address(66), at(0)) {}
        assert!(guess(&guard, "anna", address(1), at(0)));
    }

    #[test]
    fn many_strangers_do_not_lock_the_owner_out_of_a_place_he_is_known_at() {
        let guard = LoginGuard::default();
        guard.succeeded(&guard.attempt(&uid("anna"), address(1)));
        for stranger in 2..=255 {
            guess(&guard, "anna", address(stranger), at(0));
        }
        assert!(!guess(&guard, "anna", address(0), at(0)));
        assert!(guess(&guard, "anna", address(1), at(0)));
    }

    #[test]
    fn one_address_can_not_try_every_id() {
        let guard = LoginGuard::default();
        let looked_at = (0..200)
            .filter(|n| guess(&guard, &format!("u{n}"), address(1), at(0)))
            .count();
        assert_eq!(looked_at, 100);
    }

    #[test]
    fn a_refusal_spends_nothing() {
        let guard = LoginGuard::default();
        while guess(&guard, "anna", address(1), at(0)) {}
        for _ in 0..1000 {
            assert!(!guess(&guard, "anna", address(1), at(0)));
        }
        assert!(guess(&guard, "otto", address(1), at(0)));
    }
}

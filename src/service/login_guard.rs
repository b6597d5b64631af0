//! The login guard limits failed logins: for each pair of id and network, for each id, for each
//! network, and separately for ids that do not exist.
//!
//! A stranger who guesses the password of an id spends the small budget of the pair of that id and
//! their own network. Only many networks together can spend the budget of the id, and even then its
//! owner can log in from a network from which they logged in before. Ids that do not exist have a
//! budget of their own, so that guessing them locks nobody out.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::ops::compute::Op;
use moka::sync::Cache;

use super::client::{Client, Network};
use super::login_queue::{LoginQueue, LoginTurn, Pair};
use crate::domain::{Budget, Moment, Refusal, Spent, Uid};
use crate::error::Error;

/// The size of a budget of failures, and the time in which one failure is refilled.
#[derive(Clone, Copy)]
struct Limit {
    failures: u32,
    refill: Duration,
}

const PAIR: Limit = Limit {
    failures: 5,
    refill: Duration::from_secs(30),
};
const ID: Limit = Limit {
    failures: 50,
    refill: Duration::from_secs(5),
};
const NETWORK: Limit = Limit {
    failures: 100,
    refill: Duration::from_secs(1),
};
const INVENTED: Limit = Limit {
    failures: 100,
    refill: Duration::from_secs(1),
};

/// The most entries that one kind of budget keeps. When it is full, the entry that is used least is
/// forgotten. A guesser's entry is used with every guess, an entry of an invented id or network
/// only once.
const ENTRIES: u64 = 100_000;

/// The most pairs of an id and a network that are remembered as the owner's.
const KNOWN: u64 = 200_000;

/// Counts failed logins and refuses further ones.
pub struct LoginGuard {
    pairs: Spendings<Pair>,
    ids: Spendings<Uid>,
    networks: Spendings<Network>,
    invented: Spendings<Network>,
    known: Cache<Pair, ()>,
    queue: Arc<LoginQueue>,
}

/// A login: the user and the network that it comes from.
#[derive(Clone)]
pub(super) struct Attempt {
    pair: Pair,
}

impl Attempt {
    /// The network that the login comes from.
    pub(super) fn network(&self) -> &Network {
        &self.pair.1
    }
}

/// How much is spent of the budgets of one kind. Each entry is the time at which its budget will be
/// full again.
struct Spendings<K: Eq + Hash> {
    limit: Limit,
    full_at: Cache<K, Moment>,
}

impl<K: Eq + Hash + Clone + Send + Sync + 'static> Spendings<K> {
    fn new(limit: Limit) -> Self {
        Self {
            limit,
            full_at: Cache::new(ENTRIES),
        }
    }

    /// How long nothing is left of the budget; `None` if something is.
    fn wait(&self, key: &K, now: Moment) -> Option<Duration> {
        let full_at = self.full_at.get(key)?;
        self.limit.after_one_more(full_at, now).err()
    }

    /// Spends one failure. If nothing is left of the budget, returns for how long; even then this counts as
    /// a use of the entry.
    fn spend(&self, key: &K, now: Moment) -> Result<(), Duration> {
        let mut spent = Ok(());
        self.full_at.entry_by_ref(key).and_compute_with(|entry| {
            let full_at = entry.map_or(now, |entry| entry.into_value());
            let after = self.limit.after_one_more(full_at, now);
            spent = after.map(|_| ());
            after.map_or(Op::Nop, Op::Put)
        });
        spent
    }

    fn forgive(&self, key: &K) {
        self.full_at.invalidate(key);
    }
}

impl Limit {
    /// For a budget that will be full again at `full_at`: when it will be full after one more
    /// failure. If it does not allow one more, how long it does not.
    fn after_one_more(self, full_at: Moment, now: Moment) -> Result<Moment, Duration> {
        let after = full_at.max(now) + self.refill;
        match (after - now).checked_sub(self.refill * self.failures) {
            None | Some(Duration::ZERO) => Ok(after),
            Some(wait) => Err(wait),
        }
    }
}

impl Default for LoginGuard {
    fn default() -> Self {
        Self {
            pairs: Spendings::new(PAIR),
            ids: Spendings::new(ID),
            networks: Spendings::new(NETWORK),
            invented: Spendings::new(INVENTED),
            known: Cache::new(KNOWN),
            queue: Arc::default(),
        }
    }
}

impl LoginGuard {
    /// A login of this user from this client.
    pub(super) fn attempt(&self, uid: &Uid, client: Client) -> Attempt {
        Attempt {
            pair: (uid.clone(), client.network()),
        }
    }

    /// Waits until no other password is being checked for this id and network.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] at once if too many requests wait.
    pub(super) async fn turn(&self, attempt: &Attempt) -> Result<LoginTurn, Error> {
        self.queue.take(&attempt.pair).await
    }

    /// Refuses a password that may not be checked. This has to be asked immediately before the
    /// check, because many wrong passwords may have joined the queue while the budget was still
    /// full.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] if a budget is spent.
    pub(super) fn admit(&self, attempt: &Attempt, now: Moment) -> Result<(), Refusal> {
        let (uid, network) = &attempt.pair;
        let refuse = |budget, wait| {
            let spent = Spent::for_another(budget, wait);
            Err(Refusal::TooManyRequests(spent))
        };
        if let Some(wait) = self.pairs.wait(&attempt.pair, now) {
            return refuse(Budget::LoginPair, wait);
        }
        // A known pair is not refused because strangers have spent a budget.
        let is_known = || self.is_known(&attempt.pair);
        if let Some(wait) = self.ids.wait(uid, now).filter(|_| !is_known()) {
            return refuse(Budget::LoginId, wait);
        }
        if let Some(wait) = self.networks.wait(network, now).filter(|_| !is_known()) {
            return refuse(Budget::LoginNetwork, wait);
        }
        Ok(())
    }

    /// Counts a wrong password.
    pub(super) fn failed(&self, attempt: &Attempt, now: Moment) {
        let (uid, network) = &attempt.pair;
        // What is spent already stays so.
        let _ = self.pairs.spend(&attempt.pair, now);
        let _ = self.ids.spend(uid, now);
        let _ = self.networks.spend(network, now);
    }

    /// Counts a login with an id that does not exist.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] if this network has tried too many such ids.
    pub(super) fn invented(&self, attempt: &Attempt, now: Moment) -> Result<(), Refusal> {
        let spent = self.invented.spend(attempt.network(), now);
        spent.map_err(|wait| {
            Refusal::TooManyRequests(Spent::for_another(Budget::LoginInvented, wait))
        })
    }

    /// Forgets the failures of this pair: the password was right.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        self.pairs.forgive(&attempt.pair);
        self.remember(attempt.pair.clone());
    }

    /// Remembers that this user comes from this network: they registered there, or used a session
    /// to create a room or to log out. Sessions survive a restart and the guard's memory does not,
    /// so this is how it learns the networks again.
    pub(super) fn vouch(&self, uid: &Uid, client: Client) {
        self.remember((uid.clone(), client.network()));
    }

    fn remember(&self, pair: Pair) {
        if !self.is_known(&pair) {
            self.known.insert(pair, ());
        }
    }

    /// Uses `get` because `contains_key` does not count as a use: a full cache admits a new entry
    /// only if it was used more often than the entry that would be forgotten for it.
    fn is_known(&self, pair: &Pair) -> bool {
        self.known.get(pair).is_some()
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

    /// Sends a wrong password, and returns whether it was checked.
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
    fn who_is_refused_is_told_when_to_come_again() {
        let guard = LoginGuard::default();
        while guess(&guard, "anna", address(1), at(0)) {}
        let attempt = guard.attempt(&uid("anna"), address(1));
        let wait = |now| match guard.admit(&attempt, now) {
            Err(Refusal::TooManyRequests(spent)) => spent.retry_after_s,
            admitted => panic!("{admitted:?}"),
        };
        assert_eq!(wait(at(0)), 30);
        assert_eq!(wait(Moment::from_millis(28_500)), 2);
        assert_eq!(wait(Moment::from_millis(29_999)), 1);
        assert_eq!(guard.admit(&attempt, at(30)), Ok(()));
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
    fn many_strangers_do_not_lock_the_owner_out_of_a_place_they_are_known_at() {
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
    fn invented_ids_lock_nobody_out_and_are_few_themselves() {
        let guard = LoginGuard::default();
        let invent = |n| {
            let attempt = guard.attempt(&uid(&format!("invented{n}")), address(1));
            let admitted = guard.admit(&attempt, at(0)).is_ok();
            admitted && guard.invented(&attempt, at(0)).is_ok()
        };
        assert_eq!((0..1000).filter(|n| invent(*n)).count(), 100);
        let owner = guard.attempt(&uid("anna"), address(1));
        assert_eq!(guard.admit(&owner, at(0)), Ok(()));
    }

    #[test]
    fn a_user_whose_session_was_used_at_a_place_is_known_there() {
        let guard = LoginGuard::default();
        guard.vouch(&uid("anna"), address(1));
        for n in 0..200 {
            guess(&guard, &format!("u{n}"), address(1), at(0));
        }
        assert!(!guess(&guard, "otto", address(1), at(0)));
        assert!(guess(&guard, "anna", address(1), at(0)));
    }

    #[test]
    fn a_place_becomes_known_also_when_more_are_known_than_are_kept() {
        let guard = LoginGuard::default();
        let owner = guard.attempt(&uid("anna"), address(1));
        // One account is seen on more networks than the guard remembers, while the owner logs in
        // now and then.
        for n in 0..2 * u32::try_from(KNOWN).expect("small") {
            let [_, a, b, c] = n.to_be_bytes();
            guard.vouch(&uid("otto"), Client::at([10, a, b, c].into()));
            if n % 1000 == 0 {
                guard.succeeded(&owner);
            }
        }
        let newcomer = guard.attempt(&uid("emma"), address(1));
        for _ in 0..3 {
            guard.succeeded(&newcomer);
        }
        guard.known.run_pending_tasks();
        assert!(guard.known.entry_count() <= KNOWN);
        for known in [owner, newcomer] {
            assert!(guard.is_known(&known.pair), "{}", known.pair.0);
        }
    }

    #[test]
    fn a_guesser_is_not_freed_by_a_hundred_and_fifty_thousand_made_up_pairs() {
        let guard = LoginGuard::default();
        let guesser = guard.attempt(&uid("anna"), address(66));
        while guess(&guard, "anna", address(66), at(0)) {}
        for n in 0..150_000_u32 {
            let [_, a, b, c] = n.to_be_bytes();
            let made_up = Client::at([10, a, b, c].into());
            guard.failed(&guard.attempt(&uid(&format!("u{n}")), made_up), at(0));
            // The guesser continues in between.
            if n % 1000 == 0 {
                assert!(guard.admit(&guesser, at(0)).is_err(), "after {n}");
            }
        }
        guard.pairs.full_at.run_pending_tasks();
        assert!(guard.pairs.full_at.entry_count() <= ENTRIES);
        assert!(guard.admit(&guesser, at(0)).is_err());
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

//! Failed logins are few: per id and address together, per id, per address.
//!
//! A stranger who guesses at an id spends the small budget of that id *and his address*. Only many
//! addresses together can spend the budget of the id, and even then its owner gets in from an
//! address from which he got in before.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use dashmap::DashMap;

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
    pairs: DashMap<(Uid, IpAddr), Spent>,
    ids: DashMap<Uid, Spent>,
    addresses: DashMap<IpAddr, Spent>,
}

/// A login that was let through to the password check.
pub(super) struct Attempt {
    uid: Uid,
    address: IpAddr,
}

/// What is spent of a budget: the moment at which it will be full again says it all.
#[derive(Clone, Copy, Default)]
struct Spent {
    full_at: Option<Moment>,
    /// This pair has logged in before.
    known: bool,
}

impl Spent {
    fn spend(&mut self, budget: Budget, now: Moment) -> bool {
        let from = self.full_at.map_or(now, |full_at| full_at.max(now));
        let full_at = from + budget.refill;
        if full_at - now > budget.refill * budget.failures {
            return false;
        }
        self.full_at = Some(full_at);
        true
    }

    fn refund(&mut self, budget: Budget) {
        self.full_at = self.full_at.map(|full_at| {
            Moment::from_millis(0) + (full_at - (Moment::from_millis(0) + budget.refill))
        });
    }

    fn tells_nothing(&self, now: Moment) -> bool {
        !self.known && self.full_at.is_none_or(|full_at| full_at <= now)
    }
}

impl LoginGuard {
    /// Lets a login through to the password check. It counts as failed until it is told otherwise,
    /// so that logins at the same time do not each find the budget unspent.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`].
    pub(super) fn admit(&self, uid: &Uid, client: IpAddr, now: Moment) -> Result<Attempt, Refusal> {
        self.keep_small(now);
        let attempt = Attempt {
            uid: uid.clone(),
            address: network(client),
        };
        let pair = (attempt.uid.clone(), attempt.address);
        let known = {
            let mut spent = self.pairs.entry(pair.clone()).or_default();
            if !spent.spend(PAIR, now) {
                return Err(Refusal::TooManyRequests);
            }
            spent.known
        };
        // A known pair is not held up by what strangers spend.
        if !self
            .ids
            .entry(attempt.uid.clone())
            .or_default()
            .spend(ID, now)
            && !known
        {
            refund(&self.pairs, &pair, PAIR);
            return Err(Refusal::TooManyRequests);
        }
        if !self
            .addresses
            .entry(attempt.address)
            .or_default()
            .spend(ADDRESS, now)
            && !known
        {
            refund(&self.pairs, &pair, PAIR);
            refund(&self.ids, &attempt.uid, ID);
            return Err(Refusal::TooManyRequests);
        }
        Ok(attempt)
    }

    /// The password was right.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        self.undecided(attempt);
        let pair = (attempt.uid.clone(), attempt.address);
        self.pairs.insert(
            pair,
            Spent {
                full_at: None,
                known: true,
            },
        );
    }

    /// The password was not checked after all.
    pub(super) fn undecided(&self, attempt: &Attempt) {
        refund(&self.pairs, &(attempt.uid.clone(), attempt.address), PAIR);
        refund(&self.ids, &attempt.uid, ID);
        refund(&self.addresses, &attempt.address, ADDRESS);
    }

    fn keep_small(&self, now: Moment) {
        shrink(&self.pairs, now);
        shrink(&self.ids, now);
        shrink(&self.addresses, now);
    }
}

fn refund<K: std::hash::Hash + Eq>(map: &DashMap<K, Spent>, key: &K, budget: Budget) {
    if let Some(mut spent) = map.get_mut(key) {
        spent.refund(budget);
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

/// Of an IPv6 address only the network: one household has 2⁶⁴ of them.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(text: &str) -> Uid {
        Uid::parse(text).expect("valid")
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(1000 * seconds)
    }

    #[test]
    fn five_wrong_passwords_are_enough_and_time_heals() {
        let guard = LoginGuard::default();
        for _ in 0..5 {
            assert!(guard.admit(&uid("anna"), address(1), at(0)).is_ok());
        }
        assert!(guard.admit(&uid("anna"), address(1), at(0)).is_err());
        assert!(guard.admit(&uid("anna"), address(1), at(30)).is_ok());
        assert!(guard.admit(&uid("anna"), address(1), at(30)).is_err());
    }

    #[test]
    fn any_number_of_right_passwords_is_fine() {
        let guard = LoginGuard::default();
        for _ in 0..1000 {
            let attempt = guard
                .admit(&uid("anna"), address(1), at(0))
                .expect("admitted");
            guard.succeeded(&attempt);
        }
    }

    #[test]
    fn a_stranger_who_guesses_does_not_lock_the_owner_out() {
        let guard = LoginGuard::default();
        while guard.admit(&uid("anna"), address(66), at(0)).is_ok() {}
        assert!(guard.admit(&uid("anna"), address(1), at(0)).is_ok());
    }

    #[test]
    fn many_strangers_do_not_lock_the_owner_out_of_a_place_he_is_known_at() {
        let guard = LoginGuard::default();
        let home = guard
            .admit(&uid("anna"), address(1), at(0))
            .expect("admitted");
        guard.succeeded(&home);
        for stranger in 2..=255 {
            let _ = guard.admit(&uid("anna"), address(stranger), at(0));
        }
        assert!(guard.admit(&uid("anna"), address(0), at(0)).is_err());
        assert!(guard.admit(&uid("anna"), address(1), at(0)).is_ok());
    }

    #[test]
    fn one_address_can_not_try_every_id() {
        let guard = LoginGuard::default();
        let admitted = (0..200)
            .filter(|n| {
                guard
                    .admit(&uid(&format!("u{n}")), address(1), at(0))
                    .is_ok()
            })
            .count();
        assert_eq!(admitted, 100);
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one() {
        let one: IpAddr = "2001:db8::1".parse().expect("valid");
        let two: IpAddr = "2001:db8::ffff:2".parse().expect("valid");
        assert_eq!(network(one), network(two));
    }

    #[test]
    fn a_refusal_spends_nothing_of_other_budgets() {
        let guard = LoginGuard::default();
        while guard.admit(&uid("anna"), address(1), at(0)).is_ok() {}
        for _ in 0..1000 {
            assert!(guard.admit(&uid("anna"), address(1), at(0)).is_err());
        }
        assert!(guard.admit(&uid("otto"), address(1), at(0)).is_ok());
    }
}

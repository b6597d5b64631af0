//! Budgets: how often a client may do something. A spent budget refills with time.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use super::client::Network;
use crate::clock::Clock;
use crate::domain::{Budget, Refusal, Spent, Uid};

/// The most entries that one kind of budget keeps. When it is full, the entry that is used least is
/// forgotten.
const ENTRIES: u64 = 100_000;

/// How many minutes' worth of registrations one network may make at once. It is large because all
/// users of a mobile network may share one address.
const REGISTRATIONS_BURST_MIN: u32 = 10;

/// Tickets for push that one user gets in a minute. A client needs one for each connection.
const TICKETS_PER_MINUTE: u32 = 60;

/// The budgets. Most are configured by the settings.
pub struct Budgets {
    /// New accounts, for each network.
    pub(super) registrations: Arc<Allowance<Network>>,
    /// New rooms, for each user.
    pub(super) creates: Allowance<Uid>,
    /// New guests, for each network.
    pub(super) guests: Allowance<Network>,
    /// New tickets, for each user or guest.
    pub(super) tickets: Allowance<Uid>,
}

/// How often each `K` may do something. Without a limiter there is no limit.
pub(super) struct Allowance<K: Eq + Hash + Clone + Send + Sync + 'static> {
    budget: Budget,
    limiter: Option<Limiter<K>>,
}

/// The state of each `K`'s budget. The number of entries is bounded.
struct States<K: Eq + Hash + Clone + Send + Sync + 'static>(Cache<K, Arc<InMemoryState>>);

type Limiter<K> = RateLimiter<K, States<K>, Clock, NoOpMiddleware<Nanos>>;

impl Budgets {
    /// Limits registrations and new guests per minute for each network, and new rooms per minute for each
    /// user. 0 means no limit.
    pub fn new(
        registrations_per_minute: u32,
        creates_per_minute: u32,
        guests_per_minute: u32,
        clock: Clock,
    ) -> Self {
        let burst = registrations_per_minute.saturating_mul(REGISTRATIONS_BURST_MIN);
        Self {
            registrations: Arc::new(Allowance::new(
                Budget::Registrations,
                registrations_per_minute,
                burst,
                clock,
            )),
            creates: Allowance::new(
                Budget::Creates,
                creates_per_minute,
                creates_per_minute,
                clock,
            ),
            guests: Allowance::new(Budget::Guests, guests_per_minute, guests_per_minute, clock),
            tickets: Allowance::new(
                Budget::Tickets,
                TICKETS_PER_MINUTE,
                TICKETS_PER_MINUTE,
                clock,
            ),
        }
    }
}

impl<K: Eq + Hash + Clone + Send + Sync + 'static> Allowance<K> {
    fn new(budget: Budget, per_minute: u32, burst: u32, clock: Clock) -> Self {
        let limiter = NonZeroU32::new(per_minute)
            .zip(NonZeroU32::new(burst))
            .and_then(|(per_minute, burst)| {
                let quota = Quota::with_period(Duration::from_secs(60) / per_minute.get())?;
                let states = States(Cache::new(ENTRIES));
                Some(RateLimiter::new(quota.allow_burst(burst), states, clock))
            });
        Self { budget, limiter }
    }

    /// Spends one unit of the budget of `by`.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] if nothing is left of the budget. A refused request spends
    /// nothing.
    pub(super) fn spend(&self, by: &K) -> Result<(), Refusal> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        limiter.check_key(by).map_err(|not_until| {
            let wait = not_until.wait_time_from(governor::clock::Clock::now(limiter.clock()));
            Refusal::TooManyRequests(Spent::for_another(self.budget, wait))
        })
    }
}

impl<K: Eq + Hash + Clone + Send + Sync + 'static> StateStore for States<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let spent = self.0.get(key).unwrap_or_else(|| {
            let entry = self.0.entry_by_ref(key).or_default();
            entry.into_value()
        });
        spent.measure_and_replace(&NotKeyed::NonKey, measure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UnixTime;

    fn budgets() -> Budgets {
        tokio::time::pause();
        Budgets::new(120, 60, 60, Clock::starting_at(UnixTime::from_secs(0)))
    }

    fn granted(budgets: &Budgets, by: &str, tries: u32) -> usize {
        let by = Uid::parse(by).expect("valid");
        let granted = |_: &u32| budgets.creates.spend(&by).is_ok();
        (0..tries).filter(granted).count()
    }

    #[actix::test]
    async fn a_minutes_worth_comes_at_once_and_time_fills_it_up_again() {
        let budgets = budgets();
        assert_eq!(granted(&budgets, "anna", 1000), 60);
        assert_eq!(granted(&budgets, "otto", 10), 10);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(granted(&budgets, "anna", 1000), 10);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(granted(&budgets, "anna", 1000), 60);
    }

    #[actix::test]
    async fn a_network_registers_ten_minutes_worth_at_once() {
        let budgets = budgets();
        let (one, other) = (Network::V4([192, 0, 2, 1].into()), Network::Unknown);
        let granted = |by| {
            (0..5000)
                .filter(|_| budgets.registrations.spend(by).is_ok())
                .count()
        };
        assert_eq!(granted(&one), 1200);
        assert_eq!(granted(&other), 1200);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(granted(&one), 120);
    }

    #[actix::test]
    async fn who_is_refused_is_told_when_to_come_again() {
        let budgets = budgets();
        let anna = Uid::parse("anna").expect("valid");
        assert_eq!(granted(&budgets, "anna", 60), 60);
        let wait = || match budgets.creates.spend(&anna) {
            Err(Refusal::TooManyRequests(spent)) => spent.retry_after_s,
            spent => panic!("{spent:?}"),
        };
        assert_eq!(wait(), 1);
        let network = Network::Unknown;
        let slow = Allowance::new(Budget::Guests, 2, 1, Clock::system());
        assert!(slow.spend(&network).is_ok());
        let refused = Refusal::TooManyRequests(Spent {
            budget: Budget::Guests,
            retry_after_s: 30,
        });
        assert_eq!(slow.spend(&network), Err(refused));
        tokio::time::advance(Duration::from_millis(29_999)).await;
        assert!(slow.spend(&network).is_err());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(slow.spend(&network).is_ok());
    }

    #[actix::test]
    async fn no_limit_is_no_limit() {
        let free = Budgets::new(0, 0, 0, Clock::system());
        assert_eq!(granted(&free, "anna", 10_000), 10_000);
    }

    #[actix::test]
    async fn budgets_are_bounded_and_who_spends_on_stays_refused() {
        let budgets = budgets();
        assert_eq!(granted(&budgets, "anna", 100), 60);
        for n in 0..150_000 {
            granted(&budgets, &format!("u{n}"), 1);
            if n % 1000 == 0 {
                assert_eq!(granted(&budgets, "anna", 1), 0);
            }
        }
        let Some(limiter) = budgets.creates.limiter else {
            panic!("there is a limit");
        };
        let spent = limiter.into_state_store().0;
        spent.run_pending_tasks();
        assert!(spent.entry_count() <= ENTRIES);
    }
}

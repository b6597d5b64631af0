//! What happens often is logged now and then, with how often it happened.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::client::Client;
use crate::domain::{Budget, Moment};

/// Warnings of one kind are this far apart; all are counted.
const APART: Duration = Duration::from_secs(60);

/// Something that may happen very often.
#[derive(Default)]
struct Spaced {
    /// How often it happened since it was logged.
    unlogged: AtomicU64,
    /// When it may be logged again, in milliseconds of our clock.
    quiet_until: AtomicU64,
}

impl Spaced {
    /// It happened. If it is time to log it: how often it happened since that was done.
    fn happened(&self, now: Moment) -> Option<u64> {
        self.unlogged.fetch_add(1, Ordering::Relaxed);
        let next = (now + APART).as_millis();
        self.quiet_until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |until| {
                (until <= now.as_millis()).then_some(next)
            })
            .ok()
            .map(|_| self.unlogged.swap(0, Ordering::Relaxed))
    }
}

/// What operators are warned of, now and then.
#[derive(Default)]
pub struct Warnings {
    budgets: [Spaced; Budget::ALL.len()],
    crowds: Spaced,
    /// Somebody who is not trusted said for whom they pass a request on, and that was logged.
    is_passed_on: AtomicBool,
}

impl Warnings {
    /// A request was refused because that budget was spent.
    pub(super) fn refused(&self, budget: Budget, now: Moment) {
        if let Some(times) = self.budgets[budget as usize].happened(now) {
            tracing::warn!(
                budget = budget.word(),
                times,
                "requests were refused with 10012: a budget is spent"
            );
        }
    }

    /// A connection was hung up on because its network has too many.
    pub(super) fn crowded(&self, client: Client, now: Moment) {
        if let Some(times) = self.crowds.happened(now) {
            tracing::warn!(
                %client,
                times,
                "connections were hung up on: their network has http.connections_per_peer already"
            );
        }
    }

    /// Somebody who is not trusted says for whom they pass a request on. Logged once: behind a proxy
    /// it is so with every request, and any client can say so.
    pub(super) fn passed_on(&self, client: Client) {
        if !self.is_passed_on.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %client,
                "a request came with X-Forwarded-For from an address that is not trusted to say so; \
                if that is your proxy, all clients behind it share one budget of logins and registrations \
                until the settings name it"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_told_once_a_minute_with_its_number() {
        let spaced = Spaced::default();
        let at = |second: u64| Moment::from_millis(1000 * second);
        assert_eq!(spaced.happened(at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(spaced.happened(at(second)), None);
        }
        assert_eq!(spaced.happened(at(60)), Some(60));
        assert_eq!(spaced.happened(at(500)), Some(1));
    }
}

//! Limits lines of the log that may come very often: one line per period, with the number of occurrences.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::Moment;

/// The least time between two lines of one kind. What they tell of is counted meanwhile.
pub(crate) const APART: Duration = Duration::from_secs(60);

/// An event that may happen very often and is logged at most once per period.
pub(crate) struct LogThrottle {
    spacing: Duration,
    /// How often it happened since the last log line.
    unlogged: AtomicU64,
    /// Nothing is logged before this time, in milliseconds of the server's clock.
    quiet_until: AtomicU64,
}

impl LogThrottle {
    /// At most one log line within `spacing`.
    pub(crate) fn new(spacing: Duration) -> Self {
        Self {
            spacing,
            unlogged: AtomicU64::new(0),
            quiet_until: AtomicU64::new(0),
        }
    }

    /// Counts an occurrence. `Some` if a line is to be logged now, with the number of occurrences
    /// since the last line. If several threads call this at once, only one of them gets `Some`.
    pub(crate) fn happened(&self, now: Moment) -> Option<u64> {
        self.unlogged.fetch_add(1, Ordering::Relaxed);
        let next = (now + self.spacing).as_millis();
        self.quiet_until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |until| {
                (until <= now.as_millis()).then_some(next)
            })
            .ok()
            .map(|_| self.unlogged.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_told_once_within_the_spacing_with_its_number() {
        let spaced = LogThrottle::new(Duration::from_secs(60));
        let at = |second: u64| Moment::from_millis(1000 * second);
        assert_eq!(spaced.happened(at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(spaced.happened(at(second)), None);
        }
        assert_eq!(spaced.happened(at(60)), Some(60));
        assert_eq!(spaced.happened(at(500)), Some(1));
    }
}

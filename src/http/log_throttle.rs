//! Warnings that strangers can bring about: logged once in a while, with how often it happened.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::Moment;

/// Something that may happen very often.
pub(super) struct LogThrottle {
    spacing: Duration,
    /// How often it happened since it was logged.
    unlogged: AtomicU64,
    /// Until when nothing is logged, in milliseconds of our clock.
    quiet_until: AtomicU64,
}

impl LogThrottle {
    /// One line within that time.
    pub(super) fn new(spacing: Duration) -> Self {
        Self {
            spacing,
            unlogged: AtomicU64::new(0),
            quiet_until: AtomicU64::new(0),
        }
    }

    /// It happened. If it is time for a line: how often it happened since the last one. Of many who
    /// say so at once, one is told to log.
    pub(super) fn happened(&self, now: Moment) -> Option<u64> {
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

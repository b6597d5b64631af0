//! Warnings that strangers can bring about: logged once in a while, however often it happens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::Moment;

/// Says when a line may be logged again.
pub(super) struct Spaced {
    spacing: Duration,
    /// Until when nothing is logged, in milliseconds of our clock.
    quiet_until: AtomicU64,
}

impl Spaced {
    /// One line within that time.
    pub(super) fn new(spacing: Duration) -> Self {
        Self {
            spacing,
            quiet_until: AtomicU64::new(0),
        }
    }

    /// Whether it is time for a line. Of many who ask at once, one is told yes.
    pub(super) fn may_log(&self, now: Moment) -> bool {
        let next = (now + self.spacing).as_millis();
        self.quiet_until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |until| {
                (until <= now.as_millis()).then_some(next)
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_logged_within_the_spacing_and_another_after_it() {
        let spaced = Spaced::new(Duration::from_secs(60));
        let at = |seconds: u64| spaced.may_log(Moment::from_millis(1000 * seconds));
        assert!(at(0));
        assert!(!at(59));
        assert!(at(60));
        assert!(!at(61));
    }
}

//! Limits the error lines about faults: with a broken database every request is one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::Moment;
use crate::error::Fault;
use crate::log_throttle::{APART, LogThrottle};

/// The lines about faults. Each kind has a limit of its own: what was asked for, and what zaibo was
/// doing when it failed. Both are words of the source, so there are only so many kinds.
#[derive(Default)]
pub(super) struct FaultLines(Mutex<HashMap<(&'static str, &'static str), LogThrottle>>);

impl FaultLines {
    /// Counts a fault. `Some` if it is to be logged, with the number of faults of its kind since the
    /// last such line.
    pub(super) fn happened(&self, asked: &'static str, fault: &Fault, now: Moment) -> Option<u64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds
            .entry((asked, fault.doing()))
            .or_insert_with(|| LogThrottle::new(APART));
        kind.happened(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_of_each_kind_is_logged_and_then_one_a_minute_with_their_number() {
        let lines = FaultLines::default();
        let at = |second: u64| Moment::from_millis(1000 * second);
        let writing = Fault::new("writing", "the disk is full");
        let reading = Fault::new("reading", "the disk is torn");
        assert_eq!(lines.happened("login", &writing, at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(lines.happened("login", &writing, at(second)), None);
        }
        assert_eq!(lines.happened("login", &reading, at(1)), Some(1));
        assert_eq!(lines.happened("create", &writing, at(1)), Some(1));
        assert_eq!(lines.happened("login", &writing, at(60)), Some(60));
    }
}

//! How long events of the cloud are kept, and what is forgotten with them.

use super::{InboxState, UnixTime};

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// How long events are kept after they were received. The cloud repeats an event for hours at the
/// most, so a repetition never finds that its event was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days for events that are settled: they took effect, or have none.
    pub events_days: u32,
    /// Days for events that still wait for something: a room, a playable address, a decision.
    pub unmatched_days: u32,
}

/// The times before which events are forgotten if they were received before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionLimits {
    /// For events that are settled.
    pub settled: UnixTime,
    /// For events that still wait for something.
    pub waiting: UnixTime,
}

impl Retention {
    /// The limits at a time.
    pub fn at(self, now: UnixTime) -> RetentionLimits {
        let before = |days: u32| {
            let span = i64::from(days).saturating_mul(SECONDS_A_DAY);
            UnixTime::from_secs(now.as_secs().saturating_sub(span))
        };
        RetentionLimits {
            settled: before(self.events_days),
            waiting: before(self.unmatched_days),
        }
    }
}

impl RetentionLimits {
    /// Whether an event is forgotten.
    pub fn forget(self, state: InboxState, received_at: UnixTime) -> bool {
        let limit = if state.is_waiting() {
            self.waiting
        } else {
            self.settled
        };
        received_at < limit
    }

    /// Events received at this time or later are all kept.
    pub fn newest(self) -> UnixTime {
        self.settled.max(self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_events_are_forgotten_sooner_than_those_that_wait() {
        let retention = Retention {
            events_days: 30,
            unmatched_days: 90,
        };
        let day = |day: i64| UnixTime::from_secs(day * SECONDS_A_DAY);
        let limits = retention.at(day(100));
        let is_kept = |state, received| !limits.forget(state, received);
        for state in [InboxState::Done, InboxState::Ignored] {
            assert!(is_kept(state, day(70)));
            assert!(limits.forget(state, UnixTime::from_secs(day(70).as_secs() - 1)));
        }
        for state in [
            InboxState::Unmatched,
            InboxState::Due,
            InboxState::Unplayable,
            InboxState::Pending,
        ] {
            assert!(is_kept(state, day(10)));
            assert!(limits.forget(state, day(9)));
        }
        assert_eq!(limits.newest(), day(70));
    }
}

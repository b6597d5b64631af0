//! Two kinds of time: moments that measure silence, and calendar seconds that are recorded.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A point on the monotonic clock, in milliseconds since the origin of the process's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The moment that is this many milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the origin.
    pub fn as_millis(self) -> u64 {
        self.0
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, span: Duration) -> Moment {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Moment(self.0.saturating_add(millis))
    }
}

impl Sub<Duration> for Moment {
    type Output = Moment;

    /// The moment that is `span` earlier; the origin if that is nearer.
    fn sub(self, span: Duration) -> Moment {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Moment(self.0.saturating_sub(millis))
    }
}

impl Sub for Moment {
    type Output = Duration;

    /// The span since `earlier`; zero if `earlier` is the later one.
    fn sub(self, earlier: Moment) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Calendar time in whole seconds since 1970-01-01 UTC, as in the database and on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The time that is this many seconds after 1970-01-01 UTC.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs)
    }

    /// Seconds since 1970-01-01 UTC.
    pub fn as_secs(self) -> i64 {
        self.0
    }
}

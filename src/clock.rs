//! The clock: the only file that reads the machine's time.

use std::time::Duration;

use chrono::Utc;
use governor::nanos::Nanos;
use tokio::time::Instant;

use crate::domain::{Moment, UnixTime};

/// The clock that is passed to everything above the domain.
///
/// It follows the timer of the runtime, so that a test that pauses this timer moves deadlines and
/// calendar together.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    calendar: Calendar,
}

/// A measurement that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins a measurement. It is finer than moments are, and needs no clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is where the time comes from"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it began.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[derive(Clone, Copy, Debug)]
enum Calendar {
    Machine,
    /// Begins at that second and follows the monotonic clock.
    From(UnixTime),
}

impl Clock {
    /// The machine's clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is where the time comes from"
    )]
    pub fn system() -> Self {
        Self {
            origin: Instant::now(),
            calendar: Calendar::Machine,
        }
    }

    /// A clock whose calendar begins at `start` and then follows the runtime's timer.
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is where the time comes from"
    )]
    pub fn starting_at(start: UnixTime) -> Self {
        Self {
            origin: Instant::now(),
            calendar: Calendar::From(start),
        }
    }

    /// The current moment, for measuring silence.
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is where the time comes from"
    )]
    pub fn now(&self) -> Moment {
        let since = Instant::now().saturating_duration_since(self.origin);
        Moment::from_millis(0) + since
    }

    /// The current calendar time, for recording.
    pub fn unix(&self) -> UnixTime {
        UnixTime::from_secs(self.unix_millis().div_euclid(1000))
    }

    /// The moment at which the calendar showed `unix_ms`, in milliseconds since 1970. A time in the
    /// future counts as now.
    pub fn moment_of(&self, unix_ms: i64) -> Moment {
        let age_ms = self.unix_millis().saturating_sub(unix_ms);
        self.now() - Duration::from_millis(u64::try_from(age_ms).unwrap_or(0))
    }

    /// The current calendar time in milliseconds since 1970.
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is where the time comes from"
    )]
    pub fn unix_millis(&self) -> i64 {
        match self.calendar {
            Calendar::Machine => Utc::now().timestamp_millis(),
            Calendar::From(start) => {
                let since = i64::try_from(self.now().as_millis()).unwrap_or(i64::MAX);
                start.as_secs().saturating_mul(1000).saturating_add(since)
            }
        }
    }
}

/// Budgets that refill with time use this clock too.
impl governor::clock::Clock for Clock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_millis(Self::now(self).as_millis()).into()
    }
}

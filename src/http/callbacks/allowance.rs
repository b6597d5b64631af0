//! How much of what a sender tells is kept: whoever has a valid sign may tell anything.

use std::num::NonZero;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// Of events without effect here so many bytes of each sender are kept in a second, and so many at
/// once: a busy app's chat is told message by message. What is beyond is answered 500, counted, and
/// sent again by a cloud that means it.
const IDLE_BYTES_A_SECOND: NonZero<u32> = NonZero::new(16 << 10).expect("not zero");
const IDLE_BYTES_AT_ONCE: NonZero<u32> = NonZero::new(16 << 20).expect("not zero");

/// And so many of events that have an effect: whoever has a valid sign may tell of a room that there
/// is, in as long a body as they like. A busy app's cloud tells of two thousand members a second.
const BYTES_A_SECOND: NonZero<u32> = NonZero::new(1 << 20).expect("not zero");
const BYTES_AT_ONCE: NonZero<u32> = NonZero::new(16 << 20).expect("not zero");

/// What may be kept of a sender's events, in bytes.
pub(super) struct Allowance {
    idle: Limiter,
    effective: Limiter,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Clock, NoOpMiddleware<Nanos>>;

impl Allowance {
    pub(super) fn new(clock: Clock) -> Self {
        let limiter = |a_second, at_once| {
            let quota = Quota::per_second(a_second).allow_burst(at_once);
            RateLimiter::direct_with_clock(quota, clock)
        };
        Self {
            idle: limiter(IDLE_BYTES_A_SECOND, IDLE_BYTES_AT_ONCE),
            effective: limiter(BYTES_A_SECOND, BYTES_AT_ONCE),
        }
    }

    /// Spends the bytes of a body, if they are there.
    pub(super) fn spend(&self, is_effective: bool, body: usize) -> bool {
        let bytes = u32::try_from(body).unwrap_or(u32::MAX);
        // A body is an object, so it is never empty.
        let bytes = NonZero::new(bytes).unwrap_or(NonZero::<u32>::MIN);
        let limiter = if is_effective {
            &self.effective
        } else {
            &self.idle
        };
        matches!(limiter.check_n(bytes), Ok(Ok(())))
    }
}

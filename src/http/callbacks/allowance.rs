//! Limits on the bytes recorded for each sender, because a sender with a valid signature may send
//! any event.

use std::num::NonZero;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// Limits for events without an effect here, for each sender: bytes per second, and bytes at once.
/// They are small because the cloud of a busy app reports every chat message. An event beyond the
/// limit is counted and answered with 500, and the cloud sends it again later.
const IDLE_BYTES_A_SECOND: NonZero<u32> = NonZero::new(16 << 10).expect("not zero");
const IDLE_BYTES_AT_ONCE: NonZero<u32> = NonZero::new(16 << 20).expect("not zero");

/// Limits for events with an effect. They exist because a sender with a valid signature may report
/// an existing room in a body of any size. They are large because the cloud of a busy app reports
/// two thousand members a second.
const BYTES_A_SECOND: NonZero<u32> = NonZero::new(1 << 20).expect("not zero");
const BYTES_AT_ONCE: NonZero<u32> = NonZero::new(16 << 20).expect("not zero");

/// The bytes of a sender's events that may still be recorded.
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

    /// Spends the bytes of a body. False if the limit is reached.
    pub(super) fn spend(&self, is_effective: bool, body: usize) -> bool {
        let bytes = u32::try_from(body).unwrap_or(u32::MAX);
        // The body is a JSON object, so it is never empty.
        let bytes = NonZero::new(bytes).unwrap_or(NonZero::<u32>::MIN);
        let limiter = if is_effective {
            &self.effective
        } else {
            &self.idle
        };
        matches!(limiter.check_n(bytes), Ok(Ok(())))
    }
}

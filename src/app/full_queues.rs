//! Looks at what full queues refused, and warns in the log. Requests only count; nothing here runs in one.

use crate::error::Queue;
use crate::service::Service;

/// A queue that refused fewer requests since its last line has no line: clients try again.
const MANY: u64 = 10;

/// The looks after a line in which the same queue has no other one. With [`EVERY`] that is a minute.
const QUIET: u64 = 12;

/// The time between two looks, in seconds.
pub(super) const EVERY: u64 = 5;

/// The queues, as they were at the last look.
#[derive(Default)]
pub(super) struct FullQueues {
    turns_of_outages: u64,
    refused: [Refused; Queue::ALL.len()],
}

impl FullQueues {
    /// Takes what was refused since the last look, and warns of it after the next look. Before a
    /// database is known to be away it is only slow: the store logs the outage, and what was refused
    /// around its begin or end is not told a second time.
    pub(super) fn look(&mut self, service: &Service) {
        let turns = service.store.turns_of_outages();
        let is_outage = turns != self.turns_of_outages || !turns.is_multiple_of(2);
        self.turns_of_outages = turns;
        for (queue, refused) in Queue::ALL.into_iter().zip(&mut self.refused) {
            // The line about a callback that is not kept names these two.
            if matches!(queue, Queue::Callbacks | Queue::Inbox) {
                continue;
            }
            let queue = queue.as_str();
            if let Some(requests) = refused.look(service.metrics.busy_so_far(queue), is_outage) {
                tracing::warn!(
                    queue,
                    requests,
                    "requests were answered 90001, because a queue was full or too slow: they were not done in time, and clients try again"
                );
            }
        }
    }
}

/// What one queue refused.
#[derive(Clone, Copy, Default)]
struct Refused {
    so_far: u64,
    /// Between the last two looks.
    latest: u64,
    /// Before that, and since the last line.
    unlogged: u64,
    quiet: u64,
}

impl Refused {
    /// Takes the count of all that was refused so far. `Some` if a line is to be logged, with the
    /// number of requests since the last one.
    fn look(&mut self, so_far: u64, is_outage: bool) -> Option<u64> {
        let new = so_far - std::mem::replace(&mut self.so_far, so_far);
        let earlier = std::mem::replace(&mut self.latest, new);
        self.quiet = self.quiet.saturating_sub(1);
        if is_outage {
            self.latest = 0;
            return None;
        }
        self.unlogged += earlier;
        (self.quiet == 0 && self.unlogged >= MANY).then(|| {
            self.quiet = QUIET;
            std::mem::take(&mut self.unlogged)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_refusals_are_told_once_a_minute_and_a_few_are_not() {
        let mut refused = Refused::default();
        assert_eq!(refused.look(MANY - 1, false), None);
        assert_eq!(refused.look(MANY - 1, false), None);
        assert_eq!(refused.look(1000, false), None);
        assert_eq!(refused.look(1000, false), Some(1000));
        let told = (1..=QUIET).filter_map(|nth| Some((nth, refused.look(1000 + 10 * nth, false)?)));
        assert_eq!(Vec::from_iter(told), [(QUIET, 10 * (QUIET - 1))]);
    }

    #[test]
    fn what_an_outage_explains_is_not_told_again() {
        let mut refused = Refused::default();
        assert_eq!(refused.look(500, false), None);
        // The outage was noted after that look.
        assert_eq!(refused.look(600, true), None);
        assert_eq!(refused.look(600, false), None);
        assert_eq!(refused.look(600, false), None);
    }
}

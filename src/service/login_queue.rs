//! One password check at a time for each id and network: others with the same id wait behind it.
//!
//! A user logs in once. Whoever logs in with one id many times a second has one request in the line
//! before the password hash, and not all of them. Requests from another network are not kept waiting
//! by that: a stranger elsewhere can not keep the owner of an id out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::Network;
use crate::domain::{Budget, Refusal, Uid};
use crate::error::{Error, Queue};

/// Requests of one pair at once: one is checked, the others wait. A user with a dozen devices who all
/// come back when the network does has a dozen.
const AT_ONCE: usize = 16;

/// An id, and the network from which somebody logs in with it.
pub(super) type Pair = (Uid, Network);

/// The pairs of which a password is being checked.
#[derive(Default)]
pub(super) struct LoginQueue {
    pairs: Mutex<HashMap<Pair, Present>>,
}

/// The requests of a pair.
struct Present {
    requests: usize,
    turn: Arc<Semaphore>,
}

/// A request's turn. When it is dropped, the next request of that pair has its turn.
pub(super) struct LoginTurn {
    queue: Arc<LoginQueue>,
    pair: Pair,
    held: Option<OwnedSemaphorePermit>,
}

impl LoginQueue {
    /// Waits for the turn of that pair. Whoever stops waiting is forgotten.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] at once if too many wait.
    pub(super) async fn take(self: &Arc<Self>, pair: &Pair) -> Result<LoginTurn, Error> {
        let semaphore = {
            let mut pairs = self.lock();
            let present = pairs.entry(pair.clone()).or_insert_with(|| Present {
                requests: 0,
                turn: Arc::new(Semaphore::new(1)),
            });
            if present.requests >= AT_ONCE {
                return Err(Refusal::TooManyRequests(Budget::LoginWaiting).into());
            }
            present.requests += 1;
            Arc::clone(&present.turn)
        };
        let mut turn = LoginTurn {
            queue: Arc::clone(self),
            pair: pair.clone(),
            held: None,
        };
        let held = semaphore.acquire_owned().await;
        turn.held = Some(held.map_err(|_| Error::Busy(Queue::Passwords))?);
        Ok(turn)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Pair, Present>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LoginTurn {
    fn drop(&mut self) {
        drop(self.held.take());
        let mut pairs = self.queue.lock();
        if let Some(present) = pairs.get_mut(&self.pair) {
            present.requests -= 1;
            if present.requests == 0 {
                pairs.remove(&self.pair);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::super::client::Client;
    use super::*;
    use crate::domain::Uid;

    fn pair(last: u8) -> Pair {
        let uid = Uid::parse("anna").expect("valid");
        (uid, Client::at([192, 0, 2, last].into()).network())
    }

    #[test]
    fn one_is_checked_a_few_wait_the_others_are_refused_and_nothing_is_left_behind() {
        let queue = Arc::new(LoginQueue::default());
        let take = |last| {
            let queue = Arc::clone(&queue);
            Box::pin(async move { queue.take(&pair(last)).await })
        };
        let first = take(66).now_or_never().expect("at once").expect("a turn");
        let mut waiting: Vec<_> = (1..AT_ONCE).map(|_| take(66)).collect();
        for request in &mut waiting {
            assert!(request.now_or_never().is_none());
        }
        let refused = take(66).now_or_never().expect("at once").err();
        let too_many = Refusal::TooManyRequests(Budget::LoginWaiting);
        assert!(matches!(refused, Some(Error::Refused(why)) if why == too_many));
        // The owner, elsewhere, does not wait for them.
        let owner = take(1).now_or_never().expect("at once");
        drop(first);
        let second = waiting.remove(0).now_or_never().expect("at once");
        assert!(second.is_ok() && owner.is_ok());
        drop((second, owner, waiting));
        assert!(queue.lock().is_empty());
    }
}

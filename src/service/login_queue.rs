//! The login queue: for each pair of id and network, one password is checked at a time.
//!
//! A user logs in once. If a client sends many logins a second with one id, only one of them waits
//! for the password hash at a time. Requests from another network do not wait for these, so a
//! stranger cannot keep the owner of an id out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::Network;
use crate::domain::{Budget, Refusal, Spent, Uid};
use crate::error::{Error, Queue};

/// The most requests of one pair at once: one is being checked, the others wait. A user with a
/// dozen devices sends a dozen when the network comes back.
const AT_ONCE: usize = 16;

/// The refusal of one more. Nobody knows how long the others take; a check takes less than a second.
const WAITING: Spent = Spent {
    budget: Budget::LoginWaiting,
    retry_after_s: 1,
};

/// An id, and the network that a login with it comes from.
pub(super) type Pair = (Uid, Network);

/// The pairs for which a password is being checked.
#[derive(Default)]
pub(super) struct LoginQueue {
    pairs: Mutex<HashMap<Pair, Present>>,
}

/// The requests of one pair.
struct Present {
    requests: usize,
    turn: Arc<Semaphore>,
}

/// The turn of one request. When it is dropped, the next request of its pair gets the turn.
pub(super) struct LoginTurn {
    queue: Arc<LoginQueue>,
    pair: Pair,
    held: Option<OwnedSemaphorePermit>,
}

impl LoginQueue {
    /// Waits for a turn. If the caller stops waiting, their place in the queue is free again.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] at once if too many requests of this pair wait.
    pub(super) async fn take(self: &Arc<Self>, pair: &Pair) -> Result<LoginTurn, Error> {
        let semaphore = {
            let mut pairs = self.lock();
            let present = pairs.entry(pair.clone()).or_insert_with(|| Present {
                requests: 0,
                turn: Arc::new(Semaphore::new(1)),
            });
            if present.requests >= AT_ONCE {
                return Err(Refusal::TooManyRequests(WAITING).into());
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
        let too_many = Refusal::TooManyRequests(WAITING);
        assert!(matches!(refused, Some(Error::Refused(why)) if why == too_many));
        // The owner comes from another network and does not wait for these.
        let owner = take(1).now_or_never().expect("at once");
        drop(first);
        let second = waiting.remove(0).now_or_never().expect("at once");
        assert!(second.is_ok() && owner.is_ok());
        drop((second, owner, waiting));
        assert!(queue.lock().is_empty());
    }
}

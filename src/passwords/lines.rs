//! The waiting lines for password work, one for checks and one for new hashes. Every client has a
//! fair share of each line.
//!
//! A hash occupies a core, so only a few run at once. Both lines get turns alternately, so even a
//! flood of registrations delays a login by one turn only. Within a line the clients get turns one
//! after the other, no matter how many requests each of them sends.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Identifies a client.
pub trait Client: Eq + Hash + Clone + Send + 'static {}

impl<K: Eq + Hash + Clone + Send + 'static> Client for K {}

/// The kind of work that a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A password is checked for a login.
    Check,
    /// A password is hashed for a registration.
    Hash,
}

/// The line is full, and no other client has more requests in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Both lines, and the permits for work.
pub(super) struct Lines<K: Client> {
    state: Arc<Mutex<State<K>>>,
}

/// The right to work now. When it is dropped, the next request in line gets it.
pub(super) struct Permit<K: Client> {
    lines: Lines<K>,
}

struct State<K: Client> {
    /// Permits that are not in use. No request waits while there is one.
    free: usize,
    /// The line that gets the next turn if requests wait in both.
    next: Work,
    checks: Line<K>,
    hashes: Line<K>,
    tickets: u64,
}

/// One line: a queue for each waiting client, and the order in which the clients get turns.
struct Line<K: Client> {
    order: VecDeque<K>,
    queues: HashMap<K, VecDeque<Waiter<K>>>,
    waiting: usize,
    most: usize,
}

struct Waiter<K: Client> {
    ticket: u64,
    turn: oneshot::Sender<Permit<K>>,
}

/// A request's place in a line. It is given up on drop: the request got its turn, or its caller is
/// gone.
struct Place<'l, K: Client> {
    lines: &'l Lines<K>,
    work: Work,
    client: K,
    ticket: u64,
}

impl<K: Client> Clone for Lines<K> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
        }
    }
}

impl<K: Client> Lines<K> {
    /// Both lines with `permits` permits, and room for `most` requests in each line.
    pub(super) fn new(permits: usize, most: usize) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                free: permits,
                next: Work::Check,
                checks: Line::new(most),
                hashes: Line::new(most),
                tickets: 0,
            })),
        }
    }

    /// Waits for a turn. A request that is dropped leaves the line and uses no permit.
    ///
    /// If the line is full, the client with the most requests gives up its newest one for a client
    /// that has fewer.
    ///
    /// # Errors
    /// [`Full`] at once if the line is full and no other client has more requests in it; later if
    /// this request had to give up its place.
    pub(super) async fn permit(&self, work: Work, client: &K) -> Result<Permit<K>, Full> {
        let (sender, turn) = oneshot::channel();
        let (place, displaced) = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(self.granted());
            }
            state.tickets += 1;
            let ticket = state.tickets;
            let waiter = Waiter {
                ticket,
                turn: sender,
            };
            let displaced = state.line(work).join(client, waiter)?;
            let place = Place {
                lines: self,
                work,
                client: client.clone(),
                ticket,
            };
            (place, displaced)
        };
        drop(displaced);
        let permit = turn.await.map_err(|_| Full);
        drop(place);
        permit
    }

    fn granted(&self) -> Permit<K> {
        Permit {
            lines: self.clone(),
        }
    }

    /// Gives a permit to the next request in line.
    fn pass_on(&self) {
        let next = {
            let mut state = self.lock();
            let next = state.next();
            if next.is_none() {
                state.free += 1;
            }
            next
        };
        if let Some(waiter) = next {
            // If its caller has just gone, the permit is dropped, and so passed on once more.
            let _ = waiter.turn.send(self.granted());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Client> Drop for Permit<K> {
    fn drop(&mut self) {
        self.lines.pass_on();
    }
}

impl<K: Client> Drop for Place<'_, K> {
    fn drop(&mut self) {
        let mut state = self.lines.lock();
        let left = state.line(self.work).leave(&self.client, self.ticket);
        drop(state);
        drop(left);
    }
}

impl<K: Client> State<K> {
    fn line(&mut self, work: Work) -> &mut Line<K> {
        match work {
            Work::Check => &mut self.checks,
            Work::Hash => &mut self.hashes,
        }
    }

    fn next(&mut self) -> Option<Waiter<K>> {
        let (first, other) = match self.next {
            Work::Check => (Work::Check, Work::Hash),
            Work::Hash => (Work::Hash, Work::Check),
        };
        if let Some(waiter) = self.line(first).next() {
            self.next = other;
            return Some(waiter);
        }
        self.line(other).next()
    }
}

impl<K: Client> Line<K> {
    fn new(most: usize) -> Self {
        Self {
            order: VecDeque::new(),
            queues: HashMap::new(),
            waiting: 0,
            most,
        }
    }

    /// Removes a request from the line if it still waits.
    fn leave(&mut self, client: &K, ticket: u64) -> Option<Waiter<K>> {
        let queue = self.queues.get_mut(client)?;
        let at = queue.iter().position(|waiter| waiter.ticket == ticket)?;
        let left = queue.remove(at);
        self.waiting -= 1;
        if queue.is_empty() {
            self.queues.remove(client);
            self.order.retain(|other| other != client);
        }
        left
    }

    /// Adds a request to its client's queue. Returns the request that had to give up its place, if
    /// the line was full.
    fn join(&mut self, client: &K, waiter: Waiter<K>) -> Result<Option<Waiter<K>>, Full> {
        let displaced = if self.waiting >= self.most {
            Some(self.displace(client).ok_or(Full)?)
        } else {
            None
        };
        let queue = self.queues.entry(client.clone()).or_default();
        if queue.is_empty() {
            self.order.push_back(client.clone());
        }
        queue.push_back(waiter);
        self.waiting += 1;
        Ok(displaced)
    }

    /// Removes the newest request of the client with the most requests, if that client has more
    /// than `client` would have with one more.
    fn displace(&mut self, client: &K) -> Option<Waiter<K>> {
        let has = self.queues.get(client).map_or(0, VecDeque::len);
        let longest = self.queues.values_mut().max_by_key(|queue| queue.len())?;
        if longest.len() <= has + 1 {
            return None;
        }
        self.waiting -= 1;
        longest.pop_back()
    }

    fn next(&mut self) -> Option<Waiter<K>> {
        let client = self.order.pop_front()?;
        let queue = self.queues.get_mut(&client)?;
        let waiter = queue.pop_front();
        self.waiting -= 1;
        if queue.is_empty() {
            self.queues.remove(&client);
        } else {
            self.order.push_back(client);
        }
        waiter
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use actix::spawn;
    use tokio::task::yield_now;

    use super::*;

    type Log = Rc<RefCell<Vec<String>>>;

    /// A request that writes to the log when it has its turn.
    async fn waits(
        lines: &Lines<char>,
        work: Work,
        name: &str,
        log: &Log,
    ) -> tokio::task::JoinHandle<()> {
        let client = name.chars().next().expect("a name");
        let (lines, name, log) = (lines.clone(), name.to_owned(), Rc::clone(log));
        let waiting = spawn(async move {
            let outcome = lines.permit(work, &client).await;
            let word = if outcome.is_ok() { "" } else { " refused" };
            log.borrow_mut().push(format!("{name}{word}"));
        });
        yield_now().await;
        waiting
    }

    async fn settle() {
        for _ in 0..100 {
            yield_now().await;
        }
    }

    #[actix::test]
    async fn clients_have_their_turns_one_after_the_other_however_much_each_asks() {
        let (lines, log) = (Lines::new(1, 10), Log::default());
        let held = lines.permit(Work::Check, &'x').await.expect("free");
        for name in ["a1", "a2", "a3", "b1", "c1", "b2"] {
            waits(&lines, Work::Check, name, &log).await;
        }
        drop(held);
        settle().await;
        assert_eq!(*log.borrow(), ["a1", "b1", "c1", "a2", "b2", "a3"]);
    }

    #[actix::test]
    async fn registrations_and_logins_take_turns() {
        let (lines, log) = (Lines::new(1, 10), Log::default());
        let held = lines.permit(Work::Check, &'x').await.expect("free");
        for name in ["a1", "b1", "c1"] {
            waits(&lines, Work::Hash, name, &log).await;
        }
        for name in ["d-login", "e-login"] {
            waits(&lines, Work::Check, name, &log).await;
        }
        drop(held);
        settle().await;
        assert_eq!(*log.borrow(), ["d-login", "a1", "e-login", "b1", "c1"]);
    }

    #[actix::test]
    async fn a_full_line_takes_the_place_from_whoever_has_the_most() {
        let (lines, log) = (Lines::new(1, 4), Log::default());
        let held = lines.permit(Work::Check, &'x').await.expect("free");
        for name in ["a1", "a2", "a3", "a4", "a5", "b1", "c1", "d1", "e1"] {
            waits(&lines, Work::Check, name, &log).await;
        }
        let refused = [
            "a5 refused",
            "a4 refused",
            "a3 refused",
            "a2 refused",
            "e1 refused",
        ];
        settle().await;
        assert_eq!(*log.borrow(), refused);
        drop(held);
        settle().await;
        assert_eq!(log.borrow()[5..], ["a1", "b1", "c1", "d1"]);
    }

    #[actix::test]
    async fn whoever_stops_waiting_leaves_the_line_and_costs_no_turn() {
        let (lines, log) = (Lines::new(1, 3), Log::default());
        let held = lines.permit(Work::Hash, &'x').await.expect("free");
        let mut waiting = Vec::new();
        for name in ["a1", "a2", "b1"] {
            waiting.push(waits(&lines, Work::Hash, name, &log).await);
        }
        waiting[0].abort();
        waiting[2].abort();
        settle().await;
        assert_eq!(lines.lock().hashes.waiting, 1);
        waits(&lines, Work::Hash, "c1", &log).await;
        drop(held);
        settle().await;
        assert_eq!(*log.borrow(), ["a2", "c1"]);
        let state = lines.lock();
        assert!(state.hashes.queues.is_empty() && state.hashes.order.is_empty());
        assert_eq!((state.free, state.hashes.waiting), (1, 0));
    }
}

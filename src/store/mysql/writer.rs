//! Writes on MySQL: each is a transaction of its own, and several run at once. The server commits
//! concurrent ones together.
//!
//! A transaction has no savepoints, because a deadlock undoes all of it, and a savepoint that survived
//! it would commit half. After an error that is nobody's refusal the connection is closed and the
//! whole transaction runs again.
//!
//! An error of a commit is not a "no": the server may have committed and died before it could say so.
//! Each transaction counts up the sequence of its lane, a row of `write_lanes` that only one
//! transaction at a time writes. After a lost commit the row tells, once it is no longer locked,
//! whether the transaction took place.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use diesel::QueryResult;
use mysql::prelude::Queryable;

use crate::blocking_pool::BlockingPool;
use crate::clock::Stopwatch;
use crate::error::{Error, Fault, Queue};
use crate::store::commit_watch::CommitWatch;
use crate::store::health::Trouble;
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::connections::Connections;
use crate::store::mysql::errors::{Remedy, from_driver, text};
use crate::store::mysql::lease::Lease;
use crate::store::mysql::server::{PAUSE, Purpose, Server, TIMEOUT, TRIES, TRYING};

/// Writes that may wait for a connection. When so many wait, further callers are answered "busy".
const QUEUE: usize = 8192;

/// After a lost commit: how long it is asked whether it took place, and the pause between two questions.
/// A server that was killed is often back within this time.
const ASKING: Duration = Duration::from_millis(1200);
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);

pub(crate) struct Writer {
    server: Arc<Server>,
    lease: Arc<Lease>,
    connections: Connections,
    pool: BlockingPool,
    /// The lanes that no write uses. Each takes its turn, so that one whose row is held by a lost
    /// transaction does not meet every write.
    lanes: Mutex<VecDeque<Lane>>,
    pub(crate) commits: CommitWatch,
}

/// A row of `write_lanes`, and the sequence that its last transaction wrote there.
struct Lane {
    number: u16,
    sequence: i64,
}

/// Why a try did not succeed.
enum Failure {
    /// Nothing was done.
    NotDone(Remedy, String),
    /// The commit was lost, and the server does not say whether it took place.
    Unknown(String),
}

impl Writer {
    /// At most `at_once` writes run at the same time.
    pub(crate) fn new(server: &Arc<Server>, lease: Arc<Lease>, at_once: u16) -> Self {
        let lanes = (0..at_once).map(|number| Lane {
            number,
            sequence: 0,
        });
        Self {
            server: Arc::clone(server),
            lease,
            connections: Connections::new(Arc::clone(server), Purpose::Write),
            pool: BlockingPool::new(Queue::Writer, at_once.into(), QUEUE),
            lanes: Mutex::new(lanes.collect()),
            commits: CommitWatch::default(),
        }
    }

    /// Writes that run or wait for a connection.
    pub(crate) fn len(&self) -> usize {
        self.pool.occupied()
    }

    /// Runs `work` in a transaction and returns after the commit. `work` may run more than once; only
    /// the last run counts.
    ///
    /// # Errors
    /// The error of `work`; [`Error::Busy`] if too many writes wait, or others were in the way each
    /// time; [`Error::Unavailable`] if the server cannot be used; a [`Fault`] for any other error.
    pub(crate) async fn write<T, F>(self: &Arc<Self>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut MySqlConnection) -> Result<T, Error> + Send + 'static,
    {
        let this = Arc::clone(self);
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        let job = move || {
            begins.store(true, Ordering::Relaxed);
            this.run(&work)
        };
        match tokio::time::timeout(TIMEOUT, self.pool.run(job)).await {
            Ok(done) => done?,
            Err(_) if self.server.trouble().is_some() => Err(Error::Unavailable {
                may_be_done: begun.load(Ordering::Relaxed),
            }),
            Err(_) if begun.load(Ordering::Relaxed) => Err(Error::Busy(Queue::SlowWrites)),
            Err(_) => Err(Error::Busy(Queue::Writer)),
        }
    }

    /// The same for a thread that may block.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn run<T>(
        &self,
        work: &impl Fn(&mut MySqlConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let lane = self
            .lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let mut lane = lane.ok_or(Error::Busy(Queue::Writer))?;
        // A panic of the work is caught within, so the lane always comes back.
        let done = self.try_often(&mut lane, work);
        self.lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(lane);
        done
    }

    fn try_often<T>(
        &self,
        lane: &mut Lane,
        work: &impl Fn(&mut MySqlConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let begun = self.server.clock.now();
        let latest = begun + TRYING;
        let mut tried = 0;
        loop {
            if self.lease.is_taken_over() {
                return Err(Error::Unavailable { may_be_done: false });
            }
            let (remedy, cause) = match self.try_once(lane, work) {
                Ok(done) => return done,
                Err(Failure::Unknown(cause)) => {
                    self.server.is_out_of_reach(&cause, begun);
                    return Err(Error::Unavailable { may_be_done: true });
                }
                Err(Failure::NotDone(remedy, cause)) => (remedy, cause),
            };
            tried += 1;
            if tried < TRIES && self.server.clock.now() < latest {
                tracing::debug!(cause, "a transaction is tried again");
                // Those that were in each other's way do not meet again at once.
                let apart = Duration::from_millis(u64::from(lane.number % 16));
                thread::sleep(PAUSE * tried + apart);
                continue;
            }
            match remedy {
                Remedy::FindWriter => {
                    self.server.note_trouble(Trouble::ReadOnly, &cause, begun);
                }
                Remedy::Reconnect if self.server.is_out_of_reach(&cause, begun) => {}
                _ => return Err(Error::Busy(Queue::Writer)),
            }
            return Err(Error::Unavailable { may_be_done: false });
        }
    }

    /// Runs the transaction once. Returns what `work` returned, if that is on record or was a refusal.
    fn try_once<T>(
        &self,
        lane: &mut Lane,
        work: &impl Fn(&mut MySqlConnection) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, Failure> {
        let lost = |cause| Failure::NotDone(Remedy::Reconnect, cause);
        let begun = self.server.clock.now();
        let began = Stopwatch::start();
        let mut connection = self.connections.take().map_err(lost)?;
        let is_ours = match self.begin(&mut connection, lane) {
            Ok(is_ours) => is_ours,
            Err(cause) => {
                let remedy = Remedy::of(&cause);
                // Nobody else may meet the same on this connection.
                if remedy == Remedy::Nothing {
                    return Ok(Err(cause.into()));
                }
                return self.undo(connection, remedy, cause.into());
            }
        };
        if !is_ours {
            self.lease.note_taken_over();
            return Ok(Err(Error::Unavailable { may_be_done: false }));
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut connection)))
            .unwrap_or_else(|_| Err(Fault::new("writing", "the write panicked").into()));
        let value = match outcome {
            Ok(value) => value,
            Err(error) => {
                let remedy = Remedy::of_work(&error);
                return self.undo(connection, remedy, error);
            }
        };
        match connection.driver().query_drop("COMMIT") {
            Ok(()) => {
                self.connections.put_back(connection);
                self.server.note_success(true, begun);
                self.commits.committed(began, 1);
                Ok(Ok(value))
            }
            Err(cause) => {
                self.server.give_up(connection, Remedy::Reconnect);
                let cause = text(cause);
                match self.was_committed(lane) {
                    Some(true) => Ok(Ok(value)),
                    Some(false) => Err(Failure::NotDone(Remedy::Reconnect, cause)),
                    None => Err(Failure::Unknown(cause)),
                }
            }
        }
    }

    /// Begins a transaction with the mark of its lane. False if another zaibo has taken the database
    /// over.
    fn begin(&self, connection: &mut MySqlConnection, lane: &mut Lane) -> QueryResult<bool> {
        lane.sequence += 1;
        let mark = "UPDATE write_lanes SET sequence = ? WHERE lane = ? AND epoch = ?";
        let values = (lane.sequence, lane.number, self.lease.epoch);
        let marked = connection.driver().exec_iter(mark, values);
        let marked = marked.map_err(from_driver)?;
        Ok(marked.affected_rows() > 0)
    }

    /// Undoes a transaction that met an error, and says whether it is to be tried again.
    fn undo<T>(
        &self,
        mut connection: MySqlConnection,
        remedy: Remedy,
        error: Error,
    ) -> Result<Result<T, Error>, Failure> {
        match remedy {
            Remedy::Nothing => {
                if connection.driver().query_drop("ROLLBACK").is_ok() {
                    self.connections.put_back(connection);
                }
                Ok(Err(error))
            }
            remedy => {
                if remedy != Remedy::Repeat {
                    self.server.give_up(connection, remedy);
                }
                let cause = error.into_fault("writing").to_string();
                Err(Failure::NotDone(remedy, cause))
            }
        }
    }

    /// Whether the last transaction of a lane took place, after its commit was lost; `None` if the
    /// server does not say.
    fn was_committed(&self, lane: &Lane) -> Option<bool> {
        let latest = self.server.clock.now() + ASKING;
        loop {
            // A new connection, also in an outage: a server that is back is found at once.
            let connection = self.server.connect(Purpose::Write).ok();
            let sequence = connection.and_then(|connection| self.last_sequence(connection, lane));
            if let Some(sequence) = sequence {
                return Some(sequence == lane.sequence);
            }
            if self.lease.is_taken_over() || self.server.clock.now() >= latest {
                return None;
            }
            thread::sleep(BETWEEN_QUESTIONS);
        }
    }

    /// The sequence of the last transaction of a lane. The row is read with its lock, so a transaction
    /// that the server has not finished yet is waited for.
    fn last_sequence(&self, mut connection: MySqlConnection, lane: &Lane) -> Option<i64> {
        let row = "SELECT sequence FROM write_lanes WHERE lane = ? AND epoch = ? FOR UPDATE";
        let values = (lane.number, self.lease.epoch);
        let sequence: Option<i64> = connection.driver().exec_first(row, values).ok()?;
        if connection.driver().query_drop("ROLLBACK").is_ok() {
            self.connections.put_back(connection);
        }
        if sequence.is_none() {
            self.lease.note_taken_over();
        }
        sequence
    }
}

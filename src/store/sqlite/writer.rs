//! The writer: concurrent writes share one commit, and each caller is answered after the commit.
//!
//! The first caller starts a leader. The leader runs all queued writes in one transaction, each in
//! a savepoint of its own, commits once, answers all callers, and checks the queue again. Writes
//! that arrive during a commit form the next batch, so a slower disk gets larger batches.
//!
//! A write that fails must not make the others fail. SQLite may undo the whole transaction because
//! of one write, and this shows only at the commit. So after any failure the batch is undone, and
//! its writes run again one by one, each with a commit of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use tokio::task::spawn_blocking;

use crate::clock::{Clock, Stopwatch};
use crate::error::{Error, Fault, Queue};
use crate::log_throttle::{APART, LogThrottle};
use crate::store::commit_watch::CommitWatch;
use crate::store::sqlite::checkpoint::Checkpointer;
use crate::store::sqlite::database::{Database, GONE};
use crate::store::sqlite::job::{Job, JobFailed, Outcome, job};

/// Writes that may wait in the queue. When it is full, further callers are answered "busy".
const QUEUE: usize = 8192;

/// How long a caller waits for their commit. Clients give up after five seconds.
const TIMEOUT: Duration = Duration::from_secs(4);

pub(crate) struct Writer {
    line: Mutex<Line>,
    database: Arc<Database>,
    /// `None` after a failure: the next batch opens a new connection.
    connection: Mutex<Option<SqliteConnection>>,
    /// `None` if another program copies the journal back.
    checkpointer: Option<Arc<Checkpointer>>,
    /// Writes that share one commit at the most.
    batch: usize,
    pub(crate) commits: CommitWatch,
    clock: Clock,
    /// Limit what is logged of a database that another process holds, and of commits that fail.
    holds: LogThrottle,
    failures: LogThrottle,
}

#[derive(Default)]
struct Line {
    waiting: Vec<Box<dyn Job>>,
    led: bool,
}

/// Why a batch, or a write alone, was not committed.
enum Undone {
    /// Another process holds the database; no write began.
    Held(DieselError),
    /// The database cannot be opened, or its files were deleted or replaced. Every write would
    /// fail.
    Gone(Fault),
    /// A write failed, or the commit did.
    Failed(Fault),
}

impl Undone {
    fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(Fault::new("committing", cause))
    }
}

/// The thread that runs the batches. When it ends, for any reason, another leader can start.
struct Leader {
    writer: Arc<Writer>,
    leads: bool,
}

impl Leader {
    fn lead(mut self) {
        while let Some(batch) = self.writer.next_batch() {
            self.writer.serve(batch);
        }
        self.leads = false;
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if !self.leads {
            return;
        }
        // The leader panicked, or its thread did not start. Waiting jobs are dropped, which answers
        // their callers "busy".
        let mut line = self.writer.line();
        line.led = false;
        let waiting = std::mem::take(&mut line.waiting);
        drop(line);
        drop(waiting);
    }
}

impl Writer {
    pub(crate) fn new(
        database: Arc<Database>,
        connection: SqliteConnection,
        checkpointer: Option<Checkpointer>,
        batch: usize,
        clock: Clock,
    ) -> Self {
        Self {
            line: Mutex::default(),
            database,
            connection: Mutex::new(Some(connection)),
            checkpointer: checkpointer.map(Arc::new),
            batch,
            commits: CommitWatch::default(),
            clock,
            holds: LogThrottle::new(APART),
            failures: LogThrottle::new(APART),
        }
    }

    /// Runs `work` in a transaction and returns after the commit. An error of `work` undoes only
    /// what `work` did. `work` may run more than once; only the last run counts.
    ///
    /// # Errors
    /// The error of `work`; [`Error::Busy`] if the queue is full, another process holds the
    /// database, or the disk is too slow (only then the write may still be committed later); a
    /// [`Fault`] if the commit failed.
    pub(crate) async fn write<T, F>(self: &Arc<Self>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        let (job, answer) = job(work);
        if self.enqueue(job)? {
            // Created here, so that its `drop` frees the waiting callers if the thread cannot
            // start.
            let leader = Leader {
                writer: Arc::clone(self),
                leads: true,
            };
            // The leader is not awaited: each caller waits for its own answer.
            let started = catch_unwind(AssertUnwindSafe(|| spawn_blocking(move || leader.lead())));
            if started.is_err() {
                tracing::error!(
                    "no thread could be started to write, the system has no threads or no memory left: the waiting requests are answered 90001, nothing of them is recorded"
                );
            }
        }
        match tokio::time::timeout(TIMEOUT, answer).await {
            Ok(Ok(outcome)) => outcome,
            // Dropped without an answer: the database was not available, and the write did not
            // begin.
            Ok(Err(_)) => Err(Error::Busy(Queue::Writer)),
            Err(_) => Err(Error::Busy(Queue::SlowWrites)),
        }
    }

    /// The same for a thread that may block, and beside no other writes.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn write_now<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        let (job, mut answer) = job(work);
        self.serve(vec![job]);
        answer.try_recv().unwrap_or(Err(Error::Busy(Queue::Writer)))
    }

    /// Queues a job. True if the caller has to start a leader.
    fn enqueue(&self, job: Box<dyn Job>) -> Result<bool, Error> {
        let mut line = self.line();
        if line.waiting.len() >= QUEUE {
            return Err(Error::Busy(Queue::Writer));
        }
        line.waiting.push(job);
        Ok(!std::mem::replace(&mut line.led, true))
    }

    /// Writes that wait for their turn.
    pub(crate) fn len(&self) -> usize {
        self.line().waiting.len()
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next batch; `None` if the queue is empty, and then there is no leader any more.
    fn next_batch(&self) -> Option<Vec<Box<dyn Job>>> {
        let mut line = self.line();
        if line.waiting.is_empty() {
            line.led = false;
            return None;
        }
        let size = line.waiting.len().min(self.batch);
        Some(line.waiting.drain(..size).collect())
    }

    /// Commits a batch together, or one by one if that fails, and answers all its callers.
    fn serve(&self, mut batch: Vec<Box<dyn Job>>) {
        match self.commit(&mut batch) {
            Ok(()) => settle(batch, &Outcome::Committed),
            Err(Undone::Held(cause)) => {
                if let Some(times) = self.holds.happened(self.clock.now()) {
                    tracing::warn!(file = %self.database.path().display(), times, %cause, "another process holds the database: what waits longer than 3 s to be written is answered 90001; end that process");
                }
            }
            // The cause is no single write. A retry could do a write twice if the old file came
            // back.
            Err(Undone::Gone(cause)) => settle(batch, &Outcome::Failed(cause.to_string())),
            // It ran alone, so a second try is of no use.
            Err(Undone::Failed(cause)) if batch.len() == 1 => {
                settle(batch, &Outcome::Failed(cause.to_string()));
            }
            Err(Undone::Failed(cause)) => {
                if let Some(times) = self.failures.happened(self.clock.now()) {
                    tracing::warn!(times, %cause, "a commit failed, its writes are tried one by one: those that succeed alone are recorded, the others are answered 90000");
                }
                self.one_by_one(batch);
            }
        }
    }

    fn one_by_one(&self, batch: Vec<Box<dyn Job>>) {
        let mut rest = batch.into_iter();
        while let Some(job) = rest.next() {
            let mut alone = vec![job];
            match self.commit(&mut alone) {
                Ok(()) => settle(alone, &Outcome::Committed),
                // The remaining writes would wait just as long, and in vain.
                Err(Undone::Held(_)) => return,
                Err(Undone::Gone(cause)) => {
                    alone.extend(rest);
                    return settle(alone, &Outcome::Failed(cause.to_string()));
                }
                Err(Undone::Failed(cause)) => settle(alone, &Outcome::Failed(cause.to_string())),
            }
        }
    }

    /// Runs all jobs in one transaction. If anything fails, none of them is done, and the
    /// connection is not used again, because SQLite may have left it in an unknown state.
    fn commit(&self, batch: &mut [Box<dyn Job>]) -> Result<(), Undone> {
        let mut slot = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self.database.connect().map_err(Undone::Gone)?,
        };
        let began = Stopwatch::start();
        let mut begun = false;
        let committed = connection.immediate_transaction(|connection| {
            begun = true;
            batch.iter_mut().try_for_each(|job| job.run(connection))
        });
        match committed {
            Ok(()) if self.database.is_in_place() => {
                if let Some(checkpointer) = &self.checkpointer {
                    checkpointer.committed(batch.len(), &mut connection);
                }
                *slot = Some(connection);
                self.commits.committed(began, batch.len());
                Ok(())
            }
            Ok(()) => Err(Undone::Gone(Fault::new("committing", GONE))),
            Err(JobFailed::Database(cause)) if !begun && is_held(&cause) => {
                *slot = Some(connection);
                Err(Undone::Held(cause))
            }
            Err(JobFailed::Database(cause)) => Err(Undone::failed(cause)),
            Err(JobFailed::Itself(cause)) => Err(Undone::failed(cause)),
        }
    }
}

/// Whether another process holds the database. diesel has no error kind for that.
fn is_held(cause: &DieselError) -> bool {
    matches!(cause, DieselError::DatabaseError(_, told) if told.message().contains("is locked"))
}

fn settle(jobs: Vec<Box<dyn Job>>, outcome: &Outcome) {
    for job in jobs {
        job.settle(outcome);
    }
}

#[cfg(test)]
mod tests;

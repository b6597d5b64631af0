//! The writer: concurrent writes share one commit, and nobody is answered before it.
//!
//! The first to come leads: he runs everything that is queued in one transaction, each write in a
//! savepoint of its own, commits once, answers all, and looks again. What arrives during a commit
//! is the next batch, so the slower the disk, the larger the batches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::prelude::*;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::checkpoint::Checkpointer;
use crate::domain::{Queue, Refusal};
use crate::error::{Error, Fault};

/// Writes that may wait for the disk. A caller beyond that is answered "busy".
const QUEUE: usize = 8192;

/// How long a caller waits for his commit. Clients give up after five seconds.
const PATIENCE: Duration = Duration::from_secs(4);

/// A write that is waiting: it runs within the batch and then waits for the commit.
type Job = Box<dyn FnOnce(&mut SqliteConnection) -> Settle + Send>;

/// Answers the caller, once it is known whether the batch was committed.
type Settle = Box<dyn FnOnce(Result<(), &'static str>) + Send>;

pub(super) struct Writer {
    line: Mutex<Line>,
    connection: Mutex<SqliteConnection>,
    checkpointer: Arc<Checkpointer>,
    /// Writes that share one commit at the most.
    batch: usize,
}

#[derive(Default)]
struct Line {
    waiting: Vec<Job>,
    led: bool,
}

impl Writer {
    pub(super) fn new(
        connection: SqliteConnection,
        checkpointer: Checkpointer,
        batch: usize,
    ) -> Self {
        Self {
            line: Mutex::default(),
            connection: Mutex::new(connection),
            checkpointer: Arc::new(checkpointer),
            batch,
        }
    }

    /// Runs `work` in a transaction and answers when it is committed. An error of `work` undoes
    /// what it did, and nothing else.
    ///
    /// # Errors
    /// What `work` gives; [`Refusal::Busy`] if the queue is full, another process holds the
    /// database, or the disk is too slow (only then the write may still come about); a [`Fault`]
    /// if the commit failed.
    pub(super) async fn write<T, F>(self: &Arc<Self>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let done = connection.transaction(|connection| {
                // A panic undoes its own write; the others of the batch are not to suffer.
                catch_unwind(AssertUnwindSafe(|| work(connection)))
                    .unwrap_or_else(|_| Err(Fault::new("writing", "the write panicked").into()))
            });
            Box::new(move |committed| {
                let outcome = match committed {
                    Ok(()) => done,
                    Err(cause) => Err(Fault::new("committing", cause).into()),
                };
                // Who no longer waits needs no answer.
                let _ = reply.send(outcome);
            })
        });
        if self.enqueue(job)? {
            let writer = Arc::clone(self);
            // Nobody awaits the leader: his callers wait for their own answers.
            drop(spawn_blocking(move || writer.lead()));
        }
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(outcome)) => outcome,
            // Dropped without an answer: the database was not to be had, and nothing began.
            Ok(Err(_)) | Err(_) => Err(Refusal::Busy(Queue::Writer).into()),
        }
    }

    /// Queues a job, and tells whether its caller has to see to a leader.
    fn enqueue(&self, job: Job) -> Result<bool, Refusal> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if line.waiting.len() >= QUEUE {
            return Err(Refusal::Busy(Queue::Writer));
        }
        line.waiting.push(job);
        Ok(!std::mem::replace(&mut line.led, true))
    }

    fn lead(&self) {
        loop {
            let batch = {
                let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
                if line.waiting.is_empty() {
                    line.led = false;
                    return;
                }
                let size = line.waiting.len().min(self.batch);
                line.waiting.drain(..size).collect::<Vec<_>>()
            };
            self.commit(batch);
        }
    }

    fn commit(&self, batch: Vec<Job>) {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let writes = batch.len();
        let mut settles = Vec::with_capacity(writes);
        let committed = connection.immediate_transaction(|connection| {
            settles.extend(batch.into_iter().map(|job| job(connection)));
            QueryResult::Ok(())
        });
        if let Err(cause) = &committed {
            tracing::error!(writes, cause = %cause, "commit failed, nothing of the writes is done");
        }
        let outcome = committed.map_err(|_| "the batch could not be committed");
        for settle in settles {
            settle(outcome);
        }
        self.checkpointer.committed(writes, &mut connection);
    }
}

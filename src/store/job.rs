//! A write that waits for its turn: it may be run more than once, and is answered once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use tokio::sync::oneshot;

use crate::error::{Error, Fault};

/// Rows that one write changes at the most. Everybody behind it waits for its end, so what is more
/// comes in pieces, each a write of its own.
pub const PIECE: usize = 256;

/// A write in the writer's queue. Dropped without being settled, its caller is told "busy".
pub(crate) trait Job: Send {
    /// Does its work in a savepoint of its own. What it refuses undoes the savepoint alone.
    ///
    /// # Errors
    /// If the whole transaction has to be undone.
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), JobFailed>;

    /// Answers the caller.
    fn settle(self: Box<Self>, outcome: &Outcome);
}

/// Why a transaction can not go on.
pub(crate) enum JobFailed {
    /// The database said so, outside of any work.
    Database(DieselError),
    /// The work of one job failed, as told here; the job has the error itself.
    Itself(String),
}

impl From<DieselError> for JobFailed {
    fn from(cause: DieselError) -> Self {
        Self::Database(cause)
    }
}

/// What became of the transaction in which a job ran last.
pub(crate) enum Outcome {
    Committed,
    Failed(String),
}

/// What a caller waits for.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, Error>>;

struct Write<T, F> {
    work: F,
    /// What the last run came to.
    done: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

/// A job that does `work`, and what its answer comes through.
pub(crate) fn job<T, F>(work: F) -> (Box<dyn Job>, Answer<T>)
where
    T: Send + 'static,
    F: Fn(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let write = Write {
        work,
        done: None,
        reply,
    };
    (Box::new(write), answer)
}

/// Why a savepoint is undone.
enum Undone {
    /// The work ended with an error.
    Asked,
    Database(DieselError),
}

impl From<DieselError> for Undone {
    fn from(cause: DieselError) -> Self {
        Self::Database(cause)
    }
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: Fn(&mut SqliteConnection) -> Result<T, Error> + Send,
{
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), JobFailed> {
        let mut done = None;
        let kept = connection.transaction(|connection| {
            let work = AssertUnwindSafe(|| (self.work)(connection));
            let outcome = catch_unwind(work)
                .unwrap_or_else(|_| Err(Fault::new("writing", "the write panicked").into()));
            let kept = if outcome.is_ok() {
                Ok(())
            } else {
                Err(Undone::Asked)
            };
            done = Some(outcome);
            kept
        });
        let failure = match &done {
            Some(Err(Error::Fault(cause))) => Some(cause.to_string()),
            _ => None,
        };
        self.done = done;
        match (failure, kept) {
            (Some(failure), _) => Err(JobFailed::Itself(failure)),
            (None, Ok(()) | Err(Undone::Asked)) => Ok(()),
            (None, Err(Undone::Database(cause))) => Err(JobFailed::Database(cause)),
        }
    }

    fn settle(self: Box<Self>, outcome: &Outcome) {
        let answer = match (outcome, self.done) {
            (Outcome::Committed, Some(done)) => done,
            (Outcome::Committed, None) => Err(Fault::new("writing", "it never ran").into()),
            (Outcome::Failed(_), Some(Err(Error::Fault(own)))) => Err(own.into()),
            (Outcome::Failed(cause), _) => Err(Fault::new("writing", cause.as_str()).into()),
        };
        // Who no longer waits needs no answer.
        let _ = self.reply.send(answer);
    }
}

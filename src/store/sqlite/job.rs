//! Jobs of the writer: a job may run more than once and is answered once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use tokio::sync::oneshot;

use crate::error::{Error, Fault};

/// A write in the writer's queue. If it is dropped without being settled, its caller gets "busy".
pub(crate) trait Job: Send {
    /// Runs the work in a savepoint of its own. If the work returns a refusal, only this savepoint
    /// is undone.
    ///
    /// # Errors
    /// If the whole transaction has to be undone.
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), JobFailed>;

    /// Answers the caller.
    fn settle(self: Box<Self>, outcome: &Outcome);
}

/// Why a transaction cannot go on.
pub(crate) enum JobFailed {
    /// An error of the database outside of any job's work.
    Database(DieselError),
    /// The work of one job failed. This is the error's text; the job holds the error itself.
    Itself(String),
}

impl From<DieselError> for JobFailed {
    fn from(cause: DieselError) -> Self {
        Self::Database(cause)
    }
}

/// The result of the transaction in which a job last ran.
pub(crate) enum Outcome {
    Committed,
    Failed(String),
}

/// The channel on which a caller waits for its answer.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, Error>>;

struct Write<T, F> {
    work: F,
    /// The result of the last run.
    done: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

/// A job that runs `work`, and the channel of its answer.
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

/// Why a savepoint was undone.
enum Undone {
    /// The work returned an error.
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
        // The send fails if the caller has stopped waiting. That is fine.
        let _ = self.reply.send(answer);
    }
}

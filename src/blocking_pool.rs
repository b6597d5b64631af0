//! A bounded pool for blocking jobs: a fixed number runs, a fixed number waits, and others get "busy".

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::error::{Error, Fault, Queue};

/// Lets a bounded number of blocking jobs run beside the worker threads.
#[derive(Clone, Debug)]
pub struct BlockingPool {
    queue: Queue,
    /// Jobs that it takes at most.
    size: usize,
    line: Arc<Semaphore>,
    inside: Arc<Semaphore>,
}

impl BlockingPool {
    /// A pool for `at_once` running and `in_line` waiting jobs. `queue` names it in errors.
    pub fn new(queue: Queue, at_once: usize, in_line: usize) -> Self {
        Self {
            queue,
            size: at_once + in_line,
            line: Arc::new(Semaphore::new(at_once + in_line)),
            inside: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Jobs that run or wait.
    pub fn occupied(&self) -> usize {
        self.size - self.line.available_permits()
    }

    /// Runs a job on a thread that may block. A job that has begun runs to its end and keeps its place
    /// even if its caller goes away.
    ///
    /// # Errors
    /// [`Error::Busy`] at once if the pool is full; a [`Fault`] if the job panics.
    pub async fn run<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let place = Arc::clone(&self.line)
            .try_acquire_owned()
            .map_err(|_| Error::Busy(self.queue))?;
        let permit = Arc::clone(&self.inside)
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy(self.queue))?;
        let done = spawn_blocking(move || {
            let _held = (place, permit);
            job()
        });
        done.await
            .map_err(|panic| Fault::new("running a blocking job", panic).into())
    }
}

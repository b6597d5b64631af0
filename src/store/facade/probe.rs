//! Probes of the store: it is the one that was opened, it can read, and it can commit.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::domain::Moment;
use crate::error::{Error, Fault};
use crate::metrics::StoreMetrics;
use crate::store::facade::{Engine, Store};
use crate::store::health::{Health, Trouble};

/// How long the result of a probe is reused. Each probe costs a commit, and any client may ask.
const GOOD_FOR: Duration = Duration::from_secs(1);

impl Store {
    /// Counts the commits from now on.
    pub fn count_in(&self, metrics: StoreMetrics) {
        match &self.engine {
            Engine::Sqlite(store) => store.writer.commits.count_in(metrics),
            Engine::MySql(store) => store.writer.commits.count_in(metrics),
        }
    }

    /// Writes and reads that run or wait for their turn.
    pub fn waiting(&self) -> (usize, usize) {
        match &self.engine {
            Engine::Sqlite(store) => (store.writer.len(), store.blocking_pool.occupied()),
            Engine::MySql(store) => (store.writer.len(), store.readers.occupied()),
        }
    }

    /// Whether the store can work. The answer is at most a second old.
    ///
    /// # Errors
    /// The problem. Its cause is in the log.
    pub async fn health(&self, now: Moment) -> Health {
        let mut last = self.last_look.lock().await;
        if let Some((at, health)) = *last
            && now < at + GOOD_FOR
        {
            return health;
        }
        let health = self.probe().await;
        *last = Some((now, health));
        health
    }

    /// Probes the store: it can read, and it can commit, into the database that was opened.
    ///
    /// # Errors
    /// The problem. Its cause is in the log.
    pub async fn probe(&self) -> Health {
        if let Engine::MySql(store) = &self.engine
            && store.lease.is_taken_over()
        {
            return Err(Trouble::TakenOver);
        }
        let read = match &self.engine {
            Engine::Sqlite(store) => {
                let database = Arc::clone(&store.database);
                store.read(move |conn| database.is_intact(conn)).await
            }
            Engine::MySql(store) => store.read(|conn| conn.is_alive()).await,
        };
        match read {
            Ok(true) => {}
            Ok(false) => {
                let trouble = Trouble::FilesGone;
                tracing::error!(cause = trouble.as_str(), "not ready");
                return Err(trouble);
            }
            Err(error) => return Err(self.trouble(error, Trouble::Unreadable)),
        }
        // A write that changes nothing is a full commit all the same.
        let written = match &self.engine {
            Engine::Sqlite(store) => store.write(commits).await,
            Engine::MySql(store) => store.write(|_| Ok(())).await,
        };
        written.map_err(|error| self.trouble(error, Trouble::Unwritable))
    }

    fn trouble(&self, error: Error, otherwise: Trouble) -> Trouble {
        match error {
            Error::Refused(_) | Error::Busy(_) => Trouble::Busy,
            // The engine has logged it when it began.
            Error::Unavailable { .. } => match &self.engine {
                Engine::MySql(store) => store.server.trouble().unwrap_or(Trouble::Busy),
                Engine::Sqlite(_) => Trouble::Busy,
            },
            Error::Fault(cause) => {
                log(&cause);
                otherwise
            }
        }
    }
}

/// Writes the value that is already there.
fn commits(conn: &mut SqliteConnection) -> Result<(), Error> {
    Ok(conn.batch_execute("PRAGMA user_version = 0")?)
}

fn log(cause: &Fault) {
    tracing::error!(%cause, "not ready");
}

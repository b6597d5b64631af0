//! Probes of the store: its files are in place, it can read, and it can commit.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::domain::Moment;
use crate::error::{Error, Fault};
use crate::store::facade::Store;
use crate::store::health::{Health, Trouble};

/// How long the result of a probe is reused. Each probe costs a commit, and any client may ask.
const GOOD_FOR: Duration = Duration::from_secs(1);

impl Store {
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

    /// Probes the store: its files are in place, it can read, and it can commit.
    ///
    /// # Errors
    /// The problem. Its cause is in the log.
    pub async fn probe(&self) -> Health {
        let database = Arc::clone(&self.database);
        let read = self
            .read(move |conn| {
                let tables: i64 = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
                    "(SELECT count(*) FROM sqlite_schema)",
                ))
                .get_result(conn)?;
                Ok(database.is_in_place() && tables > 0)
            })
            .await;
        match read {
            Ok(true) => {}
            Ok(false) => {
                let trouble = Trouble::FilesGone;
                tracing::error!(cause = trouble.as_str(), "not ready");
                return Err(trouble);
            }
            Err(error) => return Err(trouble(error, Trouble::Unreadable)),
        }
        // Writing the value that is already there changes nothing, but is a full commit.
        self.write(|conn| Ok(conn.batch_execute("PRAGMA user_version = 0")?))
            .await
            .map_err(|error| trouble(error, Trouble::Unwritable))
    }
}

fn trouble(error: Error, otherwise: Trouble) -> Trouble {
    match error {
        Error::Refused(_) | Error::Busy(_) => Trouble::Busy,
        Error::Fault(cause) => {
            log(&cause);
            otherwise
        }
    }
}

fn log(cause: &Fault) {
    tracing::error!(%cause, "not ready");
}

//! Whether the store can do its work: its files are in place, it reads, and it commits.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio::sync::Mutex;

use crate::domain::Moment;
use crate::error::{Error, Fault};
use crate::store::facade::Store;

/// For how long a look is good. Each costs a commit, and anybody may ask.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// What a look found.
pub type Health = Result<(), Trouble>;

/// Why the store can not do its work, in words for whoever runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its files are not those that were opened.
    FilesGone,
    /// A read failed.
    Unreadable,
    /// A write failed, as when the disk is full.
    Unwritable,
    /// Too many wait, or another process holds the database.
    Busy,
}

impl Trouble {
    /// What is wrong and what to do, in a line that tells unattached nothing.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FilesGone => "the database files were deleted or replaced while it was in use",
            Self::Unreadable => "the database can not be read; see the log",
            Self::Unwritable => "the database can not be written; is the disk full? see the log",
            Self::Busy => "the database is busy, or held by another process",
        }
    }
}

/// The last look, shared by all who ask. Whoever asks while one looks waits for what they find.
pub(crate) type LastLook = Arc<Mutex<Option<(Moment, Health)>>>;

impl Store {
    /// Whether the store can do its work at this moment, or could a second ago.
    ///
    /// # Errors
    /// What is wrong; the cause is in the log.
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

    /// Whether the store can do its work now: its files are looked at, it reads, and it commits.
    ///
    /// # Errors
    /// What is wrong; the cause is in the log.
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
        // Setting it to what it is changes nothing, and yet is a commit like any other.
        self.write(|conn| Ok(conn.batch_execute("PRAGMA user_version = 0")?))
            .await
            .map_err(|error| trouble(error, Trouble::Unwritable))
    }
}

fn trouble(error: Error, otherwise: Trouble) -> Trouble {
    match error {
        Error::Refused(_) => Trouble::Busy,
        Error::Fault(cause) => {
            log(&cause);
            otherwise
        }
    }
}

fn log(cause: &Fault) {
    tracing::error!(%cause, "not ready");
}

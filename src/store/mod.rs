//! What survives a restart: every word of diesel is in this folder.
//!
//! Reads go through a small pool. Writes that a client waits for go through the [`writer`], which
//! commits concurrent ones together and answers after the commit.

mod accounts;
mod checkpoint;
mod dismissals;
mod files;
mod inbox;
mod inbox_state;
mod inbox_view;
mod kept;
mod lives;
mod recorder;
mod recordings;
mod schema;
mod seed;
mod sessions;
mod streams;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub use inbox::Taken;
pub use inbox_state::InboxState;
pub use inbox_view::{InboxEntry, InboxFilter, InboxView};
pub use lives::Reported;
pub use seed::Person;
pub use sessions::{KnownSession, TokenHash};

use crate::domain::{Queue, UnixTime};
use crate::error::{Error, Fault};
use crate::gate::Gate;
use checkpoint::Checkpointer;
use writer::Writer;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Reads that may run at once, and that may wait.
const READERS: usize = 4;
const READERS_IN_LINE: usize = 4096;

/// How long a connection waits for another process that holds the database. Those who wait for the
/// writer wait longer, so that they are told what became of it.
const PATIENCE: Duration = Duration::from_secs(3);

/// The durable records. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    readers: Pool<ConnectionManager<SqliteConnection>>,
    gate: Gate,
    writer: Arc<Writer>,
    // Released when the last clone goes.
    _lock: Arc<std::fs::File>,
}

impl Store {
    /// Opens the database, makes it if it is not there, brings its schema up to date, and gives
    /// rooms that were imported what the cloud told of them. So many writes may share a commit at
    /// the most, so that none grows without bound. Blocks.
    ///
    /// # Errors
    /// A [`Fault`] that says what could not be done, as when another server has the database.
    pub fn open(path: &Path, writes_per_commit: usize, now: UnixTime) -> Result<Self, Fault> {
        let lock = lock(path)?
            .ok_or_else(|| Fault::new("locking the database", "another zaibo is running on it"))?;
        let mut connection = connect(path)?;
        // Migrations run before any pooled reader looks at the schema.
        connection
            .run_pending_migrations(MIGRATIONS)
            .map_err(|cause| Fault::new("migrating the database", cause))?;
        inbox::settle_all(&mut connection, now)
            .map_err(|error| error.into_fault("settling the inbox"))?;
        let checkpointer = Checkpointer::new(connect(path)?);
        let manager = ConnectionManager::new(path.to_string_lossy());
        let readers = Pool::builder()
            .max_size(u32::try_from(READERS).unwrap_or(1))
            .connection_timeout(PATIENCE)
            .connection_customizer(Box::new(Reader))
            .build(manager)
            .map_err(|cause| Fault::new("opening the database for reading", cause))?;
        Ok(Self {
            readers,
            gate: Gate::new(Queue::Readers, READERS, READERS_IN_LINE),
            writer: Arc::new(Writer::new(connection, checkpointer, writes_per_commit)),
            _lock: Arc::new(lock),
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.read(|conn| {
            diesel::sql_query("SELECT 1").execute(conn)?;
            Ok(())
        })
        .await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        let pool = self.readers.clone();
        let job = move || {
            let mut connection = pool
                .get()
                .map_err(|cause| Fault::new("taking a reader", cause))?;
            work(&mut connection)
        };
        self.gate.run(job).await?
    }

    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.write(work).await
    }
}

/// Two servers on one database would each keep their own truth about the same rooms. None if there
/// is one already.
fn lock(path: &Path) -> Result<Option<std::fs::File>, Fault> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let opening = "opening the lock file beside the database";
    let file =
        std::fs::File::create(PathBuf::from(name)).map_err(|cause| Fault::new(opening, cause))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(cause)) => Err(Fault::new("locking the database", cause)),
    }
}

/// Makes the database file for its owner alone: password hashes are in it.
fn keep_private(path: &Path) -> Result<(), Fault> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path);
    made.map(|_| ())
        .map_err(|cause| Fault::new("opening the database file", cause))
}

fn connect(path: &Path) -> Result<SqliteConnection, Fault> {
    keep_private(path)?;
    let fault = |cause: DieselError| Fault::new("setting the database up", cause);
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())
        .map_err(|cause| Fault::new("opening the database", cause))?;
    set(&mut connection, "PRAGMA journal_mode = WAL").map_err(fault)?;
    // An answer of 0 means "on the disk", also after a power cut.
    set(&mut connection, "PRAGMA synchronous = FULL").map_err(fault)?;
    // In KiB: the inner pages of a large database stay in memory.
    set(&mut connection, "PRAGMA cache_size = -16384").map_err(fault)?;
    // In pages of 4 KiB: a backstop for when the checkpointer does not get on.
    set(&mut connection, "PRAGMA wal_autocheckpoint = 16000").map_err(fault)?;
    set_common(&mut connection).map_err(fault)?;
    Ok(connection)
}

fn set_common(connection: &mut SqliteConnection) -> QueryResult<()> {
    set(
        connection,
        &format!("PRAGMA busy_timeout = {}", PATIENCE.as_millis()),
    )?;
    set(connection, "PRAGMA foreign_keys = ON")
}

fn set(connection: &mut SqliteConnection, pragma: &str) -> QueryResult<()> {
    diesel::sql_query(pragma).execute(connection).map(|_| ())
}

/// Sets pooled connections up for reading only.
#[derive(Debug)]
struct Reader;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Reader {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let reading =
            set_common(connection).and_then(|()| set(connection, "PRAGMA query_only = ON"));
        reading.map_err(diesel::r2d2::Error::QueryError)
    }
}

impl From<DieselError> for Error {
    fn from(cause: DieselError) -> Self {
        Self::Fault(Fault::new("asking the database", cause))
    }
}

fn is_unique_violation(cause: &DieselError) -> bool {
    matches!(
        cause,
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}

//! The store as others use it: opened once, read through a small pool, written by one writer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::blocking_pool::BlockingPool;
use crate::domain::{Queue, UnixTime};
use crate::error::{Error, Fault};
use crate::store::health::LastLook;
use crate::store::sqlite::checkpoint::Checkpointer;
use crate::store::sqlite::database::Database;
use crate::store::sqlite::schema_version;
use crate::store::transactions::attach;
use crate::store::writer::Writer;

/// Reads that may run at once, and that may wait.
const READERS: usize = 4;
const READERS_IN_LINE: usize = 4096;

/// How long a connection waits for another process that holds the database. Those who wait for the
/// writer wait longer, so that they are told what became of it.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// Rows that one write changes at the most. Everybody behind it waits for its end, so what is more
/// comes in pieces, each a write of its own.
pub const PIECE: usize = 256;

/// The durable records. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    pub(crate) database: Arc<Database>,
    readers: Pool<ConnectionManager<SqliteConnection>>,
    blocking_pool: BlockingPool,
    pub(in crate::store) writer: Arc<Writer>,
    pub(crate) last_look: LastLook,
}

impl Store {
    /// Opens the database, makes it if it is not there, brings its schema up to date, and gives
    /// rooms that were imported what the cloud told of them. So many writes may share a commit at
    /// the most, so that none grows without bound. Blocks.
    ///
    /// # Errors
    /// A [`Fault`] that says what could not be done: another server has the database, it is another
    /// program's, or of a newer version of this one.
    pub fn open(path: &Path, writes_per_commit: usize, now: UnixTime) -> Result<Self, Fault> {
        let database = Arc::new(Database::claim(path)?);
        let mut connection = database.connect()?;
        // Migrations run before any pooled reader looks at the schema.
        schema_version::migrate(&mut connection)?;
        database.remember_files()?;
        attach::settle_all(&mut connection, now)
            .map_err(|error| error.into_fault("settling the inbox"))?;
        let checkpointer = Checkpointer::new(database.connect()?);
        // Readers stay open for good: one that is opened later could find another file there.
        let readers = Pool::builder()
            .max_size(u32::try_from(READERS).unwrap_or(1))
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(BUSY_TIMEOUT)
            .connection_customizer(Box::new(Reader))
            .build(ConnectionManager::new(database.url()?))
            .map_err(|cause| Fault::new("opening the database for reading", cause))?;
        let writer = Writer::new(
            Arc::clone(&database),
            connection,
            checkpointer,
            writes_per_commit,
        );
        Ok(Self {
            database,
            readers,
            blocking_pool: BlockingPool::new(Queue::Readers, READERS, READERS_IN_LINE),
            writer: Arc::new(writer),
            last_look: LastLook::default(),
        })
    }

    pub(in crate::store) async fn read<T, F>(&self, work: F) -> Result<T, Error>
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
        self.blocking_pool.run(job).await?
    }

    pub(in crate::store) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.write(work).await
    }
}

/// Sets pooled connections up for reading only.
#[derive(Debug)]
struct Reader;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Reader {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let pragmas = format!(
            "PRAGMA busy_timeout = {}; PRAGMA query_only = ON;",
            BUSY_TIMEOUT.as_millis()
        );
        connection
            .batch_execute(&pragmas)
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

impl From<DieselError> for Error {
    fn from(cause: DieselError) -> Self {
        Self::Fault(Fault::new("asking the database", cause))
    }
}

pub(crate) fn is_unique_violation(cause: &DieselError) -> bool {
    matches!(
        cause,
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}

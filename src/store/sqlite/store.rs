//! A store on SQLite: one writer and a small pool of readers on a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};

use crate::blocking_pool::BlockingPool;
use crate::clock::Clock;
use crate::database_url::Checkpoints;
use crate::error::{Error, Fault, Queue};
use crate::store::sqlite::checkpoint::Checkpointer;
use crate::store::sqlite::database::{BUSY_TIMEOUT, Database};
use crate::store::sqlite::schema_version;
use crate::store::sqlite::writer::Writer;

/// Reads that may run at once, and reads that may wait for their turn.
const READERS: usize = 4;
const READERS_IN_LINE: usize = 4096;

/// The durable records in a file.
pub(crate) struct SqliteStore {
    /// The path as it was given.
    pub(crate) path: PathBuf,
    pub(crate) database: Arc<Database>,
    readers: Pool<ConnectionManager<SqliteConnection>>,
    pub(crate) blocking_pool: BlockingPool,
    pub(crate) writer: Arc<Writer>,
}

impl SqliteStore {
    /// Opens the database and creates it if it does not exist, and brings its schema up to date. At
    /// most `writes_per_commit` writes share a commit.
    ///
    /// # Errors
    /// A [`Fault`] with the reason.
    pub(crate) fn open(
        path: &Path,
        writes_per_commit: usize,
        checkpoints: Checkpoints,
        clock: Clock,
    ) -> Result<Self, Fault> {
        let database = Arc::new(Database::claim(path, checkpoints)?);
        let mut connection = database.connect()?;
        // Migrations run before any pooled reader reads the schema.
        schema_version::migrate(&mut connection)?;
        database.remember_files()?;
        let checkpointer = match checkpoints {
            Checkpoints::Own => Some(Checkpointer::new(database.connect()?)),
            Checkpoints::External => None,
        };
        // Readers stay open for good: a connection opened later could find another file under this
        // name.
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
            clock,
        );
        Ok(Self {
            path: path.to_owned(),
            database,
            readers,
            blocking_pool: BlockingPool::new(Queue::Readers, READERS, READERS_IN_LINE),
            writer: Arc::new(writer),
        })
    }

    /// Runs `work` beside the writer, on a connection that can only read.
    ///
    /// # Errors
    /// The error of `work`; a [`Fault`] if no reader is available; [`Error::Busy`] if too many
    /// reads wait.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, Error>
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

    /// Runs `work` in a transaction and returns after the commit. `work` may run twice.
    ///
    /// # Errors
    /// The error of `work`, or the reason why it was not committed.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// The same for a thread that may block.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn write_now<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.write_now(work)
    }

    /// Runs a read on a thread that may block.
    ///
    /// # Errors
    /// The error of `work`; a [`Fault`] if no reader is available.
    pub(crate) fn read_now<T>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let connection = self.readers.get();
        work(&mut *connection.map_err(|cause| Fault::new("taking a reader", cause))?)
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

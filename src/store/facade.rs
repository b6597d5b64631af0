//! The store as the rest of the server sees it: one writer and a small pool of readers.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};

use crate::blocking_pool::BlockingPool;
use crate::error::{Error, Fault, Queue};
use crate::store::health::LastLook;
use crate::store::sqlite::checkpoint::Checkpointer;
use crate::store::sqlite::database::{BUSY_TIMEOUT, Database};
use crate::store::writer::Writer;

/// Reads that may run at once, and reads that may wait for their turn.
const READERS: usize = 4;
const READERS_IN_LINE: usize = 4096;

/// The durable records. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    pub(in crate::store) database: Arc<Database>,
    readers: Pool<ConnectionManager<SqliteConnection>>,
    blocking_pool: BlockingPool,
    pub(in crate::store) writer: Arc<Writer>,
    pub(in crate::store) last_look: LastLook,
}

impl Store {
    /// The store on an open database whose schema is up to date. `connection` writes, and at most
    /// `writes_per_commit` writes share a commit.
    ///
    /// # Errors
    /// If the connections for reads and for checkpoints cannot be opened.
    pub(in crate::store) fn over(
        database: Arc<Database>,
        connection: SqliteConnection,
        writes_per_commit: usize,
    ) -> Result<Self, Fault> {
        let checkpointer = Checkpointer::new(database.connect()?);
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
        );
        Ok(Self {
            database,
            readers,
            blocking_pool: BlockingPool::new(Queue::Readers, READERS, READERS_IN_LINE),
            writer: Arc::new(writer),
            last_look: LastLook::default(),
        })
    }

    /// Runs `work` beside the writer, on a connection that can only read.
    ///
    /// # Errors
    /// The error of `work`; a [`Fault`] if no reader is available; [`Error::Busy`] if too many
    /// reads wait.
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

    /// Runs `work` in a transaction and returns after the commit. `work` may run twice.
    ///
    /// # Errors
    /// The error of `work`, or the reason why it was not committed.
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

//! A store on MySQL or MariaDB: readers and writers on a server, for one process that serves it.

use std::sync::Arc;
use std::thread;

use crate::blocking_pool::BlockingPool;
use crate::clock::Clock;
use crate::database_url::MySqlAddress;
use crate::error::{Error, Fault, Queue};
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::connections::Connections;
use crate::store::mysql::errors::Remedy;
use crate::store::mysql::lease::Lease;
use crate::store::mysql::server::{PAUSE, Purpose, Server, TIMEOUT, TRIES, TRYING};
use crate::store::mysql::writer::Writer;
use crate::store::mysql::{schema_version, secrets};

/// Reads that may run at once, and reads that may wait for their turn.
const READERS: usize = 8;
const READERS_IN_LINE: usize = 4096;

/// The durable records on a MySQL or MariaDB server.
pub(crate) struct MySqlStore {
    pub(crate) server: Arc<Server>,
    pub(crate) lease: Arc<Lease>,
    connections: Arc<Connections>,
    tools: Connections,
    pub(crate) readers: BlockingPool,
    pub(crate) writer: Arc<Writer>,
}

impl MySqlStore {
    /// Opens the database, brings its schema up to date, and takes it over.
    ///
    /// # Errors
    /// A [`Fault`] with the reason in one line.
    pub(crate) fn open(
        address: &MySqlAddress,
        connections: u16,
        clock: Clock,
    ) -> Result<Self, Fault> {
        let server = Arc::new(Server::new(address.clone(), clock));
        schema_version::migrate(&server)?;
        let lease = Lease::take(&server)?;
        Ok(Self {
            connections: Arc::new(Connections::new(Arc::clone(&server), Purpose::Read)),
            tools: Connections::new(Arc::clone(&server), Purpose::Tool),
            readers: BlockingPool::new(Queue::Readers, READERS, READERS_IN_LINE),
            writer: Arc::new(Writer::new(&server, Arc::clone(&lease), connections)),
            server,
            lease,
        })
    }

    /// Runs `work` on a connection for reads. `work` runs again if its connection was lost.
    ///
    /// # Errors
    /// The error of `work`; [`Error::Busy`] if too many reads wait; [`Error::Unavailable`] if the
    /// server cannot be used.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut MySqlConnection) -> Result<T, Error> + Send + 'static,
    {
        let (connections, server) = (Arc::clone(&self.connections), Arc::clone(&self.server));
        let job = move || read(&connections, &server, &work);
        match tokio::time::timeout(TIMEOUT, self.readers.run(job)).await {
            Ok(read) => read?,
            Err(_) if self.server.trouble().is_some() => {
                Err(Error::Unavailable { may_be_done: false })
            }
            Err(_) => Err(Error::Busy(Queue::Readers)),
        }
    }

    /// Runs `work` in a transaction and returns after the commit.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut MySqlConnection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// The same for a thread that may block.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn write_now<T>(
        &self,
        work: impl Fn(&mut MySqlConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.writer.run(&work)
    }

    /// Runs a read at the start or of a tool, without the limits of those for clients. Blocks.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_now<T>(
        &self,
        work: impl Fn(&mut MySqlConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        read(&self.tools, &self.server, &work)
    }

    /// The secret with that name; `make` makes one if there is none yet.
    ///
    /// # Errors
    /// If the server cannot be used.
    pub(crate) fn secret(
        &self,
        name: &str,
        make: impl Fn() -> Result<String, Fault>,
    ) -> Result<String, Error> {
        let made = make()?;
        self.write_now(|conn| secrets::keep(conn, name, &made))
    }
}

fn read<T>(
    connections: &Connections,
    server: &Server,
    work: &impl Fn(&mut MySqlConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let begun = server.clock.now();
    let mut tried = 0;
    loop {
        let cause = match connections.take() {
            Ok(mut connection) => match work(&mut connection) {
                Err(error) => match Remedy::of_work(&error) {
                    remedy @ Remedy::Reconnect => {
                        server.give_up(connection, remedy);
                        error.into_fault("reading").to_string()
                    }
                    // It took longer than anybody waits for it.
                    Remedy::Repeat => return Err(Error::Busy(Queue::Readers)),
                    Remedy::FindWriter | Remedy::Nothing => {
                        connections.put_back(connection);
                        return Err(error);
                    }
                },
                Ok(read) => {
                    connections.put_back(connection);
                    return Ok(read);
                }
            },
            Err(cause) => cause,
        };
        tried += 1;
        if tried < TRIES && server.clock.now() < begun + TRYING {
            thread::sleep(PAUSE * tried);
        } else if server.is_out_of_reach(&cause, begun) {
            return Err(Error::Unavailable { may_be_done: false });
        } else {
            return Err(Error::Busy(Queue::Readers));
        }
    }
}

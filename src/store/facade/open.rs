//! Opens a store: the schema is brought up to date and the inbox settled before the first use.

use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::database_url::{DatabaseUrl, Opening};
use crate::error::{Error, Fault};
use crate::store::facade::{Engine, Store};
use crate::store::health::LastLook;
use crate::store::mysql::store::MySqlStore;
use crate::store::sqlite::store::SqliteStore;

impl Store {
    /// Opens the database, and creates it if it is a file that does not exist. Brings its schema up
    /// to date, and attaches imported rooms. Blocks.
    ///
    /// # Errors
    /// A [`Fault`] with the reason: another server has the database, it belongs to another program or
    /// to a newer version, or it cannot be reached.
    pub fn open(opening: &Opening, clock: Clock) -> Result<Self, Fault> {
        let engine = match &opening.url {
            DatabaseUrl::Sqlite(path) => {
                let (batch, checkpoints) = (opening.writes_per_commit, opening.checkpoints);
                let store = SqliteStore::open(path, batch, checkpoints, clock)?;
                Engine::Sqlite(Arc::new(store))
            }
            DatabaseUrl::MySql(address) => {
                let store = MySqlStore::open(address, opening.connections, clock)?;
                Engine::MySql(Arc::new(store))
            }
        };
        let store = Self {
            engine,
            last_look: LastLook::default(),
        };
        let settled = store.settle_all(clock);
        settled.map_err(|error| error.into_fault("settling the inbox"))?;
        Ok(store)
    }

    /// Settles the whole inbox, piece by piece.
    fn settle_all(&self, clock: Clock) -> Result<(), Error> {
        let unattached = on_engine_now!(self.read_now(settle::count_unattached()))?;
        if unattached > 0 {
            tracing::info!(
                rooms = unattached,
                "attaching new rooms: events that waited for them take effect"
            );
        }
        let now = clock.unix();
        while on_engine_now!(self.write_now(settle::settle_at_start(now)))? {}
        Ok(())
    }

    /// A secret that the server makes for itself and keeps: in a file beside an SQLite database, which
    /// `in_file` reads or makes, or in a table. `make` makes one for the table. Blocks.
    ///
    /// # Errors
    /// If it cannot be read or kept.
    pub fn secret(
        &self,
        name: &str,
        in_file: impl Fn(PathBuf) -> Result<String, Fault>,
        make: impl Fn() -> Result<String, Fault>,
    ) -> Result<String, Fault> {
        match &self.engine {
            Engine::Sqlite(store) => in_file(store.path.with_added_extension(name)),
            Engine::MySql(store) => store
                .secret(name, make)
                .map_err(|error| error.into_fault("keeping a secret")),
        }
    }
}

//! Opens a store: the schema is brought up to date and the inbox settled before the first use.

use std::path::Path;
use std::sync::Arc;

use crate::domain::UnixTime;
use crate::error::Fault;
use crate::store::facade::Store;
use crate::store::sqlite::database::Database;
use crate::store::sqlite::schema_version;
use crate::store::transactions::settle::settle_all;

impl Store {
    /// Opens the database and creates it if it does not exist, brings its schema up to date, and
    /// attaches imported rooms. At most `writes_per_commit` writes share a commit, so that no
    /// commit grows without bound. Blocks.
    ///
    /// # Errors
    /// A [`Fault`] with the reason: another server has the database, or it belongs to another
    /// program or to a newer version.
    pub fn open(path: &Path, writes_per_commit: usize, now: UnixTime) -> Result<Self, Fault> {
        let database = Arc::new(Database::claim(path)?);
        let mut connection = database.connect()?;
        // Migrations run before any pooled reader reads the schema.
        schema_version::migrate(&mut connection)?;
        database.remember_files()?;
        settle_all(&mut connection, now).map_err(|error| error.into_fault("settling the inbox"))?;
        Self::over(database, connection, writes_per_commit)
    }
}

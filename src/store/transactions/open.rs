//! Opening a store: the schema is brought up to date, and the inbox is settled, before anybody uses it.

use std::path::Path;
use std::sync::Arc;

use crate::domain::UnixTime;
use crate::error::Fault;
use crate::store::facade::Store;
use crate::store::sqlite::database::Database;
use crate::store::sqlite::schema_version;
use crate::store::transactions::settle::settle_all;

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
        settle_all(&mut connection, now).map_err(|error| error.into_fault("settling the inbox"))?;
        Self::over(database, connection, writes_per_commit)
    }
}

//! Copies a database while a server may be using it.

use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::error::Fault;
use crate::store::sqlite::database::Database;

/// A database that is to be copied. It takes no lock: a server may run on it, or none.
pub struct BackupSource(SqliteConnection);

impl BackupSource {
    /// Opens the database at `path`. Its schema may be older than this build, so that a copy can be
    /// made before an upgrade.
    ///
    /// # Errors
    /// A [`Fault`] with the reason, for example that there is none, or that it is of another program.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        if !path.is_file() {
            let cause = format!(
                "there is no database {}; name that of the server (--config, --store-url)",
                path.display()
            );
            return Err(Fault::new("opening the database", cause));
        }
        let connection = Database::beside_a_server(path)?.connect()?;
        Ok(Self(connection))
    }

    /// The size of the database, in bytes. The copy is not larger.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn bytes(&mut self) -> Result<u64, Fault> {
        #[derive(QueryableByName)]
        struct Size {
            #[diesel(sql_type = BigInt)]
            bytes: i64,
        }
        let pages =
            "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
        let size: Size = diesel::sql_query(pages)
            .get_result(&mut self.0)
            .map_err(|cause| Fault::new("asking the database for its size", cause))?;
        Ok(u64::try_from(size.bytes).unwrap_or(0))
    }

    /// Copies the database, as it is at one moment, into an empty file. Writes of a server go on
    /// meanwhile; its journal can not be copied back before the end, so it grows.
    ///
    /// # Errors
    /// If the copy is not complete. The file is useless then.
    pub fn copy_into(&mut self, empty: &Path) -> Result<(), Fault> {
        let copying = |cause: diesel::result::Error| {
            let cause = format!("{}: {cause}", empty.display());
            Fault::new("copying the database", cause)
        };
        // An absolute path never begins with "file:", which SQLite would read as an address.
        let path = std::path::absolute(empty)
            .map_err(|cause| Fault::new("copying the database", cause))?;
        let path = path.to_str().ok_or_else(|| {
            let cause = format!("{}: the path has to be UTF-8", path.display());
            Fault::new("copying the database", cause)
        })?;
        diesel::sql_query("VACUUM INTO ?")
            .bind::<Text, _>(path)
            .execute(&mut self.0)
            .map_err(copying)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::database_url::Checkpoints;

    #[test]
    fn a_copy_holds_what_was_committed_and_nothing_that_was_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("zaibo.db");
        let mut writer = Database::claim(&path, Checkpoints::Own)
            .expect("made")
            .connect()
            .expect("opened");
        crate::store::sqlite::schema_version::migrate(&mut writer).expect("migrated");
        let account = |uid: &str| {
            format!(
                "INSERT INTO accounts (uid, password_hash, created_at) VALUES ('{uid}', 'x', 1)"
            )
        };
        writer.batch_execute(&account("anna")).expect("committed");
        writer
            .batch_execute(&format!("BEGIN IMMEDIATE; {}", account("bert")))
            .expect("begun");
        let copy = folder.path().join("copy");
        std::fs::write(&copy, "").expect("an empty file");
        let mut source = BackupSource::open(&path).expect("opened");
        source.copy_into(&copy).expect("copied");
        let size = std::fs::metadata(&copy).expect("a file").len();
        assert!(size > 0 && size <= source.bytes().expect("a size"));
        writer.batch_execute("COMMIT").expect("committed");
        let mut copy = SqliteConnection::establish(&copy.to_string_lossy()).expect("a database");
        let known = |uid| format!("(SELECT count(*) FROM accounts WHERE uid = '{uid}')");
        let known = format!("{} * 10 + {}", known("anna"), known("bert"));
        let known = diesel::select(diesel::dsl::sql::<BigInt>(&known)).get_result::<i64>(&mut copy);
        assert_eq!(known.expect("counts"), 10);
    }
}

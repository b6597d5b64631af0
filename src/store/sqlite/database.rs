//! The database file: created for its owner alone, opened through SQLite only, checked to be a
//! database of zaibo, and checked to be still in place while it is in use.
//!
//! On POSIX, closing *any* descriptor of a file drops all locks that the process holds on it. So
//! this process never opens the database file by itself once SQLite has it open. Otherwise another
//! process would believe that it is the last user, and delete the journal of a running server.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::database_url::Checkpoints;
use crate::error::{Error, Fault};
use crate::store::sqlite::lock;
use crate::store::sqlite::paths::{RIGHTS, beside, itself, may_use, trouble_with};
use crate::store::sqlite::schema_version;

/// How long a connection waits for another process that holds the database. It is shorter than the
/// time that callers wait for the writer, so that they get the result.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// SQLite writes a statement journal larger than this to the disk in one piece, but uses only the
/// lowest 17 bits of the length. With a larger limit every statement that changes many pages is
/// lost.
const LARGEST_STATEMENT_JOURNAL: u32 = 131_071;

/// Characters that are escaped in the path of a `file:` address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// A database on the disk, and the identity of its files, which shows if they were replaced.
pub(crate) struct Database {
    path: PathBuf,
    /// The files in use since the start, with their identities.
    in_use: OnceLock<Vec<(PathBuf, Identity)>>,
    /// `None` for a tool that reads beside a server.
    lock: Option<File>,
    checkpoints: Checkpoints,
}

/// Device and inode number of a file. Another file has another identity, even under the same name.
type Identity = (u64, u64);

impl Database {
    /// Locks the database at `path` for this process, and creates the file if it does not exist.
    ///
    /// # Errors
    /// A [`Fault`] with the reason, for example that another server has it.
    pub(crate) fn claim(path: &Path, checkpoints: Checkpoints) -> Result<Self, Fault> {
        let path = itself(path)?;
        let lock = lock::take(&path)?.ok_or_else(|| {
            let path = path.display();
            let cause = format!("{path}: another zaibo is running on it, a server or a tool; stop that one first, or set store.url to another file");
            Fault::new("locking the database", cause)
        })?;
        make(&path)?;
        may_use(&path)?;
        Ok(Self {
            path,
            in_use: OnceLock::new(),
            lock: Some(lock),
            checkpoints,
        })
    }

    /// The database at `path`, which another process may be using. That one copies the journal back.
    ///
    /// # Errors
    /// If there is no such file, or this process may not use it.
    pub(crate) fn beside_a_server(path: &Path) -> Result<Self, Fault> {
        let path = itself(path)?;
        may_use(&path)?;
        Ok(Self {
            path,
            in_use: OnceLock::new(),
            lock: None,
            checkpoints: Checkpoints::External,
        })
    }

    /// Its file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The address for SQLite. It does not allow SQLite to create a file that is gone.
    ///
    /// # Errors
    /// If the current folder no longer exists.
    pub(crate) fn url(&self) -> Result<String, Fault> {
        let path = std::path::absolute(&self.path)
            .map_err(|cause| Fault::new("finding the database", cause))?;
        let escaped = utf8_percent_encode(&path.to_string_lossy(), ESCAPED).to_string();
        Ok(format!("file:{escaped}?mode=rw"))
    }

    /// Opens a connection for writing.
    ///
    /// # Errors
    /// If the file is not the one in use, is not a database of zaibo, or was made by a newer
    /// version.
    pub(crate) fn connect(&self) -> Result<SqliteConnection, Fault> {
        if !self.is_in_place() {
            return Err(Fault::new("opening the database", GONE));
        }
        let mut connection = SqliteConnection::establish(&self.url()?)
            .map_err(|cause| trouble_with(&self.path, cause))?;
        let setting = |cause: diesel::result::Error| Fault::new("setting the database up", cause);
        // The timeout comes first, so that it holds for all statements below.
        let patience = format!("PRAGMA busy_timeout = {};", BUSY_TIMEOUT.as_millis());
        connection.batch_execute(&patience).map_err(setting)?;
        // Checked before any change, because the file may belong to another program.
        schema_version::check(&mut connection, &self.path)?;
        refuse_broken_build(&mut connection)?;
        connection.batch_execute(PRAGMAS).map_err(setting)?;
        let backstop = match self.checkpoints {
            Checkpoints::Own => BACKSTOP,
            Checkpoints::External => 0,
        };
        connection
            .batch_execute(&format!("PRAGMA wal_autocheckpoint = {backstop}"))
            .map_err(setting)?;
        Ok(connection)
    }

    /// Remembers the identity of the files in use. To be called once the journal exists.
    ///
    /// # Errors
    /// If one of them is already gone.
    pub(crate) fn remember_files(&self) -> Result<(), Fault> {
        let mut files = vec![self.path.clone(), beside(&self.path, "-wal")];
        if self.lock.is_some() {
            files.push(beside(&self.path, lock::ENDING));
        }
        let with_identity = |file: PathBuf| {
            let identity =
                identity(&file).ok_or_else(|| Fault::new("opening the database", GONE))?;
            Ok((file, identity))
        };
        let files = files
            .into_iter()
            .map(with_identity)
            .collect::<Result<_, Fault>>()?;
        // A second call would find the same files, so its failure does not matter.
        let _ = self.in_use.set(files);
        self.warn_if_others_may_read();
        Ok(())
    }

    /// Whether the files in use are still in place. Data written to a deleted file is lost when the
    /// process ends.
    pub(crate) fn is_in_place(&self) -> bool {
        let mut in_use = self.in_use.get().into_iter().flatten();
        in_use.all(|(file, known)| identity(file) == Some(*known))
    }

    /// Whether the files are in place and the database can be read.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn is_intact(&self, connection: &mut SqliteConnection) -> Result<bool, Error> {
        let tables = diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM sqlite_schema)");
        let tables: i64 = diesel::select(tables).get_result(connection)?;
        Ok(self.is_in_place() && tables > 0)
    }

    fn warn_if_others_may_read(&self) {
        let mode = std::fs::metadata(&self.path).map(|file| file.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            tracing::warn!(
                file = %self.path.display(),
                "others on this machine may read the database and the password hashes in it; chmod 600 it, its -wal and its -shm"
            );
        }
    }
}

/// The error when the files were deleted or replaced and nothing can be written.
pub(crate) const GONE: &str =
    "its files were deleted or replaced while it was in use; restart, or put them back";

/// The settings of every connection that writes.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL;\
    PRAGMA synchronous = FULL; -- An answer of 0 means on the disk, also after a power cut.\n\
    PRAGMA cache_size = -16384; -- In KiB: the inner pages of a large database stay in memory.\n\
    PRAGMA foreign_keys = ON;";

/// Pages of the journal from which each commit copies them back itself, for when the checkpointer does
/// not get on.
const BACKSTOP: u32 = 16_000;

/// Creates the file for its owner alone, because it holds password hashes. SQLite gives its journal
/// the same permissions. An existing file is not opened.
fn make(path: &Path) -> Result<(), Fault> {
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    match options.open(path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => {
            Err(trouble_with(path, format!("{cause}; {RIGHTS}")))
        }
        _ => Ok(()),
    }
}

/// Refuses an SQLite that was built with a statement journal limit that it cannot handle.
fn refuse_broken_build(connection: &mut SqliteConnection) -> Result<(), Fault> {
    #[derive(QueryableByName)]
    struct CompileOption {
        #[diesel(sql_type = diesel::sql_types::Text)]
        compile_options: String,
    }
    let options: Vec<CompileOption> = diesel::sql_query("PRAGMA compile_options")
        .load(connection)
        .map_err(|cause| Fault::new("asking how SQLite was built", cause))?;
    let mut names = options.iter().map(|option| option.compile_options.as_str());
    if names.any(is_broken) {
        let cause = "it was built with STMTJRNL_SPILL above 131071, with which large writes fail; see .cargo/config.toml";
        return Err(Fault::new("checking SQLite", cause));
    }
    Ok(())
}

fn is_broken(option: &str) -> bool {
    let spill = option.strip_prefix("STMTJRNL_SPILL=");
    spill.is_some_and(|bytes| {
        bytes
            .parse::<u32>()
            .is_ok_and(|bytes| bytes > LARGEST_STATEMENT_JOURNAL)
    })
}

fn identity(file: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_journal_that_sqlite_can_not_write_is_known() {
        assert!(is_broken("STMTJRNL_SPILL=262144"));
        assert!(is_broken("STMTJRNL_SPILL=131072"));
        for sound in ["STMTJRNL_SPILL=131071", "STMTJRNL_SPILL=-1", "THREADSAFE=2"] {
            assert!(!is_broken(sound), "{sound}");
        }
    }

    #[test]
    fn a_path_with_letters_that_mean_something_in_an_address_is_opened_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [
            "a b.db",
            "what?.db",
            "100%.db",
            "#1.db",
            "直播.db",
            ":memory:",
        ] {
            let path = folder.path().join(name);
            drop(
                Database::claim(&path, Checkpoints::Own)
                    .expect("made")
                    .connect()
                    .expect("opened"),
            );
            assert!(path.is_file(), "{name}");
        }
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("zaibo.db");
        let database = Database::claim(&path, Checkpoints::Own).expect("made");
        let mut connection = database.connect().expect("opened");
        connection
            .batch_execute("CREATE TABLE t (x)")
            .expect("made");
        for ending in ["", "-wal", lock::ENDING] {
            let file = std::fs::metadata(beside(&path, ending)).expect("a file");
            assert_eq!(file.permissions().mode() & 0o777, 0o600, "{ending}");
        }
    }

    #[test]
    fn a_lock_file_that_is_a_link_is_refused_and_its_target_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, victim) = (folder.path().join("zaibo.db"), folder.path().join("victim"));
        std::fs::write(&victim, "precious").expect("written");
        std::os::unix::fs::symlink(&victim, beside(&path, lock::ENDING)).expect("a link");
        let refused = Database::claim(&path, Checkpoints::Own)
            .err()
            .expect("refused")
            .to_string();
        assert!(refused.contains("zaibo.db.lock"), "{refused}");
        assert_eq!(std::fs::read(&victim).expect("read"), b"precious");
    }
}

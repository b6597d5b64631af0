//! The database file: made for its owner alone, opened through SQLite only, told from a stranger's,
//! and watched while it is in use.
//!
//! On POSIX, closing *any* descriptor of a file drops all locks that the process holds on it. So
//! nobody here opens the database beside SQLite once SQLite has it: another process would take
//! itself for the last one then, and delete the journal of a running server.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Fault;
use crate::store::sqlite::lock;
use crate::store::sqlite::paths::{RIGHTS, beside, itself, may_use, trouble_with};
use crate::store::sqlite::schema_version;

/// How long a connection waits for another process that holds the database. Those who wait for the
/// writer wait longer, so that they are told what became of it.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// SQLite hands a statement journal that outgrows this to the disk in one piece, and writes only
/// the length's lowest 17 bits. Larger values lose every statement that changes many pages.
const LARGEST_STATEMENT_JOURNAL: u32 = 131_071;

/// What has to be escaped in a path within a `file:` address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// A database on the disk, with what tells it from one that was put in its place.
pub(crate) struct Database {
    path: PathBuf,
    /// Files that are in use since the start, by what they are to the system.
    in_use: OnceLock<Vec<(PathBuf, Identity)>>,
    /// None for a tool that reads beside a server.
    lock: Option<File>,
}

/// Device and number of a file: another file has another one, whatever its name.
type Identity = (u64, u64);

impl Database {
    /// Takes the database at `path` for this process, and makes the file if it is not there.
    ///
    /// # Errors
    /// A [`Fault`] that says what stands in the way, as when another server has it.
    pub(crate) fn claim(path: &Path) -> Result<Self, Fault> {
        let path = itself(path)?;
        let lock = lock::take(&path)?
            .ok_or_else(|| Fault::new("locking the database", "another zaibo is running on it"))?;
        make(&path)?;
        may_use(&path)?;
        Ok(Self {
            path,
            in_use: OnceLock::new(),
            lock: Some(lock),
        })
    }

    /// The database at `path`, which another process may have.
    ///
    /// # Errors
    /// If there is none that this process may use.
    pub(crate) fn beside_a_server(path: &Path) -> Result<Self, Fault> {
        let path = itself(path)?;
        may_use(&path)?;
        Ok(Self {
            path,
            in_use: OnceLock::new(),
            lock: None,
        })
    }

    /// The address by which SQLite opens it: without leave to make it anew if it is gone.
    ///
    /// # Errors
    /// If the current folder is gone.
    pub(crate) fn url(&self) -> Result<String, Fault> {
        let path = std::path::absolute(&self.path)
            .map_err(|cause| Fault::new("finding the database", cause))?;
        let escaped = utf8_percent_encode(&path.to_string_lossy(), ESCAPED).to_string();
        Ok(format!("file:{escaped}?mode=rw"))
    }

    /// Opens a connection for writing.
    ///
    /// # Errors
    /// If the file is not the one that is in use, not a database of zaibo, or made by a newer one.
    pub(crate) fn connect(&self) -> Result<SqliteConnection, Fault> {
        if !self.is_in_place() {
            return Err(Fault::new("opening the database", GONE));
        }
        let mut connection = SqliteConnection::establish(&self.url()?)
            .map_err(|cause| trouble_with(&self.path, cause))?;
        let setting = |cause: diesel::result::Error| Fault::new("setting the database up", cause);
        // First, so that it holds for all that follows.
        let patience = format!("PRAGMA busy_timeout = {};", BUSY_TIMEOUT.as_millis());
        connection.batch_execute(&patience).map_err(setting)?;
        // Before anything is changed in a file that may be somebody else's.
        schema_version::check(&mut connection)?;
        refuse_broken_build(&mut connection)?;
        connection.batch_execute(PRAGMAS).map_err(setting)?;
        Ok(connection)
    }

    /// Remembers which files are in use. To be called once the journal is there.
    ///
    /// # Errors
    /// If one of them is gone already.
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
        // A second call would find the same files.
        let _ = self.in_use.set(files);
        self.warn_if_others_may_read();
        Ok(())
    }

    /// Whether the files that are in use are still those of these names. What is written to a
    /// deleted file is lost when the process ends.
    pub(crate) fn is_in_place(&self) -> bool {
        let mut in_use = self.in_use.get().into_iter().flatten();
        in_use.all(|(file, known)| identity(file) == Some(*known))
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

/// Why nothing is written any more when the files were deleted or replaced.
pub(crate) const GONE: &str =
    "its files were deleted or replaced while it was in use; restart, or put them back";

/// How a connection that writes is set up.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL;\
    PRAGMA synchronous = FULL; -- An answer of 0 means on the disk, also after a power cut.\n\
    PRAGMA cache_size = -16384; -- In KiB: the inner pages of a large database stay in memory.\n\
    PRAGMA wal_autocheckpoint = 16000; -- In pages: a backstop for when the checkpointer does not get on.\n\
    PRAGMA foreign_keys = ON;";

/// Makes the file for its owner alone, because password hashes are in it. SQLite gives its journal
/// the same rights. A file that is there is not opened.
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

/// Refuses an SQLite that was built with a statement journal that it can not write.
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
                Database::claim(&path)
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
        let database = Database::claim(&path).expect("made");
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
        let refused = Database::claim(&path).err().expect("refused").to_string();
        assert!(refused.contains("zaibo.db.lock"), "{refused}");
        assert_eq!(std::fs::read(&victim).expect("read"), b"precious");
    }
}

//! The lock file beside the database. It keeps a second server away: two servers on one database
//! would each have their own state of the same rooms.

use std::fs::{File, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use crate::error::Fault;
use crate::store::sqlite::paths::{RIGHTS, beside};

/// The suffix of its name, after the name of the database.
pub(crate) const ENDING: &str = ".lock";

/// Takes the lock. `None` if another process has it.
///
/// An existing file is not truncated, and a link is not followed. So a user who may write in the
/// folder cannot use the lock file to damage another file.
pub(crate) fn take(database: &Path) -> Result<Option<File>, Fault> {
    let path = beside(database, ENDING);
    let opening = |cause: std::io::Error| {
        let advice = match cause.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => RIGHTS,
            _ => "it has to be a plain file",
        };
        let cause = format!("{}: {cause}; {advice}", path.display());
        Fault::new("opening the lock file beside the database", cause)
    };
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(&path)
        .map_err(opening)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(cause)) => {
            let cause = format!("{}: {cause}", path.display());
            return Err(Fault::new("locking the database", cause));
        }
    }
    // A lock file from an earlier version may be open to other users. If this process may not
    // change its permissions, the file belongs to another user; that is no error.
    let _ = file.set_permissions(Permissions::from_mode(0o600));
    Ok(Some(file))
}

/// Whether another process has the lock. It makes no file, and holds the lock together with others for
/// a moment only.
pub(crate) fn is_taken(database: &Path) -> bool {
    let file = File::options()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(beside(database, ENDING));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

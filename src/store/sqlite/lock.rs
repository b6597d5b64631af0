//! The lock file beside the database: two servers on one database would each keep their own truth
//! about the same rooms.

use std::fs::{File, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use crate::error::Fault;
use crate::store::sqlite::paths::{RIGHTS, beside};

/// How its name ends, after that of the database.
pub(crate) const ENDING: &str = ".lock";

/// Takes the lock. None if another process has it.
///
/// What is there is neither truncated nor followed, so that nobody who may write in the folder can
/// have another file damaged.
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
            return Err(Fault::new("locking the database", cause));
        }
    }
    // One that an earlier version made may be open to others. Who may not change that has it from
    // somebody else.
    let _ = file.set_permissions(Permissions::from_mode(0o600));
    Ok(Some(file))
}

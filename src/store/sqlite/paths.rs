//! Paths of the database and of the files beside it, and whether this process may use them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use crate::error::Fault;

/// The file that `path` leads to, after all links. The lock and the journal stand beside that file,
/// so two servers with different paths to one database still find the same lock.
///
/// # Errors
/// If the folder does not exist, or the path cannot be a file.
pub(crate) fn itself(path: &Path) -> Result<PathBuf, Fault> {
    match path.canonicalize() {
        Ok(file) if file.is_file() => Ok(file),
        Ok(other) => Err(trouble_with(
            &other,
            "it is no file; store.url has to name one",
        )),
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(trouble_with(path, cause)),
        Err(_) if path.is_symlink() => Err(trouble_with(path, "it is a link to nothing")),
        Err(_) => {
            let absolute = std::path::absolute(path).map_err(|cause| trouble_with(path, cause))?;
            let place = absolute.parent().zip(absolute.file_name());
            let (folder, name) = place.ok_or_else(|| trouble_with(path, "it names no file"))?;
            let folder = folder.canonicalize().map_err(|cause| {
                trouble_with(folder, format!("{cause}; make this folder first"))
            })?;
            Ok(folder.join(name))
        }
    }
}

/// Checks that this process may read and write the file. Otherwise SQLite would open it read-only,
/// and fail later with a less clear error.
pub(crate) fn may_use(path: &Path) -> Result<(), Fault> {
    rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK).map_err(|cause| {
        let cause = std::io::Error::from(cause);
        trouble_with(path, format!("{cause}; {RIGHTS}"))
    })
}

/// Advice for the operator when files may not be used.
pub(crate) const RIGHTS: &str =
    "the user that runs zaibo needs permission to read and write the database and its folder";

pub(crate) fn trouble_with(path: &Path, cause: impl std::fmt::Display) -> Fault {
    Fault::new(
        "opening the database",
        format!("{}: {cause}", path.display()),
    )
}

/// The file beside the database whose name has that suffix.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

//! Paths of the database and of the files beside it, and whether this process may use them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use crate::error::Fault;

/// The file that `path` means, whatever links lead there. Lock and journal stand beside that one, so
/// that two servers meet there.
///
/// # Errors
/// If there is no such folder, or no file can be there.
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

/// Whether this process may read and write the file. SQLite would open it for reading alone, and
/// fail later in other words.
pub(crate) fn may_use(path: &Path) -> Result<(), Fault> {
    rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK).map_err(|cause| {
        let cause = std::io::Error::from(cause);
        trouble_with(path, format!("{cause}; {RIGHTS}"))
    })
}

/// Advice for whoever starts the server about files that they may not use.
pub(crate) const RIGHTS: &str =
    "who runs zaibo has to be allowed to read and write the database and its folder";

pub(crate) fn trouble_with(path: &Path, cause: impl std::fmt::Display) -> Fault {
    Fault::new(
        "opening the database",
        format!("{}: {cause}", path.display()),
    )
}

/// The file of that ending beside the database.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

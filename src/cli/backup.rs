//! `zaibo backup`: copies the database into a file, while a server may be running on it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;

use crate::database_url::DatabaseUrl;
use crate::error::Fault;
use crate::store::BackupSource;

/// What is said of a database that has better tools of its own.
const OF_MYSQL: &str = "a MySQL server has tools of its own for this: mysqldump --single-transaction, mariadb-backup or xtrabackup";

/// Copies an SQLite database into `file`, which must not exist. When this returns, the copy is
/// complete and on the disk. After any failure there is no such file.
///
/// # Errors
/// The reason, for the operator.
pub fn run(file: &Path, url: &DatabaseUrl) -> Result<(), Fault> {
    let path = match url {
        DatabaseUrl::Sqlite(path) => path,
        DatabaseUrl::MySql(_) => return Err(Fault::new("making a backup", OF_MYSQL)),
    };
    let out = &mut io::stdout().lock();
    if file.symlink_metadata().is_ok() {
        return Err(not_made(
            file,
            "it exists already, and no backup is overwritten",
        ));
    }
    let mut source = BackupSource::open(path)?;
    let size = in_words(source.bytes()?);
    say(out, format_args!("copying {} ({size})", path.display()));
    let (folder, name) = place(file)?;
    // Under a name of its own until it is complete: whoever sees `file` sees a whole backup. It is
    // its owner's alone, because it holds password hashes, and it is deleted if this fails.
    let copy = Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(|cause| not_made(file, cause))?;
    source.copy_into(copy.path())?;
    copy.as_file()
        .sync_all()
        .map_err(|cause| not_made(file, cause))?;
    let copy = copy
        .persist_noclobber(file)
        .map_err(|refused| not_made(file, refused.error))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| not_made(file, cause))?;
    let bytes = copy
        .metadata()
        .map_err(|cause| not_made(file, cause))?
        .len();
    say(
        out,
        format_args!("{} is complete ({})", file.display(), in_words(bytes)),
    );
    Ok(())
}

/// The folder and the name of a file.
fn place(file: &Path) -> Result<(&Path, String), Fault> {
    let name = file
        .file_name()
        .ok_or_else(|| not_made(file, "it names no file"))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    Ok((folder, name.to_string_lossy().into_owned()))
}

fn not_made(file: &Path, cause: impl std::fmt::Display) -> Fault {
    let cause = format!("{}: {cause}", file.display());
    Fault::new("making a backup", cause)
}

/// A size for people, in units of 1000.
fn in_words(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes, "bytes");
    for larger in ["kB", "MB", "GB", "TB"] {
        if size < 10_000 {
            break;
        }
        (size, unit) = (size / 1000, larger);
    }
    format!("{size} {unit}")
}

/// Prints a line. Errors are ignored, because a backup does not depend on who reads about it.
fn say(out: &mut impl Write, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (9_999, "9999 bytes"),
            (10_000, "10 kB"),
            (98_765_432, "98 MB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(in_words(bytes), words);
        }
    }
}

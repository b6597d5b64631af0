//! What the applied migrations of a database say about it, on either engine.

use crate::error::Fault;

/// What is done while a database is found not to fit.
pub(crate) const OPENING: &str = "opening the database";

/// The table in which diesel, and its tool, record the applied migrations.
pub(crate) const LEDGER: &str = "__diesel_schema_migrations";

/// Refuses a database in which something is applied that this build does not know.
///
/// # Errors
/// A [`Fault`] that names the newest such migration.
pub(crate) fn refuse_newer(applied: &[String], known: &[String]) -> Result<(), Fault> {
    match applied.iter().rfind(|version| !known.contains(version)) {
        None => Ok(()),
        Some(newest) => Err(Fault::new(
            OPENING,
            format!(
                "a newer zaibo has used it (its schema has migration {newest}); start that version or a later one"
            ),
        )),
    }
}

/// Refuses a database that is not up to date.
///
/// # Errors
/// A [`Fault`] that names the remedy.
pub(crate) fn require_current(is_current: bool) -> Result<(), Fault> {
    if is_current {
        return Ok(());
    }
    let cause =
        "it is empty, or an earlier zaibo made it; start the server of this version on it first";
    Err(Fault::new(OPENING, cause))
}

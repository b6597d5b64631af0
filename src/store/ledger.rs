//! What the applied migrations of a database say about it, on either engine.

/// What is done while a database is found not to fit.
pub(crate) const OPENING: &str = "opening the database";

/// The table in which diesel, and its tool, record the applied migrations.
pub(crate) const LEDGER: &str = "__diesel_schema_migrations";

/// Refuses a database in which something is applied that this build does not know.
///
/// # Errors
/// The reason, with the newest such migration.
pub(crate) fn refuse_newer(applied: &[String], known: &[String]) -> Result<(), String> {
    match applied.iter().rfind(|version| !known.contains(version)) {
        None => Ok(()),
        Some(newest) => Err(format!(
            "a newer zaibo has used it (its schema has migration {newest}); start that version or a later one"
        )),
    }
}

/// Refuses a database that is not up to date.
///
/// # Errors
/// The reason and the remedy.
pub(crate) fn require_current(is_current: bool) -> Result<(), &'static str> {
    is_current.then_some(()).ok_or(
        "it is empty, or an earlier zaibo made it; start the server of this version on it first",
    )
}

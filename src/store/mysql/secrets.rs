//! Secrets that a server makes for itself. With SQLite they are files beside the database.

use mysql::prelude::Queryable;

use crate::error::Error;
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::errors::from_driver;

/// Keeps a secret, unless there is one with that name. Returns the one that is kept.
pub(crate) fn keep(conn: &mut MySqlConnection, name: &str, made: &str) -> Result<String, Error> {
    let insert = "INSERT INTO secrets (name, value) VALUES (?, ?) \
        ON DUPLICATE KEY UPDATE value = value";
    let driver = conn.driver();
    driver
        .exec_drop(insert, (name, made))
        .map_err(from_driver)?;
    let kept = driver.exec_first("SELECT value FROM secrets WHERE name = ?", (name,));
    Ok(kept.map_err(from_driver)?.unwrap_or_default())
}

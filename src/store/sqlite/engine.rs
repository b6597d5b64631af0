//! SQLite's side of what the [queries](super::queries) and [transactions](super::transactions) need
//! to be written once for both engines.

use diesel::prelude::*;
use diesel::result::Error as DieselError;

use crate::store::lock_key::LockKey;
use crate::store::piece::PIECE;
pub(crate) use crate::store::sqlite::cached::CacheStatement;

/// The connection.
pub(crate) type Conn = SqliteConnection;

/// The backend.
pub(crate) type Db = diesel::sqlite::Sqlite;

/// Events of the cloud that one transaction lets take effect.
pub(crate) const EVENTS_AT_ONCE: usize = PIECE;

/// The target of an upsert: a row with these keys exists already.
pub(crate) fn existing<K>(keys: K) -> K {
    keys
}

/// The same in SQL text, for a table with this key.
pub(crate) fn existing_sql(key: &str) -> String {
    format!("ON CONFLICT ({key}) DO UPDATE SET")
}

/// The error for a row that another transaction has just written. SQLite has one writer, so it is a
/// plain failure of the write.
pub(crate) fn conflict() -> DieselError {
    DieselError::RollbackTransaction
}

/// Keeps a number, and all below it, from being given to a room. SQLite never gives out a number again.
pub(crate) fn keep_number(_: &mut Conn, _: i64) -> QueryResult<()> {
    Ok(())
}

/// Locks what a transaction is going to read and then change. SQLite has one writer, which is alone
/// anyway.
pub(crate) fn lock(_: &mut Conn, _: &[LockKey<'_>]) -> QueryResult<()> {
    Ok(())
}

//! MySQL's side of what the [queries](super::queries) and [transactions](super::transactions) need
//! to be written once for both engines.

use diesel::dsl::DuplicatedKeys;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use md5::{Digest, Md5};
use mysql::prelude::Queryable;

use crate::store::lock_key::LockKey;
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::errors;

/// The connection.
pub(crate) type Conn = MySqlConnection;

/// The backend.
pub(crate) type Db = diesel::mysql::Mysql;

/// Events of the cloud that one transaction lets take effect: each takes several round trips, and all of
/// them together no longer than a client would wait.
pub(crate) const EVENTS_AT_ONCE: usize = 32;

/// The target of an upsert: a row with these keys exists already. MySQL finds the keys itself.
pub(crate) fn existing<K>(_: K) -> DuplicatedKeys {
    DuplicatedKeys
}

/// The same in SQL text.
pub(crate) fn existing_sql(_: &str) -> String {
    "ON DUPLICATE KEY UPDATE".to_owned()
}

/// Rows of `lock_stripes`. Two names with one stripe wait for each other without need, which is rare.
pub(crate) const STRIPES: u16 = 16384;

/// Locks what a transaction is going to read and then change, until its end. Other transactions that
/// name the same wait. All locks of one call are taken in one order, so that two calls cannot wait
/// for each other.
///
/// A stream is locked by its own row, which is made if it does not exist: the creation of a room
/// writes this row too, and needs no other lock against events that name the stream.
pub(crate) fn lock(conn: &mut Conn, keys: &[LockKey<'_>]) -> QueryResult<()> {
    let (mut stripes, mut streams) = (Vec::new(), Vec::new());
    for key in keys {
        match key {
            LockKey::Stream(name) => streams.push(*name),
            other => stripes.push(stripe(other)),
        }
    }
    lock_stripes(conn, stripes)?;
    streams.sort_unstable();
    for name in streams {
        let row = "INSERT INTO streams (stream) VALUES (?) ON DUPLICATE KEY UPDATE stream = stream";
        let locked = conn.driver().exec_drop(row, (name,));
        locked.map_err(errors::from_driver)?;
    }
    Ok(())
}

fn lock_stripes(conn: &mut Conn, mut stripes: Vec<u16>) -> QueryResult<()> {
    stripes.sort_unstable();
    stripes.dedup();
    if stripes.is_empty() {
        return Ok(());
    }
    let stripes: Vec<String> = stripes.iter().map(u16::to_string).collect();
    let rows = format!(
        "SELECT stripe FROM lock_stripes WHERE stripe IN ({}) ORDER BY stripe FOR UPDATE",
        stripes.join(",")
    );
    let locked = conn.driver().query_drop(rows);
    locked.map_err(errors::from_driver)
}

/// The stripe of a name: the same in every version of zaibo, because several may share a database.
fn stripe(key: &LockKey<'_>) -> u16 {
    let digest = Md5::digest(key.to_string());
    u16::from_be_bytes([digest[0], digest[1]]) % STRIPES
}

/// Keeps a number, and all below it, from being given to a room, also by a server that forgets the last
/// number when it is started again, as MySQL 5.7 does.
pub(crate) fn keep_number(conn: &mut Conn, last: i64) -> QueryResult<()> {
    let keep = "UPDATE room_numbers SET next = GREATEST(next, ?) WHERE id = 1";
    let kept = conn.driver().exec_drop(keep, (last.saturating_add(1),));
    kept.map_err(errors::from_driver)
}

/// The error that lets a transaction run again from its beginning, because another one has just
/// written what this one was about to write.
pub(crate) fn conflict() -> DieselError {
    let why = "another transaction was faster".to_owned();
    DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, Box::new(why))
}

/// Statements as on SQLite, where some have to be marked as cached. The connection to MySQL prepares
/// every statement once.
pub(crate) trait CacheStatement: Sized {
    /// The query itself.
    fn cached(self) -> Self {
        self
    }

    /// Executes this change.
    fn execute_cached(self, conn: &mut Conn) -> QueryResult<()>
    where
        Self: QueryFragment<Db> + QueryId + RunQueryDsl<Conn> + ExecuteDsl<Conn, Db>,
    {
        self.execute(conn).map(|_| ())
    }

    /// Inserts a row and returns its id.
    fn insert_cached(self, conn: &mut Conn) -> QueryResult<i64>
    where
        Self: QueryFragment<Db> + QueryId + RunQueryDsl<Conn> + ExecuteDsl<Conn, Db>,
    {
        self.execute(conn)?;
        Ok(conn.last_insert_id())
    }
}

impl<Q> CacheStatement for Q {}

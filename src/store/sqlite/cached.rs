//! Cached statements: prepared once for each connection and reused.
//!
//! diesel prepares updates, upserts and every query with a literal anew each time, because their
//! text might change. Where the text is constant, preparing costs more than running: it was most of
//! the cost of a write.

use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;

/// A statement that is cached by its text, so the text must not contain a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cached<Q>(Q);

/// A change that is cached in the same way. It returns no rows.
#[derive(Clone, Copy, Debug)]
struct CachedChange<Q>(Cached<Q>);

/// Statements that can be cached.
pub(crate) trait CacheStatement: QueryFragment<Sqlite> + Sized {
    /// Prepares this query once for each connection. Only for queries with few different texts.
    fn cached(self) -> Cached<Self> {
        Cached(self)
    }

    /// Executes this change, prepared once for each connection.
    fn execute_cached(self, conn: &mut SqliteConnection) -> QueryResult<()> {
        // `execute` would ask the inner statement whether it may be cached, so it is not used here.
        LoadConnection::load(conn, CachedChange(Cached(self)))?.try_for_each(|row| row.map(|_| ()))
    }

    /// Inserts a row, prepared once for each connection, and returns its id. RETURNING is not used,
    /// because SQLite creates and drops a table for it with every row.
    fn insert_cached(self, conn: &mut SqliteConnection) -> QueryResult<i64> {
        self.execute_cached(conn)?;
        diesel::select(last::last_insert_rowid()).get_result(conn)
    }
}

impl<Q: QueryFragment<Sqlite>> CacheStatement for Q {}

/// SQLite's own function about the last change of a connection.
mod last {
    diesel::define_sql_function!(fn last_insert_rowid() -> BigInt);
}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Cached<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Sqlite) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for CachedChange<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, backend: &Sqlite) -> QueryResult<bool> {
        self.0.is_safe_to_cache_prepared(backend)
    }
}

impl<Q> QueryId for CachedChange<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// The statement returns no rows, so any type will do.
impl<Q> Query for CachedChange<Q> {
    type SqlType = Integer;
}

/// Without an id, diesel looks the statement up by its text.
impl<Q> QueryId for Cached<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Cached<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<SqliteConnection> for Cached<Q> {}

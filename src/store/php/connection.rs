//! A connection to the PHP server's database that only reads, with limits of time.

use std::collections::HashSet;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Params, Row};

use crate::database_url::MySqlAddress;
use crate::error::Fault;
use crate::store::mysql::connection::run_all;
use crate::store::mysql::driver::connect;
use crate::store::mysql::errors::{fault, text};
use crate::store::php::rows::{PhpAccount, PhpLive, PhpRoom, PhpVideo};
use crate::store::php::schema::{PhpSchema, Table};

/// How long connecting may take, and how long an answer may take. Large tables are read in pages, so
/// no answer is large.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The database of a PHP server, opened for reading.
pub struct PhpDatabase {
    connection: Conn,
    schema: PhpSchema,
}

impl PhpDatabase {
    /// Connects, and finds out which schema the database has. The session can not write.
    ///
    /// # Errors
    /// A [`Fault`] with the reason, without the password: the server does not answer or refuses the
    /// user, or the database is not one of the PHP server.
    pub fn open(address: &MySqlAddress) -> Result<Self, Fault> {
        let connecting = fault("connecting to the PHP server's database");
        let mut connection =
            connect(address, CONNECT_TIMEOUT, ANSWER_TIMEOUT).map_err(&connecting)?;
        // As the PHP server does, so texts come as it stored them.
        let session = "SET NAMES utf8mb4; SET SESSION TRANSACTION READ ONLY";
        run_all(&mut connection, session).map_err(&connecting)?;
        // MySQL 8 keeps the next number of a table for a day; MariaDB does not know this setting.
        let _ = connection.query_drop("SET SESSION information_schema_stats_expiry = 0");
        let columns = connection
            .query(PhpSchema::QUESTION)
            .map_err(|cause| reading("its schema", cause))?;
        let schema = PhpSchema::of(columns)
            .map_err(|cause| Fault::new("reading the PHP server's database", cause))?;
        Ok(Self { connection, schema })
    }

    /// The tables and columns of the database.
    pub fn schema(&self) -> &PhpSchema {
        &self.schema
    }

    /// The number of rows; 0 if there is no such table.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn count(&mut self, table: Table) -> Result<u64, Fault> {
        if !self.schema.has(table) {
            return Ok(0);
        }
        let count = format!("SELECT COUNT(*) FROM {table}");
        Ok(self.number(&count)?.unwrap_or(0).unsigned_abs())
    }

    /// The number of members whose role no client has: they are left where they are.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn members_with_other_roles(&mut self) -> Result<u64, Fault> {
        if !self.schema.has(Table::Members) {
            return Ok(0);
        }
        let members = Table::Members;
        let count = format!("SELECT COUNT(*) FROM {members} WHERE role NOT IN (0, 1, 2)");
        Ok(self.number(&count)?.unwrap_or(0).unsigned_abs())
    }

    /// The largest number that the server has given to a room; 0 if there is none.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn last_room_number(&mut self) -> Result<i64, Fault> {
        let rooms = Table::Rooms;
        let last = self.number(&format!("SELECT MAX(id) FROM {rooms}"))?;
        let next = self.number(&format!(
            "SELECT AUTO_INCREMENT FROM information_schema.TABLES \
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{rooms}'"
        ))?;
        Ok(last.unwrap_or(0).max(next.unwrap_or(1).saturating_sub(1)))
    }

    /// The tokens that more than one account has.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn shared_tokens(&mut self) -> Result<HashSet<Vec<u8>>, Fault> {
        let accounts = Table::Accounts;
        let shared: Vec<Vec<u8>> = self
            .connection
            .query(format!(
                "SELECT BINARY token FROM {accounts} WHERE token IS NOT NULL \
                GROUP BY BINARY token HAVING COUNT(*) > 1"
            ))
            .map_err(|cause| reading("tokens", cause))?;
        Ok(shared.into_iter().collect())
    }

    /// At most `limit` accounts in the order of their ids, behind the id `last`.
    ///
    /// # Errors
    /// If the database does not answer, or a value is of another type.
    pub fn accounts(&mut self, last: Option<&str>, limit: usize) -> Result<Vec<PhpAccount>, Fault> {
        let columns = self.schema.columns(Table::Accounts, PhpAccount::COLUMNS);
        let accounts = Table::Accounts;
        let behind = last.map_or("", |_| "WHERE uid > ?");
        let page = format!("SELECT {columns} FROM {accounts} {behind} ORDER BY uid LIMIT {limit}");
        let last = last.map_or(Params::Empty, |last| Params::from((last,)));
        self.page(&page, last, PhpAccount::of)
    }

    /// At most `limit` rooms in the order of their numbers, behind the number `last`.
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn rooms(&mut self, last: Option<i64>, limit: usize) -> Result<Vec<PhpRoom>, Fault> {
        let (page, last) = self.page_by_id(Table::Rooms, PhpRoom::COLUMNS, last, limit);
        self.page(&page, last, PhpRoom::of)
    }

    /// At most `limit` recordings of one of the tables of recordings, in the order of their ids, behind
    /// the id `last`.
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn videos(
        &mut self,
        table: Table,
        last: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PhpVideo>, Fault> {
        let (page, last) = self.page_by_id(table, PhpVideo::COLUMNS, last, limit);
        self.page(&page, last, PhpVideo::of)
    }

    /// The lives whose host gave a sign of life at `since` or later, in seconds since 1970.
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn lives(&mut self, since: i64) -> Result<Vec<PhpLive>, Fault> {
        if !self.schema.has(Table::Lives) {
            return Ok(Vec::new());
        }
        let columns = self.schema.columns(Table::Lives, PhpLive::COLUMNS);
        let lives = Table::Lives;
        let on_air = format!("SELECT {columns} FROM {lives} WHERE modify_time >= ? ORDER BY id");
        self.page(&on_air, Params::from((since,)), PhpLive::of)
    }

    fn page_by_id(
        &self,
        table: Table,
        columns: &[&'static str],
        last: Option<i64>,
        limit: usize,
    ) -> (String, Params) {
        let columns = self.schema.columns(table, columns);
        let page = format!("SELECT {columns} FROM {table} WHERE id > ? ORDER BY id LIMIT {limit}");
        (page, Params::from((last.unwrap_or(i64::MIN),)))
    }

    fn page<T>(
        &mut self,
        question: &str,
        values: Params,
        parse: impl Fn(Row) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let rows: Vec<Row> = self
            .connection
            .exec(question, values)
            .map_err(|cause| reading("rows", cause))?;
        rows.into_iter().map(parse).collect()
    }

    fn number(&mut self, question: &str) -> Result<Option<i64>, Fault> {
        let number: Option<Option<i64>> = self
            .connection
            .query_first(question)
            .map_err(|cause| reading("a number", cause))?;
        Ok(number.flatten())
    }
}

fn reading(what: &str, cause: mysql::Error) -> Fault {
    Fault::new(
        "reading the PHP server's database",
        format!("{what}: {}", text(cause)),
    )
}

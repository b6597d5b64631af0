//! The engine of the tests that run on SQLite: where the database of a folder is, and how a test looks
//! into it beside the server.

#![allow(dead_code, reason = "every test crate uses a part of it")]

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// The setting `store.url` for a server in that folder.
pub(crate) fn store_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("zaibo.db").display())
}

/// The setting as an environment variable has it; `None` for the default, which is in the folder.
pub(crate) fn store_setting(_: &Path) -> Option<String> {
    None
}

/// A database, opened as another program would do it.
pub(crate) struct Records(SqliteConnection);

impl Records {
    /// The database of the server in that folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let path = folder.join("zaibo.db");
        let mut connection =
            SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
        let patience = "PRAGMA busy_timeout = 4000";
        connection.batch_execute(patience).expect("a setting");
        Self(connection)
    }

    /// Changes the database.
    pub(crate) fn execute(&mut self, sql: &str) {
        self.0.batch_execute(sql).expect("changed");
    }

    /// The rows of a query that selects one text, by the name `line`.
    pub(crate) fn lines(&mut self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            line: String,
        }
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut self.0).expect("rows");
        rows.into_iter().map(|row| row.line).collect()
    }

    /// The number of rows, for conditions like `accounts WHERE uid = 'anna'`.
    pub(crate) fn count(&mut self, rows: &str) -> i64 {
        let count = format!("SELECT CAST(count(*) AS TEXT) AS line FROM {rows}");
        self.lines(&count)[0].parse().expect("a number")
    }
}

//! The engine of the tests that run on MariaDB: a database for each folder on one server, and how a
//! test looks into it beside the server under test.

#![allow(dead_code, reason = "every test crate uses a part of it")]

use std::fs;
use std::path::Path;

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::mariadb::MariaDb;

/// The file in a folder that names its database.
const NAME: &str = "store-url";

/// The setting `store.url` for a server in that folder. Where MariaDB is not installed, all tests of
/// the process are skipped.
pub(crate) fn store_url(folder: &Path) -> String {
    let file = folder.join(NAME);
    if let Ok(url) = fs::read_to_string(&file) {
        return url;
    }
    let Some(server) = MariaDb::shared() else {
        std::process::exit(0);
    };
    let url = server.new_database("utf8mb4");
    fs::write(file, &url).expect("written");
    url
}

/// The same for the environment of a server.
pub(crate) fn store_setting(folder: &Path) -> Option<String> {
    Some(store_url(folder))
}

/// A database, opened as another program would do it.
pub(crate) struct Records(Conn);

impl Records {
    /// The database of the server in that folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let url = store_url(folder);
        let mut connection = Conn::new(url.as_str()).expect("the database");
        let long = "SET SESSION max_recursive_iterations = 1000000";
        connection.query_drop(long).expect("a setting");
        Self(connection)
    }

    /// Changes the database.
    pub(crate) fn execute(&mut self, sql: &str) {
        self.0.query_drop(sql).expect("changed");
    }

    /// The rows of a query that selects one text, by the name `line`.
    pub(crate) fn lines(&mut self, sql: &str) -> Vec<String> {
        self.0.query(sql).expect("rows")
    }

    /// The number of rows, for conditions like `accounts WHERE uid = 'anna'`.
    pub(crate) fn count(&mut self, rows: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {rows}");
        self.0.query_first(count).expect("a count").expect("a row")
    }
}

//! `zaibo import`: what a PHP server leaves behind is here afterwards, whatever schema it had. The
//! databases are our own (`tests/fixtures/php`), in a real MariaDB.

mod difference;
mod document;
mod engines;
mod faults;
mod schemas;
mod size;
mod transfer;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use mysql::Conn;
use mysql::prelude::Queryable;
use tempfile::TempDir;

use crate::mariadb::MariaDb;
use crate::server::{Server, command};

/// The database of a PHP server, and a folder for the server that takes over.
struct Move {
    mariadb: &'static MariaDb,
    from: String,
    folder: Arc<TempDir>,
}

impl Move {
    /// The database of this fixture. `None` if there is no MariaDB.
    fn from(fixture: &str) -> Option<Self> {
        let this = Self::from_nothing()?;
        let path = format!(
            "{}/tests/fixtures/php/{fixture}.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        this.execute(&fs::read_to_string(path).expect("a fixture"));
        Some(this)
    }

    /// An empty database, with the default character set of the PHP server's.
    fn from_nothing() -> Option<Self> {
        let mariadb = MariaDb::shared()?;
        Some(Self {
            from: mariadb.new_database("utf8mb3"),
            mariadb,
            folder: Arc::new(tempfile::tempdir().expect("a folder")),
        })
    }

    /// Changes the database as the PHP server would.
    fn execute(&self, sql: &str) {
        execute(&mut self.admin(), sql);
    }

    /// Twenty thousand users more, each with a room.
    fn grow(&self) {
        self.execute(
            "INSERT INTO t_account (uid, pwd, register_time)
                SELECT CONCAT('user-', seq), TO_BASE64(CONCAT('secret-', seq)), 1520000000 + seq FROM seq_1_to_20000;
            INSERT INTO t_av_room (uid, create_time, title)
                SELECT CONCAT('user-', seq), 1520000000 + seq, 'Live' FROM seq_1_to_20000;",
        );
    }

    /// A connection to the database.
    fn admin(&self) -> Conn {
        let mut admin = self.mariadb.admin();
        let database = self.from.rsplit('/').next().expect("a name");
        admin
            .query_drop(format!("USE {database}"))
            .expect("a database");
        admin.query_drop("SET NAMES utf8mb4").expect("set");
        admin
    }

    /// The command that imports from the database, with these arguments.
    fn command(&self, words: &[&str]) -> Command {
        import(self.folder.path(), &self.from, words)
    }

    /// Imports, and returns what was printed.
    #[track_caller]
    fn import(&self, words: &[&str]) -> String {
        printed(&self.command(words).output().expect("the tool"))
    }

    /// Starts the server on what was imported.
    fn server(&self) -> Server {
        Server::start_in(Arc::clone(&self.folder), &[])
    }

    /// One value out of the database of the server.
    fn count(&self, sql: &str) -> i64 {
        diesel::select(diesel::dsl::sql::<BigInt>(&format!("({sql})")))
            .get_result(&mut self.database())
            .expect("a number")
    }

    /// All rows of a question to the database of the server, as one text.
    fn rows(&self, columns: &str, rest: &str) -> String {
        let rows = format!(
            "(SELECT coalesce(group_concat(line, char(10)), '') FROM (SELECT {} AS line FROM {rest}))",
            columns
                .split(", ")
                .map(|column| format!("quote({column})"))
                .collect::<Vec<_>>()
                .join("||' '||")
        );
        diesel::select(diesel::dsl::sql::<Text>(&rows))
            .get_result(&mut self.database())
            .expect("rows")
    }

    /// The rows of a question that selects one text, by the name `line`.
    fn lines(&self, question: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            line: String,
        }
        let rows: Vec<Row> = diesel::sql_query(question)
            .load(&mut self.database())
            .expect("rows");
        rows.into_iter().map(|row| row.line).collect()
    }

    /// Everything that an import writes, but for what the next start adds to rooms.
    fn all(&self) -> String {
        [
            ("uid, password_hash, created_at", "accounts ORDER BY uid"),
            (
                "hex(token_hash), uid, created_at, last_used_at, ends_at",
                "sessions ORDER BY 1",
            ),
            ("roomnum, host, created_at", "rooms ORDER BY 1"),
            (
                "id, roomnum, host, opened_at, live_at, title, cover, kind, appid, device, videotype, \
                ended_at, end_reason, likes",
                "lives ORDER BY id",
            ),
            (
                "file_id, uid, roomnum, name, title, cover, video_id, play_url, created_at, \
                file_bytes, duration_s",
                "recordings ORDER BY id",
            ),
            ("name, seq", "sqlite_sequence ORDER BY 1"),
        ]
        .map(|(columns, rest)| self.rows(columns, rest))
        .join("\n\n")
    }

    /// Whether the server's database has this table and a row in it.
    fn has_rows(&self, table: &str) -> bool {
        let exists = format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'");
        self.folder.path().join("zaibo.db").is_file()
            && self.count(&exists) > 0
            && self.count(&format!("SELECT count(*) FROM {table}")) > 0
    }

    /// Keeps everybody else from writing to the server's database, until this is dropped.
    fn hold(&self) -> SqliteConnection {
        let mut database = self.database();
        database.batch_execute("BEGIN IMMEDIATE").expect("held");
        database
    }

    fn database(&self) -> SqliteConnection {
        let path = self.folder.path().join("zaibo.db");
        let mut database =
            SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
        let patience = database.batch_execute("PRAGMA busy_timeout = 30000");
        patience.expect("set");
        database
    }
}

/// Runs all statements of a text.
fn execute(connection: &mut Conn, sql: &str) {
    let mut results = connection.query_iter(sql).expect("the first statement");
    while let Some(rows) = results.iter() {
        for row in rows {
            row.expect("a row");
        }
    }
}

/// The command that imports into the database of that folder.
fn import(folder: &Path, from: &str, words: &[&str]) -> Command {
    let mut zaibo = command(folder, &[]);
    zaibo.args(["import", "--from", from]).args(words);
    zaibo
}

/// The output of a run, which has to succeed.
#[track_caller]
fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

//! The same moves into MariaDB.

use std::process::Command;
use std::sync::Arc;

use mysql::Conn;
use mysql::prelude::Queryable;
use serde_json::json;

use super::{Move, printed};
use crate::server::{Server, command, eventually};

/// What an import writes, in questions that both engines understand.
const WRITTEN: &[&str] = &[
    // A time that the old database does not know is that of the import, which differs between the two.
    "SELECT CONCAT_WS(' ', uid, CASE WHEN created_at < 1600000000 THEN created_at ELSE 'now' END) \
        AS line FROM accounts ORDER BY uid",
    "SELECT CONCAT_WS(' ', HEX(token_hash), uid, \
        CASE WHEN created_at < 1600000000 THEN created_at ELSE 'now' END, \
        CASE WHEN last_used_at < 1600000000 THEN last_used_at ELSE 'now' END) \
        AS line FROM sessions ORDER BY 1",
    "SELECT CONCAT_WS(' ', roomnum, host) AS line FROM rooms ORDER BY roomnum",
    "SELECT CONCAT_WS(' ', roomnum, host, title, cover, kind, appid, device, videotype, end_reason, likes) \
        AS line FROM lives ORDER BY roomnum, id",
    "SELECT CONCAT_WS(' ', stream, roomnum) AS line FROM streams ORDER BY stream",
    "SELECT CONCAT_WS(' ', file_id, uid, roomnum, name, title, cover, video_id, play_url, file_bytes, \
        duration_s) AS line FROM recordings ORDER BY file_id",
];

/// A database of MariaDB that a PHP server moves into.
pub(super) struct IntoMariaDb<'m> {
    moving: &'m Move,
    into: String,
}

impl<'m> IntoMariaDb<'m> {
    pub(super) fn of(moving: &'m Move) -> Self {
        let into = moving.mariadb.new_database("utf8mb4");
        Self { moving, into }
    }

    pub(super) fn here(&self, mut command: Command) -> Command {
        command.env("ZAIBO_STORE__URL", &self.into);
        command
    }

    fn command(&self, words: &[&str]) -> Command {
        self.here(self.moving.command(words))
    }

    #[track_caller]
    pub(super) fn import(&self, words: &[&str]) -> String {
        printed(&self.command(words).output().expect("the tool"))
    }

    fn database(&self) -> Conn {
        Conn::new(self.into.as_str()).expect("the database")
    }

    pub(super) fn server(&self) -> Server {
        let folder = Arc::clone(&self.moving.folder);
        Server::of(self.here(command(folder.path(), &[])), folder, &[])
    }
}

/// The table of counts in what an import prints.
fn counts(said: &str) -> Vec<&str> {
    let lines = said
        .lines()
        .skip_while(|line| !line.contains("already here"));
    lines.filter(|line| !line.starts_with("hashing")).collect()
}

#[test]
fn each_php_server_moves_into_mariadb_as_into_a_file() {
    for fixture in ["2016-12", "2017-02", "2017-08", "2018-03"] {
        let Some(moving) = Move::from(fixture) else {
            return;
        };
        let mariadb = IntoMariaDb::of(&moving);
        let words = ["--keep-tokens", "--blanks", "keep"];
        let (file, server) = (moving.import(&words), mariadb.import(&words));
        assert_eq!(counts(&file), counts(&server), "{fixture}");
        // Once more: nothing is new, and the streams of the rooms are linked.
        let (file, server) = (moving.import(&words), mariadb.import(&words));
        assert_eq!(counts(&file), counts(&server), "{fixture}");
        let mut there = mariadb.database();
        for question in WRITTEN {
            let lines: Vec<String> = there.query(*question).expect("rows");
            assert_eq!(moving.lines(question), lines, "{fixture}: {question}");
        }
    }
}

#[test]
fn who_moved_into_mariadb_logs_in_and_goes_on_there() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    let mariadb = IntoMariaDb::of(&moving);
    mariadb.import(&[]);
    let server = mariadb.server();
    let client = server.client();
    for (id, password) in [
        ("Anna", "secret-2"),
        ("用户😀", "密码123456"),
        ("blanks", "abc"),
        ("中文", "secret-5"),
    ] {
        assert_eq!(client.login(id, password).code, 0, "{id}");
    }
    client.login("ANNA", "secret-1").is(10005);
    let data = client.login("anna", "secret-1").ok();
    let beat = json!({"token": data["token"], "roomnum": 10006, "role": 1, "thumbup": 100});
    client.post("live", "heartbeat", &beat).ok();
    let page = json!({"token": data["token"], "type": "live", "index": 0, "size": 50});
    let rooms = client.post("live", "roomlist", &page).ok();
    assert_eq!(rooms["rooms"][0]["info"]["memsize"], 1, "{rooms}");
    let created = json!({"token": data["token"], "type": "live"});
    let created = client.post("live", "create", &created).ok();
    assert_eq!(created["roomnum"], 11020);
    let kept: Option<i64> = (mariadb.database())
        .query_first("SELECT next FROM room_numbers")
        .expect("a number");
    assert_eq!(kept, Some(11020));
}

#[test]
fn a_server_on_mariadb_keeps_an_import_away() {
    let Some(moving) = Move::from("2017-02") else {
        return;
    };
    let mariadb = IntoMariaDb::of(&moving);
    let server = mariadb.server();
    let output = mariadb.command(&[]).output().expect("the tool");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(
        (output.status.code(), said.lines().count()),
        (Some(1), 1),
        "{said}"
    );
    assert!(!said.contains("secret-of-tests"), "{said}");
    drop(server);
    let accounts: Option<i64> = mariadb
        .database()
        .query_first("SELECT count(*) FROM accounts")
        .expect("a count");
    assert_eq!(accounts, Some(0));
}

#[test]
fn an_import_into_mariadb_that_was_killed_goes_on_where_it_stopped() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    moving.grow();
    let mariadb = IntoMariaDb::of(&moving);
    // The first import makes the tables, and is killed where it is by then.
    for (table, all) in [("accounts", 20_015), ("rooms", 20_004)] {
        let mut import = mariadb.command(&["--hash-memory-kib", "8"]);
        let mut child = import.spawn().expect("a process");
        let mut database = mariadb.database();
        let count = format!("SELECT count(*) FROM {table}");
        let mut rows = || {
            database
                .query_first(&count)
                .ok()
                .flatten()
                .filter(|rows: &u64| *rows > 0)
        };
        eventually("the first rows", &mut rows);
        // Nothing can be committed to this table from here on, so it is killed in the middle.
        database
            .query_drop(format!("LOCK TABLES {table} WRITE"))
            .expect("locked");
        child.kill().expect("killed");
        child.wait().expect("an end");
        let kept: Option<u64> = database.query_first(&count).expect("a count");
        assert!(
            kept.is_some_and(|kept| (1..all).contains(&kept)),
            "{kept:?} {table}"
        );
    }
    let said = mariadb.import(&["--hash-memory-kib", "8"]);
    assert!(
        said.contains("accounts      20018  0      0        20015"),
        "{said}"
    );
    let mut database = mariadb.database();
    for (table, all) in [("accounts", 20_015), ("rooms", 20_004), ("lives", 20_004)] {
        let count: Option<u64> = database
            .query_first(format!("SELECT count(*) FROM {table}"))
            .expect("a count");
        assert_eq!(count, Some(all), "{table}");
    }
    let server = mariadb.server();
    server.client().login("user-20000", "secret-20000").ok();
}

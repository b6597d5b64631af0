//! What can be wrong with an import is said in one line, and nothing is half done.

use std::fs;
use std::net::TcpListener;
use std::process::Stdio;

use super::{Move, import, printed};
use crate::client::PASSWORD;
use crate::server::Server;

/// The one line with which an import from there is refused. Nothing is written.
#[track_caller]
fn refused(moving: &Move, from: &str, words: &[&str]) -> String {
    let output = import(moving.folder.path(), from, words)
        .output()
        .expect("the tool");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(output.stdout, b"", "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("zaibo: "), "{said}");
    assert!(
        !said.contains("secret-of-tests") && !said.contains("geheim"),
        "{said}"
    );
    assert!(!moving.folder.path().join("zaibo.db").exists(), "{said}");
    said
}

#[test]
fn the_address_of_the_source_can_be_given_where_nobody_sees_it() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    let by_name = printed(&moving.command(&["--dry-run"]).output().expect("the tool"));
    let address = moving.folder.path().join("php-address");
    fs::write(&address, format!("{}\n", moving.from)).expect("written");
    let by_input = import(moving.folder.path(), "-", &["--dry-run"])
        .stdin(fs::File::open(&address).expect("a file"))
        .output()
        .expect("the tool");
    assert_eq!(printed(&by_input), by_name);
    let nothing = import(moving.folder.path(), "-", &[])
        .stdin(Stdio::null())
        .output()
        .expect("the tool");
    assert_eq!(nothing.status.code(), Some(1));
    let why = String::from_utf8_lossy(&nothing.stderr);
    assert!(
        why.contains("--from: ") && why.lines().count() == 1,
        "{why}"
    );
}

#[test]
fn a_source_that_is_none_is_refused_in_one_line() {
    let Some(moving) = Move::from_nothing() else {
        return;
    };
    let server = moving.mariadb.address();
    let with = |from: String| refused(&moving, &from, &[]);
    assert!(
        with("mysql://zaibo:geheim@127.0.0.1".to_owned()).contains("--from: it names no database")
    );
    assert!(with("sqlite://zaibo.db".to_owned()).contains("store.url is a file too"));
    let denied = with(format!("mysql://zaibo:geheim@{server}/zaibo_0"));
    assert!(denied.contains("Access denied"), "{denied}");
    let (address, _) = moving.from.rsplit_once('/').expect("an address");
    let missing = with(format!("{address}/zaibo_none"));
    assert!(missing.contains("zaibo_none"), "{missing}");
    let empty = with(moving.from.clone());
    assert!(
        empty.contains("it is not a database of the PHP server: it has no t_account.uid"),
        "{empty}"
    );
    moving.execute(
        "CREATE TABLE t_account (uin INT, uid VARCHAR(50), pwd VARCHAR(50));
        CREATE TABLE t_course (room_id INT);",
    );
    let edu = with(moving.from.clone());
    assert!(
        edu.contains("edu server (SuiXinBoInEduServer, with t_course and uin)"),
        "{edu}"
    );
}

#[test]
fn a_server_that_is_away_or_never_answers_is_named_in_one_line() {
    let Some(moving) = Move::from_nothing() else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let from = format!("mysql://zaibo:geheim@{address}/sxb_db");
    let silent = refused(&moving, &from, &[]);
    assert!(silent.contains("the server does not answer"), "{silent}");
    drop(listener);
    let away = refused(&moving, &from, &[]);
    assert!(
        away.contains("connecting to the PHP server's database"),
        "{away}"
    );
}

#[test]
fn options_that_can_not_be_followed_are_refused_before_anything_is_done() {
    let Some(moving) = Move::from("2017-02") else {
        return;
    };
    let memory = refused(&moving, &moving.from, &["--hash-memory-kib", "7"]);
    assert!(
        memory.contains("accounts.argon2_memory_kib: 7 is not from 8 to 1048576"),
        "{memory}"
    );
    let report = refused(&moving, &moving.from, &["--report", "nowhere/report"]);
    assert!(
        report.contains("creating the report: nowhere/report"),
        "{report}"
    );
}

#[test]
fn a_running_server_keeps_an_import_away() {
    let Some(moving) = Move::from("2017-02") else {
        return;
    };
    let server = moving.server();
    server.client().regist("early-bird", PASSWORD).ok();
    let output = moving.command(&[]).output().expect("the tool");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(
        (output.status.code(), said.lines().count()),
        (Some(1), 1),
        "{said}"
    );
    assert!(said.contains("another zaibo is running on it"), "{said}");
    drop(server);
    assert_eq!(moving.count("SELECT count(*) FROM accounts"), 1);
    // What was here before the import stays, and a dry run does not care.
    moving.import(&["--dry-run"]);
    moving.import(&[]);
    assert_eq!(moving.count("SELECT count(*) FROM accounts"), 3);
}

#[test]
fn a_room_of_somebody_else_here_stays_theirs() {
    let Some(moving) = Move::from("2017-02") else {
        return;
    };
    let mut server = moving.server();
    let room = server.newcomer("host").create();
    assert_eq!(room, 10001);
    server.terminate();
    let said = moving.import(&[]);
    let line = "rooms (1): another host has a room with this number here: 10001";
    assert!(said.contains(line), "{said}");
    assert_eq!(
        moving.count("SELECT count(*) FROM rooms WHERE host = 'anna'"),
        1
    );
}

#[test]
fn the_source_is_only_read() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    let reader = "'reader'@'127.0.0.1'";
    let name = moving.from.rsplit('/').next().expect("a name");
    moving.execute(&format!(
        "CREATE USER {reader} IDENTIFIED BY 'geheim'; GRANT SELECT ON {name}.* TO {reader}"
    ));
    let from = format!("mysql://reader:geheim@{}/{name}", moving.mariadb.address());
    let output = import(
        moving.folder.path(),
        &from,
        &["--keep-tokens", "--report", "report"],
    )
    .output();
    let output = output.expect("the tool");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("accounts: 18 of 18, "), "{said}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("read from mysql://reader@127.0.0.1:")
    );
    let report = fs::read_to_string(moving.folder.path().join("report")).expect("a report");
    assert!(!report.contains("geheim"), "{report}");
    drop(Server::start_in(moving.folder.clone(), &[]));
}

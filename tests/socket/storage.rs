//! Other users of the database: a second process beside the server, a deleted file, a full disk,
//! and a file of another program.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::Value;
use tempfile::TempDir;

use crate::callbacks::{Teller, files, recorded};
use crate::client::{Client, PASSWORD, User};
use crate::raw::{Raw, request};
use crate::server::{Server, command, eventually, in_folder, unique};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Opens the database from this process, as the sqlite3 program does.
fn open(server: &Server) -> SqliteConnection {
    SqliteConnection::establish(&database(server).to_string_lossy()).expect("the database")
}

fn database(server: &Server) -> PathBuf {
    server.folder().join("zaibo.db")
}

fn journal(server: &Server) -> u64 {
    let file = fs::metadata(server.folder().join("zaibo.db-wal"));
    file.expect("the journal").ino()
}

fn accounts(connection: &mut SqliteConnection) -> i64 {
    let rows: Vec<Count> = diesel::sql_query("SELECT count(*) AS count FROM accounts")
        .load(connection)
        .expect("a count");
    rows[0].count
}

fn register_many(client: &Client, many: usize) -> Vec<String> {
    let ids: Vec<_> = (0..many).map(|_| unique("writer")).collect();
    for id in &ids {
        client.regist(id, PASSWORD).ok();
    }
    ids
}

/// The status and the body of `GET /readyz`.
fn readiness(server: &Server) -> (u16, Value) {
    let mut raw = Raw::connect(server.address());
    raw.send(request("GET", "/readyz", &[], ""));
    let response = raw.response();
    let body = serde_json::from_slice(&response.body).expect("JSON");
    (response.status, body)
}

#[test]
fn a_second_process_may_look_and_write_and_go_and_nothing_is_lost_for_either() {
    let mut server = Server::start(&[]);
    let before = register_many(&server.client(), 3);
    let file = journal(&server);
    for look in 0..3 {
        let mut other = open(&server);
        assert!(accounts(&mut other) >= 3);
        let theirs = format!(
            "INSERT INTO accounts (uid, password_hash, created_at) VALUES ('theirs{look}', 'x', 1)"
        );
        other.batch_execute(&theirs).expect("written");
        drop(other);
        assert_eq!(journal(&server), file, "the journal is the one in use");
    }
    let after = register_many(&server.client(), 200);
    server.kill_nine();
    let server = server.restart();
    for id in before.iter().chain(&after) {
        User::log_in(server.client(), id);
    }
    for look in 0..3 {
        server
            .client()
            .regist(&format!("theirs{look}"), PASSWORD)
            .is(10004);
    }
    assert_eq!(accounts(&mut open(&server)), 206);
}

#[test]
fn the_inbox_tool_beside_the_server_leaves_the_journal_alone() {
    let mut server = Server::start(&[]);
    register_many(&server.client(), 1);
    let file = journal(&server);
    for _ in 0..3 {
        let mut tool = command(server.folder(), &[]);
        assert!(tool.arg("inbox").status().expect("a process").success());
        assert_eq!(journal(&server), file);
    }
    let ids = register_many(&server.client(), 50);
    server.kill_nine();
    let server = server.restart();
    User::log_in(server.client(), &ids[49]);
}

#[test]
fn a_server_whose_database_was_deleted_says_so_and_acknowledges_nothing() {
    let mut server = Server::start(&[]);
    let user = server.newcomer("somebody");
    assert_eq!(
        readiness(&server),
        (
            200,
            serde_json::json!({
                "ready": true, "checks": [{"name": "store", "ok": true}]
            })
        )
    );
    for ending in ["", "-wal", "-shm"] {
        fs::remove_file(server.folder().join(format!("zaibo.db{ending}"))).expect("deleted");
    }
    user.live("create", serde_json::json!({"type": "live"}))
        .is(90000);
    let why = eventually("the truth", || {
        let (status, body) = readiness(&server);
        (status == 503).then(|| body["checks"][0]["why"].clone())
    });
    assert!(why.as_str().expect("a text").contains("deleted"), "{why}");
    assert!(!database(&server).exists(), "no new one is made in silence");
    // The server can no longer record its last changes. The log and the exit status report that.
    assert_eq!(server.terminate().code(), Some(1));
    let log = server.logged("recording the last ends");
    assert!(!log.contains("everything is on record"), "{log}");
}

/// Limits the size of the files that the server may write, like a full disk. `None` removes the
/// limit.
fn limit_files(server: &Server, bytes: Option<u64>) {
    let pid = i32::try_from(server.id()).ok().and_then(Pid::from_raw);
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(pid, Resource::Fsize, limit).expect("limited");
}

#[test]
fn a_full_disk_shows_in_readiness_and_is_over_when_there_is_room_again() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    // The system also sends a signal, which would end the process unless it is ignored.
    let mut shell = Command::new("bash");
    let script = format!("trap '' XFSZ; exec '{}'", env!("CARGO_BIN_EXE_zaibo"));
    shell.args(["-c", &script]);
    let shell = in_folder(shell, folder.path(), &[]);
    let mut server = Server::of(shell, folder, &[]);
    let user = server.newcomer("somebody");
    let client = server.client();
    let mut kept = register_many(&client, 5);
    let journal = fs::metadata(server.folder().join("zaibo.db-wal")).expect("the journal");
    limit_files(&server, Some(journal.len() + 100_000));
    let refused = eventually("the disk to be full", || {
        let id = unique("late");
        let answer = client.regist(&id, PASSWORD);
        if answer.code == 0 {
            kept.push(id);
        }
        (answer.code != 0).then_some(answer.code)
    });
    assert_eq!(refused, 90000);
    let why = eventually("the truth", || {
        let (status, body) = readiness(&server);
        (status == 503).then(|| body["checks"][0]["why"].clone())
    });
    assert!(why.as_str().expect("a text").contains("full"), "{why}");
    // A request that writes nothing is not affected.
    user.beat(-1, 0).ok();
    limit_files(&server, None);
    eventually("room", || (readiness(&server).0 == 200).then_some(()));
    kept.extend(register_many(&client, 5));
    server.kill_nine();
    let server = server.restart();
    for id in &kept {
        User::log_in(server.client(), id);
    }
}

/// Starts a server that has to refuse, and returns its message.
fn refused(folder: &TempDir) -> String {
    let child = command(folder.path(), &[]).spawn().expect("a process");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn a_database_of_another_program_or_of_a_newer_zaibo_is_refused_and_not_touched() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let mut server = Server::start_in(folder.clone(), &[]);
    let mut ours = open(&server);
    assert!(server.terminate().success());
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')";
    ours.batch_execute(newer).expect("written");
    drop(ours);
    let said = refused(&folder);
    assert!(
        said.contains("newer") && said.contains("20990101000000"),
        "{said}"
    );
    for (content, word) in [
        (
            "CREATE TABLE accounts (id INTEGER); INSERT INTO accounts VALUES (7)",
            "another program",
        ),
        (
            "CREATE TABLE __diesel_schema_migrations (version TEXT, run_on TEXT);
          INSERT INTO __diesel_schema_migrations VALUES ('1', '1'); CREATE TABLE x (y)",
            "another program",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("zaibo.db");
        let mut theirs = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
        theirs.batch_execute(content).expect("written");
        drop(theirs);
        let before = fs::read(&path).expect("bytes");
        let said = refused(&folder);
        assert!(said.contains(word) && said.contains("store.url"), "{said}");
        assert_eq!(fs::read(&path).expect("bytes"), before);
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("zaibo.db"),
        "no database, but some text of somebody\n".repeat(50),
    )
    .expect("written");
    let said = refused(&folder);
    for named in ["not a database", "store.url", "zaibo.db: "] {
        assert!(said.contains(named), "{named} is not in {said}");
    }
}

#[test]
fn a_database_that_others_may_read_is_warned_of() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let server = Server::start_in(folder.clone(), &[]);
    server.newcomer("somebody");
    assert!(!server.logged("registered").contains("chmod"));
    let file = database(&server);
    drop(server);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("opened");
    let server = Server::start_in(folder, &[]);
    server.logged("chmod 600");
}

#[test]
fn a_callback_that_can_not_be_kept_is_answered_500_and_taken_when_it_comes_again() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let teller = Teller::of(&server);
    let mut other = open(&server);
    other.batch_execute("BEGIN EXCLUSIVE").expect("the lock");
    assert_eq!(teller.tell("live", &recorded(room, "f")), 500);
    other.batch_execute("COMMIT").expect("the end of it");
    eventually("the database to be free", || {
        (teller.tell("live", &recorded(room, "f")) == 200).then_some(())
    });
    assert_eq!(teller.tell("live", &recorded(room, "f")), 200);
    assert_eq!(files(&host), ["f"]);
}

//! `zaibo backup`: what it copies is whole, also from under a busy server, and where it cannot copy
//! it says why and leaves nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::client::{PASSWORD, User};
use crate::server::{Server, command, in_folder, unique};

fn backup(folder: &Path, file: impl AsRef<Path>) -> Output {
    let mut program = command(folder, &[]);
    program.arg("backup").arg(file.as_ref());
    program.output().expect("a process")
}

/// The output of a backup, which has to succeed.
#[track_caller]
fn made(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The reason why a backup was refused.
#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr.clone()).expect("text");
    assert!(
        said.starts_with("zaibo: ") && said.lines().count() == 1,
        "{said}"
    );
    said
}

/// The texts that a query finds in its column `line`.
fn lines(file: &Path, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let mut database = SqliteConnection::establish(&file.to_string_lossy()).expect("a database");
    let rows: Vec<Row> = diesel::sql_query(query).load(&mut database).expect("rows");
    rows.into_iter().map(|row| row.line).collect()
}

/// Every page and every index is sound.
#[track_caller]
fn is_sound(file: &Path) {
    let found = lines(
        file,
        "SELECT integrity_check AS line FROM pragma_integrity_check",
    );
    assert_eq!(found, ["ok"]);
}

/// A server on a copy of this database.
fn restored(file: &Path) -> Server {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    fs::copy(file, folder.path().join("zaibo.db")).expect("copied");
    Server::start_in(folder, &[])
}

/// The commands that a document shows for a restore.
fn restore_commands(document: &str) -> String {
    let (_, marked) = document.split_once("<!-- restore -->").expect("a marker");
    let mut parts = marked.split("```");
    let block = parts.nth(1).and_then(|block| block.strip_prefix("sh\n"));
    block.expect("a block of commands").to_owned()
}

/// The files of a folder that are not the server's own.
fn others(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("a folder");
    let files = files.map(|file| file.expect("a file").path());
    files
        .filter(|file| !file.to_string_lossy().contains("zaibo.db"))
        .collect()
}

#[test]
fn a_backup_of_a_busy_server_holds_all_that_was_acknowledged_before_it() {
    let mut server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let stop = AtomicBool::new(false);
    let copies = tempfile::tempdir().expect("a folder");
    let backups: Vec<(PathBuf, Vec<String>)> = thread::scope(|scope| {
        let writers: [_; 4] = std::array::from_fn(|_| {
            let (client, stop) = (server.client(), &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    client.regist(&unique("meanwhile"), PASSWORD).ok();
                }
            })
        });
        let backups = (0..5).map(|n| {
            let ids: Vec<_> = (0..10).map(|_| unique("before")).collect();
            for id in &ids {
                server.client().regist(id, PASSWORD).ok();
            }
            let file = copies.path().join(format!("copy {n}.db"));
            let said = made(&backup(server.folder(), &file));
            assert!(
                said.contains(&format!("{} is complete (", file.display())),
                "{said}"
            );
            (file, ids)
        });
        let backups = backups.collect();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().expect("no failure");
        }
        backups
    });
    server.kill_nine();
    assert_eq!(others(copies.path()).len(), 5, "and no other file");
    for (file, ids) in &backups {
        let rights = fs::metadata(file).expect("a file").permissions();
        assert_eq!(rights.mode() & 0o777, 0o600, "it holds password hashes");
        is_sound(file);
        let server = restored(file);
        for id in ids {
            User::log_in(server.client(), id);
        }
        // Nobody is logged out, and rooms run.
        let host = host.at(server.client());
        host.beat(room, 1).ok();
        assert!(host.listed().is_some());
    }
}

#[test]
fn a_backup_needs_no_server_and_leaves_the_database_as_it_is() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let mut server = Server::start_in(folder.clone(), &[]);
    let user = server.newcomer("somebody");
    let room = user.create();
    server.kill_nine();
    // A relative path, and letters that mean something in an address.
    made(&backup(folder.path(), "file:copy?mode=memory&直播.db"));
    let copy = folder.path().join("file:copy?mode=memory&直播.db");
    is_sound(&copy);
    for mut server in [restored(&copy), Server::start_in(folder, &[])] {
        let user = user.at(server.client());
        assert_eq!(user.create(), room + 1);
        assert!(server.terminate().success());
    }
}

#[test]
fn a_restore_as_the_documents_show_it_leaves_nothing_of_the_old_database() {
    for document in [
        include_str!("../../docs/operating.md"),
        include_str!("../../docs/operating.zh-CN.md"),
    ] {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let mut server = Server::start_in(folder.clone(), &[]);
        let before = server.newcomer("before");
        let kept = tempfile::tempdir().expect("a folder");
        let copy = kept.path().join("copy.db");
        made(&backup(server.folder(), &copy));
        let after = server.newcomer("after");
        // The journal with what came later stays behind.
        server.kill_nine();
        let commands = restore_commands(document);
        assert_eq!(commands.matches("/backup/zaibo-monday.db").count(), 1);
        let commands = commands.replace("/backup/zaibo-monday.db", &copy.to_string_lossy());
        let mut bash = Command::new("bash");
        bash.args(["-euc", &commands]).current_dir(folder.path());
        assert!(bash.status().expect("bash").success());
        let server = Server::start_in(folder.clone(), &[]);
        before.at(server.client()).beat(-1, 0).ok();
        server.client().login(&after.id, PASSWORD).is(10005);
        server.newcomer("later");
        drop(server);
        is_sound(&folder.path().join("zaibo.db"));
    }
}

#[test]
fn a_database_of_an_earlier_build_is_copied_unchanged_before_the_upgrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zaibo.db");
    let mut database = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    let content = include_str!("../fixtures/first-build.sql");
    database.batch_execute(content).expect("loaded");
    drop(database);
    made(&backup(folder.path(), "copy.db"));
    let copy = folder.path().join("copy.db");
    let migrations = "SELECT version AS line FROM __diesel_schema_migrations ORDER BY version";
    assert_eq!(lines(&copy, migrations), lines(&path, migrations));
    let server = restored(&copy);
    server.newcomer("somebody");
    let upgraded = server.folder().join("zaibo.db");
    assert!(lines(&upgraded, migrations).len() > lines(&copy, migrations).len());
}

#[test]
fn where_nothing_can_be_copied_the_reason_is_said_and_nothing_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = refused(&backup(folder.path(), "copy.db"));
    assert!(
        said.contains("there is no database zaibo.db; name that of the server"),
        "{said}"
    );

    let server = Server::start(&[]);
    server.newcomer("somebody");
    let place = tempfile::tempdir().expect("a folder");
    let there = place.path().join("there.db");
    fs::write(&there, "precious").expect("written");
    for taken in [there.clone(), server.folder().join("zaibo.db")] {
        let said = refused(&backup(server.folder(), &taken));
        assert!(said.contains("exists already"), "{said}");
    }
    assert_eq!(fs::read(&there).expect("bytes"), b"precious");
    fs::remove_file(&there).expect("deleted");

    let said = refused(&backup(server.folder(), place.path().join("none/copy.db")));
    assert!(said.contains("none/copy.db: No such file"), "{said}");
    let said = refused(&backup(server.folder(), "/proc/copy.db"));
    assert!(said.contains("/proc/copy.db"), "{said}");
    let said = refused(&backup(server.folder(), ".."));
    assert!(said.contains("exists already"), "{said}");
    assert_eq!(others(place.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_mysql_server_is_left_to_its_own_tools_and_its_password_is_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = "mysql://zaibo:geheim@127.0.0.1:1/live";
    let mut program = command(folder.path(), &[("ZAIBO_STORE__URL", url)]);
    let said = refused(
        &program
            .args(["backup", "copy.db"])
            .output()
            .expect("an end"),
    );
    assert!(said.contains("mysqldump --single-transaction"), "{said}");
    assert!(!said.contains("geheim"), "{said}");
    assert_eq!(others(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_full_disk_leaves_no_half_of_a_backup() {
    let server = Server::start(&[]);
    server.newcomer("somebody");
    let place = tempfile::tempdir().expect("a folder");
    let copy = place.path().join("copy.db");
    // No file of this process may be longer than 32 KiB, which is what a full disk looks like. The
    // signal that comes with it would end the process unless it is ignored.
    let script = "trap '' XFSZ; ulimit -f 32; exec \"$@\"";
    let mut limited = Command::new("bash");
    limited.args([
        "-c",
        script,
        "limited",
        env!("CARGO_BIN_EXE_zaibo"),
        "backup",
    ]);
    limited.arg(&copy);
    let said = refused(
        &in_folder(limited, server.folder(), &[])
            .output()
            .expect("an end"),
    );
    assert!(said.contains("copying the database"), "{said}");
    assert_eq!(others(place.path()), Vec::<PathBuf>::new());
    made(&backup(server.folder(), &copy));
    is_sound(&copy);
}

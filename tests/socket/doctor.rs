//! `zaibo doctor`: each thing that is wrong is one line that says what to do, and only what keeps a
//! server from working makes the exit status 1.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use mysql::prelude::Queryable as _;

use crate::mariadb::MariaDb;
use crate::server::{Server, Settings, command, in_folder};

/// What an examination printed.
struct Report {
    status: Option<i32>,
    text: String,
}

fn examine(folder: &Path, settings: &Settings) -> Report {
    examine_at(folder, None, settings)
}

fn examine_at(folder: &Path, store_url: Option<&str>, settings: &Settings) -> Report {
    let mut program = command(folder, settings);
    program.arg("doctor");
    if let Some(url) = store_url {
        program.env("ZAIBO_STORE__URL", url);
    }
    Report::of(&program.output().expect("a process"))
}

impl Report {
    #[track_caller]
    fn of(output: &Output) -> Self {
        let text = String::from_utf8(output.stdout.clone()).expect("text");
        let fails = text.lines().any(|line| line.starts_with("fail  "));
        assert_eq!(output.status.code(), Some(i32::from(fails)), "{text}");
        Self {
            status: output.status.code(),
            text,
        }
    }

    /// There is a line about that subject that begins like this and contains the words.
    #[track_caller]
    fn says(&self, level: &str, subject: &str, words: &str) {
        let begin = format!("{level:4}  {subject:11}  ");
        let mut lines = self.text.lines();
        let found = lines.any(|line| line.starts_with(&begin) && line.contains(words));
        assert!(found, "no {level} {subject} with {words:?}:\n{}", self.text);
    }

    #[track_caller]
    fn has_only(&self, level: &str) {
        for line in self.text.lines() {
            assert!(line.starts_with(level), "{}", self.text);
        }
    }
}

#[test]
fn a_newcomer_is_told_what_a_real_server_needs_and_that_nothing_is_broken() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = examine(folder.path(), &[("ZAIBO_CALLBACK__UNSIGNED", "refuse")]);
    assert_eq!(report.status, Some(0));
    report.says("ok", "settings", "no zaibo.toml");
    report.says("ok", "database", "does not exist yet");
    report.says("warn", "apps", "demo key");
    report.says("warn", "callbacks", "TRTC has no key and is refused");
    report.says("warn", "proxies", "http.trusted_proxies names no proxy");
    assert_eq!(
        fs::read_dir(folder.path()).expect("a folder").count(),
        0,
        "nothing was made"
    );
    let report = examine(folder.path(), &[]);
    report.says("warn", "callbacks", "only for trials");
}

#[test]
fn a_trial_is_told_that_only_others_than_this_machine_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = examine(folder.path(), &[("ZAIBO_CALLBACK__UNSIGNED", "loopback")]);
    for sender in ["live streaming", "Chat", "VOD"] {
        let words = format!("{sender} has no key and is refused from elsewhere;");
        report.says("warn", "callbacks", &words);
    }
    report.says("warn", "callbacks", "TRTC has no key and is refused;");
}

#[test]
fn a_server_that_is_set_up_well_has_only_good_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = "
        [http]
        max_connections = 64
        trusted_proxies = [\"192.0.2.0/24\"]
        [push]
        max_sockets = 64
        [callback]
        key = \"geheim-1\"
        trtc_key = \"geheim-2\"
        im_token = \"geheim-3\"
        path_secret = \"geheim-4-geheim-4\"
        unsigned = \"refuse\"
        [cloud]
        default_appid = 1400000001
        apps = [{ appid = 1400000001, usersig_key = \"geheim-5\" }]";
    let file = folder.path().join("zaibo.toml");
    fs::write(&file, settings).expect("written");
    fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("changed");
    let folder = std::sync::Arc::new(folder);
    let quiet: &Settings = &[("ZAIBO_CALLBACK__UNSIGNED", "refuse")];
    let mut server = Server::start_in(folder.clone(), quiet);
    server.newcomer("somebody");
    let report = examine(folder.path(), quiet);
    report.has_only("ok ");
    report.says("ok", "server", "a zaibo is running on it");
    report.says("ok", "schema", "up to date");
    assert!(!report.text.contains("geheim"), "{}", report.text);
    assert!(server.terminate().success());
    let report = examine(folder.path(), quiet);
    report.says("ok", "server", "no zaibo is running on it");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("changed");
    fs::set_permissions(
        folder.path().join("zaibo.db"),
        Permissions::from_mode(0o640),
    )
    .expect("changed");
    let report = examine(folder.path(), quiet);
    report.says("warn", "settings", "chmod o= ");
    report.says("warn", "rights", "chmod 600");
}

#[test]
fn settings_that_are_refused_and_keys_that_can_not_be_used_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = examine(folder.path(), &[("ZAIBO_HTTP__MAX_CONNECTIONS", "1")]);
    report.says("fail", "settings", "http.max_connections");
    let key = folder.path().join("key.pem");
    let apps = "[{appid=1400000001, usersig_private_key_file=\"key.pem\"}]";
    let settings: &Settings = &[("ZAIBO_CLOUD__APPS", apps)];
    examine(folder.path(), settings).says("fail", "apps", "key.pem: No such file");
    fs::write(&key, "-- geheim --").expect("written");
    let report = examine(folder.path(), settings);
    report.says("fail", "apps", "app 1400000001: key.pem: it holds no");
    assert!(!report.text.contains("geheim"), "{}", report.text);
    fs::write(&key, include_str!("../fixtures/key-p256.pem")).expect("written");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("changed");
    examine(folder.path(), settings).says("warn", "apps", "chmod 600 key.pem");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("changed");
    examine(folder.path(), settings).says("ok", "apps", "has a private key in key.pem");
}

#[test]
fn a_reader_who_has_seen_enough_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut program = command(folder.path(), &[]);
    let output = program.arg("doctor").stdout(writer).output();
    let output = output.expect("an end");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn the_app_of_logins_that_name_none_should_have_a_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let apps = "[{appid=7, usersig_key=\"geheim-1\"}, {appid=8, usersig_key=\"geheim-2\"}]";
    let settings: &Settings = &[
        ("ZAIBO_CLOUD__APPS", apps),
        ("ZAIBO_CLOUD__DEFAULT_APPID", "9"),
    ];
    let report = examine(folder.path(), settings);
    report.says("warn", "apps", "cloud.default_appid is 9");
    report.says("warn", "apps", "a UserSig for the first one there, 7;");
    let settings: &Settings = &[settings[0], ("ZAIBO_CLOUD__DEFAULT_APPID", "8")];
    let report = examine(folder.path(), settings);
    assert!(!report.text.contains("default_appid"), "{}", report.text);
}

#[test]
fn a_file_that_is_no_database_of_zaibo_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zaibo.db");
    fs::write(&path, "some text of somebody\n".repeat(100)).expect("written");
    examine(folder.path(), &[]).says("fail", "database", "not a database");
    fs::remove_file(&path).expect("deleted");
    let mut database = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    database.batch_execute("CREATE TABLE t (x)").expect("made");
    drop(database);
    examine(folder.path(), &[]).says("fail", "database", "another program");
    fs::remove_file(&path).expect("deleted");
    let content = include_str!("../fixtures/first-build.sql");
    let mut database = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    database.batch_execute(content).expect("loaded");
    drop(database);
    examine(folder.path(), &[]).says("warn", "schema", "make a backup before");
    let settings = &[("ZAIBO_STORE__URL", "sqlite://none/zaibo.db")];
    examine(folder.path(), settings).says("fail", "database", "make this folder first");
}

#[test]
fn a_system_that_allows_too_few_files_is_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    for (allowed, level) in [(300, "fail"), (1000, "warn")] {
        let script = format!(
            "ulimit -n {allowed}; exec '{}' doctor",
            env!("CARGO_BIN_EXE_zaibo")
        );
        let mut shell = Command::new("bash");
        shell.args(["-c", &script]);
        let output = in_folder(shell, folder.path(), &[])
            .output()
            .expect("an end");
        Report::of(&output).says(level, "open files", "LimitNOFILE=60256");
    }
}

#[test]
fn a_mysql_server_is_examined_from_its_version_to_its_rights() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let folder = std::sync::Arc::new(tempfile::tempdir().expect("a folder"));
    let url = database.url();
    let report = examine_at(folder.path(), Some(url), &[]);
    report.says("ok", "database", "MariaDB");
    report.says("warn", "schema", "empty, or of an earlier zaibo");
    report.says("ok", "server", "no zaibo is running on it");
    let mut serve = command(folder.path(), &[]);
    serve.env("ZAIBO_STORE__URL", url);
    let mut server = Server::of(serve, folder.clone(), &[]);
    let report = examine_at(folder.path(), Some(url), &[]);
    assert_eq!(report.status, Some(0));
    for subject in [
        "database",
        "encryption",
        "charset",
        "schema",
        "rights",
        "writes",
        "durability",
        "packets",
        "connections",
        "clock",
        "sessions",
    ] {
        report.says("ok", subject, "");
    }
    report.says("ok", "server", &format!("process {}", server.id()));
    // The same with the password in a file, which others can read.
    let password = folder.path().join("password");
    fs::write(&password, "secret-of-tests\n").expect("written");
    fs::set_permissions(&password, Permissions::from_mode(0o644)).expect("changed");
    let without = url.replace(":secret-of-tests@", "@");
    assert_ne!(without, url);
    let settings: &Settings = &[("ZAIBO_STORE__PASSWORD_FILE", "password")];
    let report = examine_at(folder.path(), Some(&without), settings);
    report.says("ok", "server", &format!("process {}", server.id()));
    report.says("warn", "settings", "chmod 600 password");
    assert!(server.terminate().success());
    assert!(!report.text.contains("secret-of-tests"), "{}", report.text);
}

#[test]
fn what_is_wrong_with_a_mysql_server_is_said_with_its_remedy() {
    let Some(mut database) = MariaDb::start() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let latin = database.new_database("latin1");
    let name = latin.rsplit('/').next().expect("a name");
    let mut admin = database.admin();
    for statement in [
        format!("REVOKE ALL PRIVILEGES ON {name}.* FROM 'zaibo'@'127.0.0.1'"),
        format!("GRANT SELECT, INSERT ON {name}.* TO 'zaibo'@'127.0.0.1'"),
    ] {
        admin.query_drop(statement).expect("changed");
    }
    drop(admin);
    database.stop();
    database.start_again_with(&[
        "--read-only=1",
        "--max-allowed-packet=300K",
        "--max-connections=20",
        "--innodb-flush-log-at-trx-commit=2",
        "--default-time-zone=+08:00",
    ]);
    let report = examine_at(folder.path(), Some(&latin), &[]);
    report.says("fail", "charset", "ALTER DATABASE");
    report.says("fail", "rights", "GRANT ALL PRIVILEGES ON");
    report.says("fail", "writes", "read-only");
    report.says(
        "fail",
        "packets",
        "raise it, or lower callback.max_body_bytes",
    );
    report.says("fail", "connections", "store.connections");
    report.says("warn", "durability", "set it to 1");
    report.says("ok", "clock", "agrees");
    report.says("ok", "sessions", "READ COMMITTED, strict mode, UTC");
    database.kill_nine();
    let report = examine_at(folder.path(), Some(&latin), &[]);
    report.says("fail", "database", "Connection refused");
    assert!(!report.text.contains("secret-of-tests"), "{}", report.text);
    // An address elsewhere that nobody has to answer: the password is not shown either.
    let report = examine_at(folder.path(), Some("mysql://u:geheim@h/a/b"), &[]);
    assert!(!report.text.contains("geheim"), "{}", report.text);
}

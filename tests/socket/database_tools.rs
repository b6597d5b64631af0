//! The tools of the tests about MySQL do what the tests rely on: a real MariaDB that can be killed
//! and frozen, and a network that breaks where it is told to.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Opts, OptsBuilder};

use crate::mariadb::MariaDb;
use crate::server::eventually;
use crate::slow_proxy::{Lost, SlowProxy};

fn connect(url: &str) -> mysql::Result<Conn> {
    let options = Opts::from_url(url).expect("an address");
    let limit = Some(Duration::from_secs(1));
    let options = OptsBuilder::from_opts(options)
        .prefer_socket(false)
        .read_timeout(limit)
        .write_timeout(limit);
    Conn::new(options)
}

fn number(connection: &mut Conn, query: &str) -> mysql::Result<i64> {
    Ok(connection.query_first(query)?.expect("a row"))
}

/// A connection with a table `t`, and a row in it.
fn with_table(url: &str) -> Conn {
    let mut connection = connect(url).expect("a connection");
    for statement in [
        "CREATE TABLE IF NOT EXISTS t (x INT)",
        "INSERT INTO t VALUES (1)",
    ] {
        connection.query_drop(statement).expect("a table");
    }
    connection
}

fn rows(url: &str) -> i64 {
    let mut connection = connect(url).expect("a connection");
    number(&mut connection, "SELECT count(*) FROM t").expect("a count")
}

#[test]
fn mariadb_keeps_its_data_and_its_address_over_kills_and_restarts() {
    let Some(mut server) = MariaDb::start() else {
        return;
    };
    let url = server.url().to_owned();
    drop(with_table(&url));
    server.kill_nine();
    assert!(connect(&url).is_err());
    server.start_again_with(&["--read-only=1", "--sql-mode="]);
    let mut connection = connect(&url).expect("a connection");
    assert!(connection.query_drop("INSERT INTO t VALUES (2)").is_err());
    server.stop();
    server.start_again();
    assert_eq!(rows(&url), 1);
    let mode: Option<String> = connect(&url)
        .expect("a connection")
        .query_first("SELECT @@sql_mode")
        .expect("a mode");
    assert!(mode.expect("a mode").contains("STRICT"));
}

#[test]
fn every_database_is_an_empty_one_with_its_own_charset_and_the_account_sees_no_other() {
    let Some(server) = MariaDb::shared() else {
        return;
    };
    drop(with_table(server.url()));
    let mut other = connect(&server.new_database("latin1")).expect("a connection");
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
    assert_eq!(number(&mut other, tables).expect("a count"), 0);
    let charset: Option<String> = other
        .query_first("SELECT @@character_set_database")
        .expect("a name");
    assert_eq!(charset.as_deref(), Some("latin1"));
    assert!(other.query_drop("SELECT * FROM mysql.user").is_err());
    assert!(number(&mut server.admin(), "SELECT count(*) FROM mysql.user").expect("a count") > 1);
}

#[test]
fn a_frozen_mariadb_answers_nothing_and_then_goes_on() {
    let Some(server) = MariaDb::start() else {
        return;
    };
    let mut connection = connect(server.url()).expect("a connection");
    server.freeze();
    assert!(connection.query_drop("SELECT 1").is_err());
    server.thaw();
    let mut connection = connect(server.url()).expect("a connection");
    assert_eq!(number(&mut connection, "SELECT 1").expect("a row"), 1);
}

/// The parent of MariaDB reads from a pipe whose other end only this process holds. So the test
/// starts another process that starts MariaDB, and kills that one.
#[test]
fn no_mariadb_outlives_the_process_that_started_it() {
    const CHILD: &str = "ZAIBO_TEST_STARTS_MARIADB";
    if std::env::var_os(CHILD).is_some() {
        let server = MariaDb::start().expect("the other process has found it");
        let socket: Option<String> = server.admin().query_first("SELECT @@socket").expect("one");
        std::fs::write(std::env::var(CHILD).expect("text"), socket.expect("one")).expect("a file");
        // It ends by itself if the test fails before it kills this process.
        std::io::stdin()
            .read_line(&mut String::new())
            .expect("an end");
        return;
    }
    if MariaDb::shared().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("socket");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "database_tools::no_mariadb_outlives_the_process_that_started_it",
        ])
        .env(CHILD, &file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    let socket = eventually("MariaDB to run", || {
        let socket = std::fs::read_to_string(&file).ok();
        socket.filter(|socket| !socket.is_empty())
    });
    assert!(Path::new(&socket).exists());
    child.kill().expect("killed");
    child.wait().expect("an end");
    let folder = Path::new(&socket).parent().expect("its folder");
    eventually("MariaDB and its files to be gone", || {
        (!folder.exists()).then_some(())
    });
}

#[test]
fn the_proxy_delays_passes_on_and_cuts() {
    let Some(server) = MariaDb::shared() else {
        return;
    };
    let proxy = SlowProxy::start(server.address());
    let url = proxy.url(&server.new_database("utf8mb4"));
    proxy.delay(Duration::from_micros(250), Duration::from_micros(250));
    let mut connection = with_table(&url);
    assert_eq!(rows(&url), 1);
    proxy.cut();
    assert!(connection.query_drop("SELECT 1").is_err());
    let mut connection = connect(&url).expect("a connection");
    proxy.swallow();
    assert!(connection.query_drop("INSERT INTO t VALUES (2)").is_err());
    assert!(connect(&url).is_err());
    proxy.heal();
    assert_eq!(rows(&url), 1);
}

#[test]
fn the_proxy_loses_one_half_of_a_commit() {
    let Some(server) = MariaDb::shared() else {
        return;
    };
    let proxy = SlowProxy::start(server.address());
    let url = proxy.url(&server.new_database("utf8mb4"));
    for (lost, expected) in [(Lost::Request, 1), (Lost::Answer, 3)] {
        let mut connection = if lost == Lost::Request {
            with_table(&url)
        } else {
            connect(&url).expect("a connection")
        };
        let before = proxy.commits_lost();
        proxy.lose_next_commit(lost);
        for statement in [
            "BEGIN",
            "INSERT INTO t VALUES (2)",
            "INSERT INTO t VALUES (3)",
        ] {
            connection.query_drop(statement).expect("done");
        }
        assert!(connection.query_drop("COMMIT").is_err());
        assert_eq!(proxy.commits_lost(), before + 1);
        assert_eq!(rows(&url), expected, "{lost:?}");
    }
}

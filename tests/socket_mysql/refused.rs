//! What an operator can get wrong about the database: one line says what and where, the exit status is
//! 1, no password is shown, and nothing is half done.

use std::io::Write;
use std::net::TcpListener;
use std::thread;

use mysql::prelude::Queryable;

use crate::mariadb::MariaDb;
use crate::place::{refused, server_on};

#[test]
fn an_address_that_leads_nowhere_is_told_in_one_line() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let url = database.url();
    let place = database.address().to_string();
    let with = |from: &str, to: &str| url.replace(from, to);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let chatty = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let [silence, chat, free] = [&silent, &chatty, &nobody]
        .map(|listener| listener.local_addr().expect("an address").to_string());
    drop(nobody);
    let answers = thread::spawn(move || {
        // What listens there is a web server.
        for client in chatty.incoming().take(1) {
            let _ = client
                .expect("a client")
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    for (url, says) in [
        (with(&place, &free), "refused"),
        (with(&place, &silence), "does not answer"),
        (with(&place, &chat), &*chat),
        (with("127.0.0.1", "no-such-host.invalid"), "no-such-host"),
        (
            with("secret-of-tests", "secret-of-tests-no"),
            "Access denied",
        ),
        (with("zaibo_0", "zaibo_99"), "zaibo_99"),
        (format!("{url}?ssl=required"), "secure connection"),
        (
            format!("{url}?ssl=required&ca=/no/such/file.pem"),
            "/no/such/file.pem",
        ),
    ] {
        let said = refused(&url);
        assert!(said.contains(says), "{url}: {said}");
    }
    answers.join().expect("a client came");
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'zaibo_0'";
    assert_eq!(
        database.admin().query_first(tables).expect("a count"),
        Some(0)
    );
}

#[test]
fn a_database_that_is_not_fit_is_refused_and_not_touched() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let mut admin = database.admin();
    let latin = database.new_database("latin1");
    assert!(refused(&latin).contains("ALTER DATABASE `zaibo_1` CHARACTER SET utf8mb4"));
    let foreign = database.new_database("utf8mb4");
    admin
        .query_drop("CREATE TABLE zaibo_2.accounts_of_others (x INT)")
        .expect("a table");
    assert!(refused(&foreign).contains("another program"));
    for statement in [
        "REVOKE ALL PRIVILEGES ON zaibo_0.* FROM 'zaibo'@'127.0.0.1'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON zaibo_0.* TO 'zaibo'@'127.0.0.1'",
    ] {
        admin.query_drop(statement).expect("a right less");
    }
    let said = refused(database.url());
    assert!(
        said.contains("lacks CREATE, ALTER, DROP") && said.contains("GRANT"),
        "{said}"
    );
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema LIKE 'zaibo%'";
    assert_eq!(admin.query_first(tables).expect("a count"), Some(1));
}

#[test]
fn a_schema_of_a_newer_zaibo_is_refused() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    assert!(server_on(database.url()).terminate().success());
    let newer =
        "INSERT INTO zaibo_0.__diesel_schema_migrations (version) VALUES ('20990101000000')";
    database.admin().query_drop(newer).expect("written");
    let said = refused(database.url());
    assert!(
        said.contains("newer") && said.contains("20990101000000"),
        "{said}"
    );
}

/// The server calls itself what it would be called if it were that old.
#[test]
fn a_server_that_is_too_old_is_refused_and_nothing_is_made_there() {
    let Some(mut database) = MariaDb::start() else {
        return;
    };
    for version in ["10.2.44-MariaDB", "5.6.51", "5.7.7-log"] {
        database.stop();
        let version_option = format!("--version={version}");
        database.start_again_with(&[&version_option]);
        let why = refused(database.url());
        assert!(
            why.contains(version) && why.contains("MySQL 5.7.8 or MariaDB 10.3"),
            "{why}"
        );
        let tables: Vec<String> = database
            .admin()
            .query("SHOW TABLES IN zaibo_0")
            .expect("tables");
        assert!(tables.is_empty(), "{tables:?}");
    }
    database.stop();
    database.start_again();
    server_on(database.url()).newcomer("somebody");
}

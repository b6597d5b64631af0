//! What an operator can get wrong about the database: one line says what and where, the exit status is
//! 1, no password is shown, and nothing is half done.

use std::io::Write;
use std::net::TcpListener;
use std::thread;

use mysql::prelude::Queryable;

use crate::mariadb::MariaDb;
use crate::place::{complaints, readiness, refused, server_on};
use crate::server::eventually;

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

#[test]
fn a_second_server_is_refused_and_starts_as_soon_as_the_first_one_is_gone() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let mut first = server_on(database.url());
    let said = refused(database.url());
    let holder = format!("process {} on ", first.id());
    assert!(said.contains(&holder), "{said}");
    first.kill_nine();
    let second = server_on(database.url());
    second.newcomer("somebody");
}

#[test]
fn a_server_that_lost_the_database_to_another_one_writes_nothing_more() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let first = server_on(database.url());
    let before = first.newcomer("before");
    let mut admin = database.admin();
    // Its lock is lost for a moment, in which another server takes the database over.
    let holder = "SELECT IS_USED_LOCK(CONCAT('zaibo:', MD5('zaibo_0')))";
    let holder: Option<u64> = admin.query_first(holder).expect("an answer");
    first.signal("-STOP");
    let kill = format!("KILL {}", holder.expect("a holder"));
    admin.query_drop(kill).expect("killed");
    let second = server_on(database.url());
    first.signal("-CONT");
    let answer = first.client().regist("late", "password");
    assert_ne!(answer.code, 0);
    let why = eventually("the reason", || {
        let (status, body) = readiness(&first);
        (status == 503).then_some(body)
    });
    assert!(
        why.contains("another zaibo has taken the database over"),
        "{why}"
    );
    let created = before.live("create", serde_json::json!({"type": "live"}));
    assert_ne!(created.code, 0);
    let late: Option<i64> = admin
        .query_first("SELECT count(*) FROM zaibo_0.accounts WHERE uid = 'late'")
        .expect("a count");
    assert_eq!(late, Some(0));
    second.newcomer("somebody");
    let log = first.log();
    let said = complaints(&log);
    let taken: Vec<_> = said
        .iter()
        .filter(|line| line.contains("::lease:"))
        .collect();
    assert_eq!(taken.len(), 1, "{said:#?}");
}

/// A lock whose connection was killed is taken again, and nobody notices.
#[test]
fn a_server_whose_lock_was_lost_takes_it_again() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let mut admin = database.admin();
    let holder = || -> Option<u64> {
        let asked = "SELECT IS_USED_LOCK(CONCAT('zaibo:', MD5('zaibo_0')))";
        database
            .admin()
            .query_first::<Option<u64>, _>(asked)
            .expect("an answer")
            .flatten()
    };
    let first = holder().expect("a holder");
    admin.query_drop(format!("KILL {first}")).expect("killed");
    server.newcomer("somebody");
    eventually("the lock to be taken again", || {
        holder().filter(|holder| *holder != first)
    });
    server.newcomer("somebody");
    assert!(refused(database.url()).contains("stop it first"));
}

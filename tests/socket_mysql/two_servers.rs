//! Two servers on one database: whoever lost it writes nothing more, says so once, and is in nobody's way.

use std::thread;

use mysql::prelude::Queryable;
use serde_json::json;

use crate::client::PASSWORD;
use crate::mariadb::MariaDb;
use crate::place::{complaints, readiness, refused, server_on};
use crate::server::{Server, eventually, unique};

const WRITERS: usize = 10;
const WRITES: usize = 20;

/// The connection that holds the lock of the database.
fn holder(database: &MariaDb) -> Option<u64> {
    let asked = "SELECT IS_USED_LOCK(CONCAT('zaibo:', MD5('zaibo_0')))";
    let holder: Option<Option<u64>> = database.admin().query_first(asked).expect("an answer");
    holder.flatten()
}

fn kill(database: &MariaDb, connection: u64) {
    let kill = format!("KILL {connection}");
    database.admin().query_drop(kill).expect("killed");
}

/// A second server takes the database over, while the first stands still and has lost its lock.
fn take_over(database: &MariaDb, first: &Server) -> Server {
    let holder = holder(database).expect("a holder");
    first.signal("-STOP");
    kill(database, holder);
    let second = server_on(database.url());
    first.signal("-CONT");
    second
}

#[test]
fn ten_writers_at_a_server_that_lost_the_database_write_nothing_and_fill_no_log() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let first = server_on(database.url());
    let second = take_over(&database, &first);
    second.newcomer("somebody");
    let before = first.log().len();
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            let client = first.client();
            scope.spawn(move || {
                for _ in 0..WRITES {
                    client.regist(&unique("late"), PASSWORD).is(90001);
                }
            });
        }
    });
    let why = eventually("the reason", || {
        let (status, body) = readiness(&first);
        (status == 503).then_some(body)
    });
    assert!(why.contains("another zaibo has taken"), "{why}");
    let late = "SELECT count(*) FROM zaibo_0.accounts WHERE uid LIKE 'late%'";
    let late: Option<u64> = database.admin().query_first(late).expect("a count");
    assert_eq!(late, Some(0));
    let log = first.logged("another zaibo has taken");
    let said = complaints(&log[before..]);
    assert!(said.len() <= 1, "{said:#?}");
    assert_eq!(log.matches("another zaibo has taken").count(), 1, "{log}");
}

#[test]
fn a_server_that_lost_the_database_keeps_nobody_else_from_it() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let first = server_on(database.url());
    let mut second = take_over(&database, &first);
    let user = second.newcomer("somebody");
    eventually("the first to notice", || {
        (readiness(&first).0 == 503).then_some(())
    });
    for _ in 0..2 {
        second.terminate();
        // The first has time to take the free lock.
        let mut admin = database.admin();
        admin.query_drop("DO SLEEP(2.5)").expect("a pause");
        second = server_on(database.url());
        let user = user.at(second.client());
        user.live("create", json!({"type": "live"})).ok();
    }
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
    let second = take_over(&database, &first);
    first.client().regist("late", PASSWORD).is(90001);
    let why = eventually("the reason", || {
        let (status, body) = readiness(&first);
        (status == 503).then_some(body)
    });
    assert!(
        why.contains("another zaibo has taken the database over"),
        "{why}"
    );
    before.live("create", json!({"type": "live"})).is(90001);
    let late: Option<i64> = database
        .admin()
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
    let first = holder(&database).expect("a holder");
    kill(&database, first);
    server.newcomer("somebody");
    eventually("the lock to be taken again", || {
        holder(&database).filter(|holder| *holder != first)
    });
    server.newcomer("somebody");
    assert!(refused(database.url()).contains("stop it first"));
}

//! Two servers on one database: whoever lost it writes nothing more, says so once, and is in nobody's way.

use std::thread;

use mysql::prelude::Queryable;
use serde_json::json;

use crate::client::PASSWORD;
use crate::mariadb::MariaDb;
use crate::place::{complaints, readiness, server_on};
use crate::server::{Server, eventually, unique};

const WRITERS: usize = 10;
const WRITES: usize = 20;

/// A server whose database another one has taken over, and that other one. The first lost its lock while
/// it stood still.
fn taken_over(database: &MariaDb) -> (Server, Server) {
    let first = server_on(database.url());
    let mut admin = database.admin();
    let holder = "SELECT IS_USED_LOCK(CONCAT('zaibo:', MD5('zaibo_0')))";
    let holder: Option<u64> = admin.query_first(holder).expect("an answer");
    first.signal("-STOP");
    let kill = format!("KILL {}", holder.expect("a holder"));
    admin.query_drop(kill).expect("killed");
    let second = server_on(database.url());
    first.signal("-CONT");
    (first, second)
}

#[test]
fn ten_writers_at_a_server_that_lost_the_database_write_nothing_and_fill_no_log() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let (first, second) = taken_over(&database);
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
    let (first, mut second) = taken_over(&database);
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

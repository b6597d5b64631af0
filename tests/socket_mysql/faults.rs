//! A database that is set up badly, slow, or in use by others: every answer is right all the same, and
//! says so where it cannot be done.

use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use serde_json::json;

use crate::callbacks::{Teller, files, recorded};
use crate::client::PASSWORD;
use crate::engine::Records;
use crate::load::{Load, Outcome};
use crate::mariadb::MariaDb;
use crate::place::{complaints, folder_on, readiness, server_by, server_on};
use crate::server::eventually;
use crate::slow_proxy::SlowProxy;

#[test]
fn a_database_that_takes_no_writes_is_told_apart_and_reads_go_on() {
    let Some(mut database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let host = server.newcomer("host");
    let room = host.go_live();
    database.stop();
    database.start_again_with(&["--read-only=1"]);
    let why = eventually("the reason", || {
        let (status, body) = readiness(&server);
        (status == 503 && body.contains("takes no writes")).then_some(body)
    });
    assert!(!why.contains("secret-of-tests"), "{why}");
    let (answer, teller) = (
        server.client().regist("late", PASSWORD),
        Teller::of(&server),
    );
    assert_eq!(answer.code, 90001, "{}", answer.info);
    assert_eq!(teller.tell("live", &recorded(room, "f")), 500);
    host.beat(room, 1).ok();
    assert!(files(&host).is_empty());
    database.stop();
    database.start_again();
    eventually("recovery", || (readiness(&server).0 == 200).then_some(()));
    assert_eq!(teller.tell("live", &recorded(room, "f")), 200);
    server.client().regist("late", PASSWORD).ok();
}

#[test]
fn connections_that_the_database_closes_when_idle_are_not_noticed() {
    let Some(mut database) = MariaDb::start() else {
        return;
    };
    database.stop();
    database.start_again_with(&["--wait-timeout=5", "--sql-mode="]);
    let server = server_on(database.url());
    let user = server.newcomer("user");
    // The server's own setting is 5 s for connections, and lax for values.
    let mut admin = database.admin();
    let kill_all = "SELECT id FROM information_schema.processlist WHERE user = 'zaibo'";
    for _ in 0..5 {
        let ids: Vec<u64> = admin.query(kill_all).expect("connections");
        for id in ids {
            let _ = admin.query_drop(format!("KILL {id}"));
        }
        user.create();
        server
            .client()
            .regist(&crate::server::unique("next"), PASSWORD)
            .ok();
    }
    let log = server.log();
    let said: Vec<_> = complaints(&log)
        .into_iter()
        .filter(|line| line.contains("::mysql::"))
        .collect();
    assert!(said.is_empty(), "{said:#?}");
}

#[test]
fn a_callback_that_no_packet_holds_is_refused_at_once_and_the_next_one_is_taken() {
    let Some(mut database) = MariaDb::start() else {
        return;
    };
    database.stop();
    database.start_again_with(&["--max-allowed-packet=16384"]);
    let server = server_on(database.url());
    let host = server.newcomer("host");
    let room = host.go_live();
    let teller = Teller::of(&server);
    let mut large = recorded(room, "large");
    large["more"] = "x".repeat(40_000).into();
    assert_eq!(teller.tell("live", &large), 500);
    assert_eq!(teller.tell("live", &recorded(room, "small")), 200);
    assert_eq!(files(&host), ["small"]);
    assert_eq!(readiness(&server).0, 200);
}

/// The tables cannot grow, which they do by the events of the cloud.
#[test]
fn a_full_disk_of_the_database_refuses_what_does_not_fit_and_loses_nothing() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let host = server.newcomer("host");
    let room = host.go_live();
    let teller = Teller::of(&server);
    let tell = |nth: usize| {
        let mut large = recorded(room, &format!("file{nth}"));
        large["more"] = "x".repeat(60_000).into();
        teller.tell("live", &large) == 200
    };
    // Not less than the files that the database has made beforehand.
    database.limit_files(Some(20 << 20));
    let mut kept = Vec::new();
    let refused = (0..2000).find(|nth| {
        let is_kept = tell(*nth);
        kept.extend(is_kept.then_some(format!("file{nth}")));
        !is_kept
    });
    let refused = refused.expect("an event that does not fit");
    host.beat(room, 1).ok();
    assert_eq!(files(&host).len(), kept.len());
    database.limit_files(None);
    eventually("the event to be kept", || tell(refused).then_some(()));
    kept.push(format!("file{refused}"));
    let mut listed = files(&host);
    listed.sort();
    kept.sort();
    assert_eq!(listed, kept);
    eventually("the server to be ready", || {
        (readiness(&server).0 == 200).then_some(())
    });
}

#[test]
fn a_slow_network_only_takes_its_time() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let proxy = SlowProxy::start(database.address());
    proxy.delay(Duration::from_micros(500), Duration::from_micros(500));
    let server = server_by(folder_on(database.url()), &proxy.url(database.url()));
    let load = Load::start(&server, 16);
    load.await_more(Outcome::Done, 500);
    let figures = load.stop(&mut Records::of(server.folder()));
    assert_eq!((figures.not_done, figures.unknown), (0, 0), "{figures:?}");
}

/// A statement waits for one row after the other, so that all of it takes longer than an answer may. That
/// is no outage.
#[test]
fn long_locks_of_others_are_no_outage() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let newcomer = server.newcomer("newcomer");
    let before = server.logged(&newcomer.id).len();
    let load = Load::start(&server, 12);
    load.await_more(Outcome::Done, 50);
    let hold = |from: u32, for_s: &str| {
        let mut other = database.admin();
        other.query_drop("USE zaibo_0").expect("a database");
        other.query_drop("BEGIN").expect("a transaction");
        let stripes = format!("SELECT * FROM lock_stripes WHERE stripe % 3 = {from} FOR UPDATE");
        // A deadlock may undo it.
        let _ = other.query_drop(stripes);
        let _ = other.query_drop(format!("DO SLEEP({for_s})"));
        let _ = other.query_drop("ROLLBACK");
    };
    for _ in 0..5 {
        thread::scope(|scope| {
            for (from, for_s) in [(0, "0.9"), (1, "1.6"), (2, "2.4")] {
                scope.spawn(move || hold(from, for_s));
            }
        });
        load.await_more(Outcome::Done, 20);
    }
    let figures = load.stop(&mut Records::of(server.folder()));
    assert_eq!(figures.not_done, 0, "{figures:?}");
    let log = server.log();
    let said = complaints(&log[before..]);
    let said: Vec<_> = said
        .iter()
        .filter(|line| line.contains("::mysql::"))
        .collect();
    assert!(said.is_empty(), "{said:#?}");
}

/// Somebody else's transactions hold rows and make deadlocks. What the server answers is what the
/// record says.
#[test]
fn rows_that_others_hold_and_deadlocks_make_no_answer_wrong() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let load = Load::start(&server, 12);
    let mut admin = database.admin();
    admin.query_drop("USE zaibo_0").expect("a database");
    for round in 0..20 {
        load.await_more(Outcome::Done, 10);
        let lanes = format!(
            "SELECT * FROM write_lanes WHERE lane = {} FOR UPDATE",
            round % 16
        );
        let rooms = "UPDATE rooms SET created_at = created_at ORDER BY roomnum DESC LIMIT 50";
        for statement in ["BEGIN", rooms, &lanes] {
            // It may be the one that a deadlock undoes.
            let _ = admin.query_drop(statement);
        }
        thread::sleep(Duration::from_millis(50));
        let _ = admin.query_drop("ROLLBACK");
    }
    let figures = load.stop(&mut Records::of(server.folder()));
    assert!(figures.done >= 200, "{figures:?}");
}

/// Two requests of one host at once, again and again: one open live is left, and every number that was
/// answered is on record.
#[test]
fn rooms_that_one_host_creates_at_once_leave_one_open_live() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let host = server.newcomer("host");
    for _ in 0..20 {
        let created = thread::scope(|scope| {
            let both = [(); 4].map(|()| {
                let host = host.at(server.client());
                scope.spawn(move || host.live("create", json!({"type": "live"})))
            });
            both.map(|one| one.join().expect("an answer"))
        });
        for answer in created {
            assert_eq!(answer.code, 0, "{}", answer.info);
        }
        let open = "lives WHERE ended_at IS NULL";
        assert_eq!(Records::of(server.folder()).count(open), 1);
    }
    assert_eq!(Records::of(server.folder()).count("rooms"), 80);
}

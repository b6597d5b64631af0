//! A database that is set up badly, slow, or in use by others: every answer is right all the same, and
//! says so where it cannot be done.

use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use serde_json::json;

use crate::callbacks::{Teller, files, recorded};
use crate::client::{PASSWORD, User};
use crate::engine::Records;
use crate::load::{Load, Outcome};
use crate::mariadb::MariaDb;
use crate::place::{complaints, folder_on, readiness, server_by, server_on};
use crate::server::{Server, command, eventually};
use crate::slow_proxy::{Lost, SlowProxy};

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
fn connections_that_the_database_closes_are_not_noticed_and_neither_is_its_lax_mode() {
    let Some(mut database) = MariaDb::start() else {
        return;
    };
    database.stop();
    database.start_again_with(&["--sql-mode="]);
    let server = server_on(database.url());
    let user = server.newcomer("user");
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

/// The database has ended the sessions of a user, and nobody was told. Their token does not live on
/// where tokens are remembered.
#[test]
fn who_was_kicked_out_is_out_also_if_the_answer_of_the_database_was_lost() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let proxy = SlowProxy::start(database.address());
    let folder = folder_on(database.url());
    let mut zaibo = command(folder.path(), &[("ZAIBO_ACCOUNTS__ADMINS", "[\"admin\"]")]);
    zaibo.env("ZAIBO_STORE__URL", proxy.url(database.url()));
    let server = Server::of(zaibo, folder, &[]);
    User::register(server.client(), "admin");
    let (host, guest) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    guest.enter(room).ok();
    let sessions = format!("sessions WHERE uid = '{}'", guest.id);
    eventually("a kick that nobody could ask about", || {
        proxy.lose_next_commit(Lost::AnswerAndNetwork);
        let kick = json!({"id": "admin", "pwd": PASSWORD, "kickid": guest.id});
        server.client().post("account", "kickout", &kick).is(90001);
        proxy.heal();
        eventually("recovery", || (readiness(&server).0 == 200).then_some(()));
        // The commit of other work may have been lost instead.
        (Records::of(server.folder()).count(&sessions) == 0).then_some(())
    });
    guest.beat(room, 0).is(10009);
    host.beat(room, 1).ok();
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
    // Whoever writes holds the row of their lane, and then needs the row of an account.
    let accounts = "SELECT COUNT(*) FROM (SELECT uid FROM accounts FOR UPDATE) AS held";
    let lanes = "SELECT COUNT(*) FROM (SELECT lane FROM write_lanes FOR UPDATE) AS held";
    eventually("twenty deadlocks", || {
        load.await_more(Outcome::Done, 10);
        admin.query_drop("BEGIN").expect("a transaction");
        for rows in [accounts, lanes] {
            // It may be the one that a deadlock undoes.
            let _ = admin.query_drop(rows);
            thread::sleep(Duration::from_millis(20));
        }
        let _ = admin.query_drop("ROLLBACK");
        let met = "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'";
        let met: Option<(String, u64)> = admin.query_first(met).expect("a count");
        met.filter(|(_, deadlocks)| *deadlocks >= 20)
    });
    let figures = load.stop(&mut Records::of(server.folder()));
    assert!(figures.done >= 50, "{figures:?}");
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

/// A question that the database cannot answer in time is given up on both sides.
#[test]
fn a_read_that_takes_too_long_is_refused_and_does_not_go_on_in_the_database() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let host = server.newcomer("host");
    let before = server.logged(&host.id).len();
    let mut admin = database.admin();
    admin
        .query_drop("LOCK TABLES zaibo_0.recordings WRITE")
        .expect("a lock");
    let page = json!({"type": 0, "index": 1, "size": 10});
    host.live("recordlist", page).is(90001);
    let going_on = "SELECT COUNT(*) FROM information_schema.processlist \
        WHERE user = 'zaibo' AND info LIKE '%recordings%'";
    let count: Option<u64> = admin.query_first(going_on).expect("a count");
    assert_eq!(count, Some(0));
    admin.query_drop("UNLOCK TABLES").expect("no lock");
    assert!(files(&host).is_empty());
    let log = server.log();
    let said = complaints(&log[before..]);
    assert!(said.is_empty(), "{said:#?}");
}

/// MySQL 5.7 forgets the last number of a table when it is started again. What it does then is done here
/// by hand, because MariaDB does not forget.
#[test]
fn rooms_get_no_number_that_was_kept_free_although_the_database_forgot_it() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let mut server = server_on(database.url());
    let forget = "ALTER TABLE zaibo_0.rooms AUTO_INCREMENT = 1";
    let mut admin = database.admin();
    for next in [10_001, 20_000] {
        server.kill_nine();
        let keep = format!("UPDATE zaibo_0.room_numbers SET next = {next}");
        admin.query_drop(keep).expect("kept");
        admin.query_drop(forget).expect("forgotten");
        server = server.restart();
        assert_eq!(server.newcomer("host").create(), next);
        assert_eq!(server.newcomer("host").create(), next + 1);
    }
}

//! The database is away for a while: stopped, frozen, or behind a network that swallows everything.
//! Whatever needs no database goes on, everything else is refused within moments, nothing that was
//! acknowledged is lost, and the server recovers by itself.

use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;

use crate::callbacks::{Teller, files, recorded};
use crate::client::PASSWORD;
use crate::engine::Records;
use crate::load::{Load, Outcome};
use crate::mariadb::MariaDb;
use crate::place::{complaints, folder_on, readiness, server_by, server_on};
use crate::server::{Server, eventually};
use crate::slow_proxy::SlowProxy;

/// Clients who write.
const WRITERS: usize = 12;

/// When clients give up, in milliseconds. What zaibo needs is a good part less.
const GIVE_UP_MS: u64 = 5000;

/// Lets clients work before, in and after an outage.
fn outage(server: &Server, begin: impl FnOnce(), end: impl FnOnce()) {
    outage_of(server, Duration::ZERO, begin, end);
}

/// The same, for at least so long.
fn outage_of(server: &Server, long: Duration, begin: impl FnOnce(), end: impl FnOnce()) {
    // The last line of the start; what comes after it is of the outage.
    let before = server.logged("zaibo serves on").len();
    let load = Load::start(server, WRITERS);
    load.await_more(Outcome::Done, 100);
    begin();
    eventually("the server to notice", || {
        let (status, body) = readiness(server);
        // For the first moments the database may just be slow.
        (status == 503 && body.contains("the database cannot be reached")).then_some(())
    });
    assert_eq!(server.counted("zaibo_store_usable"), 0);
    load.await_more(Outcome::NotDone, 200);
    load.await_beats(100);
    thread::sleep(long);
    end();
    eventually("the server to recover", || {
        (readiness(server).0 == 200).then_some(())
    });
    assert_eq!(server.counted("zaibo_store_usable"), 1);
    load.await_more(Outcome::Done, 100);
    let figures = load.stop(&mut Records::of(server.folder()));
    assert!(figures.slowest_ms < GIVE_UP_MS, "{figures:?}");
    server.logged("can be used again");
    let log = server.log();
    let said = complaints(&log[before..]);
    let [first, second] = said[..] else {
        panic!("one line each way: {said:#?}");
    };
    assert!(
        first.contains(" ERROR ") && first.contains("cannot be reached"),
        "{first}"
    );
    assert!(
        second.contains(" WARN ") && second.contains("can be used again"),
        "{second}"
    );
    assert!(!log.contains("secret-of-tests"));
}

#[test]
fn a_database_that_is_stopped_and_started_again_costs_nobody_more_than_a_refusal() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let database = std::cell::RefCell::new(database);
    let stop = || database.borrow_mut().stop();
    let half_a_minute = Duration::from_secs(30);
    outage_of(&server, half_a_minute, stop, || {
        database.borrow_mut().start_again()
    });
    // The lock went with the database.
    let log = server.logged("from the database is held again");
    assert!(log.contains("from the database was lost"), "{log}");
}

#[test]
fn a_database_that_freezes_holds_nobody_for_long() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    outage(&server, || database.freeze(), || database.thaw());
}

#[test]
fn a_network_that_swallows_everything_holds_nobody_for_long() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let proxy = SlowProxy::start(database.address());
    let server = server_by(folder_on(database.url()), &proxy.url(database.url()));
    outage(&server, || proxy.swallow(), || proxy.heal());
}

#[test]
fn a_database_that_was_replaced_is_found_although_the_old_connections_never_answer() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let proxy = SlowProxy::start(database.address());
    let server = server_by(folder_on(database.url()), &proxy.url(database.url()));
    outage(&server, || proxy.swallow(), || proxy.abandon());
}

/// The address leads to another server now, and the old one can still be read.
#[test]
fn a_fail_over_to_a_replica_takes_the_reads_along() {
    let (Some(old), Some(new)) = (MariaDb::start(), MariaDb::start()) else {
        return;
    };
    let proxy = SlowProxy::start(old.address());
    let server = server_by(folder_on(new.url()), &proxy.url(old.url()));
    let host = server.newcomer("host");
    let room = host.go_live();
    assert!(files(&host).is_empty());
    new.copy_from(&old);
    let read_only = "SET GLOBAL read_only = 1";
    old.admin()
        .query_drop(read_only)
        .expect("a read-only server");
    // A write and a read meet the old server before the address leads to the new one.
    let late = server.client().regist("late", PASSWORD);
    assert_eq!(late.code, 90001, "{}", late.info);
    assert!(files(&host).is_empty());
    proxy.redirect(new.address());
    let teller = Teller::of(&server);
    let tell = || (teller.tell("live", &recorded(room, "f")) == 200).then_some(());
    eventually("a write on the new server", tell);
    assert_eq!(files(&host), ["f"]);
    // The right to serve is held there too.
    let asked = "SELECT IS_USED_LOCK(CONCAT('zaibo:', MD5('zaibo_0')))";
    eventually("the lock", || {
        let holder: Option<Option<u64>> = new.admin().query_first(asked).expect("an answer");
        holder.flatten()
    });
}

//! Passwords: their hashes are expensive on purpose, and a stranger who causes many of them delays
//! no other user.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{Attack, HOME, STRANGER, command, command_from, succeeds};
use crate::client::PASSWORD;
use crate::raw::Raw;
use crate::server::{Server, Settings, eventually, unique};

/// Makes the hashes slow, so that requests queue for them.
const DEAR: (&str, &str) = ("ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB", "8192");

/// The default budget.
const BUDGET: (&str, &str) = ("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "120");

const LOGIN: &str = "svc=account&cmd=login";
const REGIST: &str = "svc=account&cmd=regist";

fn logins_beside_registrations(settings: &Settings) {
    let server = Server::start(settings);
    let owner = server.newcomer("owner");
    let address = server.address();
    let flood = Attack::begin(320, move |_| {
        let fields = json!({"id": unique("flood"), "pwd": PASSWORD});
        command_from(STRANGER, address, REGIST, &fields);
    });
    eventually("the flood", || (flood.rounds() > 320).then_some(()));
    succeeds(20, |_| server.client().login(&owner.id, PASSWORD).code);
    // A user who registers from another address is not delayed either.
    succeeds(20, |_| {
        server.client().regist(&unique("honest"), PASSWORD).code
    });
}

#[test]
fn a_stranger_who_registers_without_end_keeps_nobody_from_logging_in() {
    logins_beside_registrations(&[DEAR, BUDGET]);
}

#[test]
fn not_even_where_registrations_have_no_budget() {
    logins_beside_registrations(&[DEAR]);
}

#[test]
fn a_network_registers_ten_minutes_worth_and_is_told_so_after_that() {
    // The budget is so small that it does not refill during the test.
    let server = Server::start(&[("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "1")]);
    let regist = |source| {
        let fields = json!({"id": unique("many"), "pwd": PASSWORD});
        command_from(source, server.address(), REGIST, &fields)
    };
    let codes: Vec<_> = (0..13).map(|_| regist(STRANGER)).collect();
    assert_eq!(codes[..10], [Some(0); 10]);
    assert!(codes[10..].contains(&Some(10012)), "{codes:?}");
    assert_eq!(regist(HOME), Some(0));
    let counted = server.counted(r#"zaibo_refused_total{budget="registrations"}"#);
    assert!(counted > 0);
    let warned = || server.log().contains("registrations").then_some(());
    eventually("a warning", warned);
}

#[test]
fn a_registration_of_an_id_that_exists_spends_nothing() {
    let server = Server::start(&[BUDGET]);
    let owner = server.newcomer("owner");
    for _ in 0..1300 {
        server.client().regist(&owner.id, PASSWORD).is(10004);
    }
    server.newcomer("next");
}

/// A stranger logs in with one account from `source` as fast as possible, and hangs up each time.
fn logins_beside_who_hangs_up(source: std::net::Ipv4Addr) {
    let server = Server::start(&[DEAR]);
    let (owner, stranger) = (server.newcomer("owner"), server.newcomer("stranger"));
    let address = server.address();
    let login = command(LOGIN, &json!({"id": stranger.id, "pwd": PASSWORD}));
    let flood = Attack::begin(4, move |_| {
        if let Ok(mut raw) = Raw::try_connect_from(source, address) {
            raw.offer(&login);
        }
        // A few hundred logins a second are enough.
        thread::sleep(Duration::from_millis(5));
    });
    eventually("the flood", || (flood.rounds() > 200).then_some(()));
    succeeds(20, |_| server.client().login(&owner.id, PASSWORD).code);
}

#[test]
fn a_stranger_who_logs_in_and_hangs_up_keeps_nobody_from_logging_in() {
    logins_beside_who_hangs_up(STRANGER);
}

#[test]
fn not_even_their_neighbours_behind_the_same_address() {
    logins_beside_who_hangs_up(HOME);
}

#[test]
fn a_stranger_who_guesses_at_an_id_does_not_keep_its_owner_out() {
    let server = Server::start(&[DEAR]);
    let owner = server.newcomer("owner");
    let (address, id) = (server.address(), owner.id.clone());
    let flood = Attack::begin(16, move |_| {
        let fields = json!({"id": id, "pwd": "guessed"});
        command_from(STRANGER, address, LOGIN, &fields);
    });
    eventually("the flood", || (flood.rounds() > 100).then_some(()));
    succeeds(20, |_| server.client().login(&owner.id, PASSWORD).code);
}

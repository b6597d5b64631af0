//! Logins with ids that do not exist, from the same address as honest users.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{Attack, HOME, command_from, succeeds};
use crate::client::PASSWORD;
use crate::server::{Server, eventually, unique};

fn logins_beside_inventions(strangers: usize, pause: Duration) {
    let mut server = Server::start(&[]);
    let owners: Vec<_> = (0..20).map(|_| server.newcomer("owner").id).collect();
    // After the restart the server no longer knows which networks the users come from.
    assert!(server.terminate().success());
    server = server.restart();
    let address = server.address();
    let invent = move || {
        let fields = json!({"id": unique("invented"), "pwd": "x"});
        command_from(HOME, address, "svc=account&cmd=login", &fields)
    };
    // An earlier version locked honest users out after these logins.
    let codes: Vec<_> = (0..130).map(|_| invent()).collect();
    assert!(codes[..100].iter().all(|code| *code == Some(10005)));
    let flood = Attack::begin(strangers, move |_| {
        invent();
        thread::sleep(pause);
    });
    eventually("the flood", || (flood.rounds() > 10).then_some(()));
    succeeds(20, |n| server.client().login(&owners[n], PASSWORD).code);
    drop(flood);
    if strangers > 1 {
        let counted = server.counted(r#"zaibo_refused_total{budget="login_invented"}"#);
        assert!(counted > 0);
        let warned = || server.log().contains("login_invented").then_some(());
        eventually("a warning", warned);
    }
}

#[test]
fn two_invented_ids_a_second_lock_nobody_out_behind_the_same_address() {
    logins_beside_inventions(1, Duration::from_millis(500));
}

#[test]
fn nor_do_fifty_a_second() {
    logins_beside_inventions(5, Duration::from_millis(100));
}

#[test]
fn guessing_at_users_stays_limited_while_ids_are_invented() {
    let server = Server::start(&[]);
    let owner = server.newcomer("owner");
    let guess = || {
        let fields = json!({"id": owner.id, "pwd": "guessed"});
        command_from(
            super::STRANGER,
            server.address(),
            "svc=account&cmd=login",
            &fields,
        )
    };
    let codes: Vec<_> = (0..20).map(|_| guess()).collect();
    let wrong = codes.iter().filter(|code| **code == Some(10006)).count();
    assert_eq!(wrong, 5, "{codes:?}");
    assert!(server.counted(r#"zaibo_refused_total{budget="login_pair"}"#) >= 15);
}

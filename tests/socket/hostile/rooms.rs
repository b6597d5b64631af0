//! Rooms and visits: a user can create only a limited number of rooms, and visitors who come and go
//! leave nothing behind.

use serde_json::json;

use super::{Attack, succeeds};
use crate::raw::Raw;
use crate::server::{Server, eventually};

#[test]
fn one_user_creates_a_minutes_worth_of_rooms_and_others_create_theirs() {
    let server = Server::start(&[("ZAIBO_ROOMS__CREATES_PER_MINUTE", "60")]);
    let (greedy, honest) = (server.newcomer("greedy"), server.newcomer("honest"));
    let create = json!({"type": "live"});
    let codes: Vec<_> = (0..100)
        .map(|_| greedy.live("create", create.clone()).code)
        .collect();
    assert!(codes[..60].iter().all(|code| *code == 0));
    assert!(codes.contains(&10012));
    succeeds(20, |_| honest.live("create", create.clone()).code);
    assert!(server.counted(r#"zaibo_refused_total{budget="creates"}"#) > 0);
    // Going live in an existing room does not spend the budget.
    let room = honest.create();
    for _ in 0..100 {
        honest.report(room).ok();
    }
}

#[test]
fn one_user_who_comes_and_goes_without_end_keeps_nobody_waiting() {
    const VISITS: u64 = 20_000;
    let server = Server::start(&[]);
    let (host, restless) = (server.newcomer("host"), server.newcomer("restless"));
    let room = host.go_live();
    let (address, token) = (server.address(), restless.token.clone());
    let report = |operate| {
        let fields = json!({"token": token, "roomnum": room, "role": 0, "operate": operate});
        super::command("svc=live&cmd=reportmemid", &fields)
    };
    // Eight visits are sent at a time, as fast as they are answered.
    let visits = [report(0), report(1)].concat().repeat(8);
    let flood = Attack::begin(2, move |_| {
        let mut raw = Raw::connect(address);
        for _ in 0..100 {
            raw.send(&visits);
            for _ in 0..16 {
                raw.response();
            }
        }
    });
    let visits = |flood: &Attack| flood.rounds() * 800;
    eventually("a beginning", || (visits(&flood) > 0).then_some(()));
    succeeds(20, |_| host.beat(room, 1).code);
    eventually("many visits", || (visits(&flood) > VISITS).then_some(()));
    drop(flood);
    assert_eq!(host.members(room)[0].0, host.id);
}

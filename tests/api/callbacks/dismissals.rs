//! A room that the cloud dismissed ends, unless its host shows that the live goes on.

use serde_json::json;
use zaibo::app::background;

use super::*;

const DESTROYED: &str = "im Group.CallbackAfterGroupDestroyed";

/// Commits what the rooms have decided, as the server does every second.
async fn put_on_record(world: &World) {
    background::flush(&world.service).await.expect("on record");
    world.service.settle_inbox().await.expect("on record");
}

/// The recorded lives of a room, oldest first: the reason and the time of each end, in seconds
/// after dawn.
async fn ends(world: &World) -> Vec<String> {
    put_on_record(world).await;
    let query = format!(
        "SELECT COALESCE(CONCAT(end_reason, ' ', ended_at - {DAWN}), 'open') AS line
            FROM lives ORDER BY id"
    );
    let lines = world.records().lines(&query).into_iter();
    // SQLite's CONCAT takes what is missing for empty.
    let is_open = |line: &String| line.trim().is_empty();
    lines
        .map(|line| {
            if is_open(&line) {
                "open".to_owned()
            } else {
                line
            }
        })
        .collect()
}

#[actix_web::test]
async fn a_dismissed_room_whose_host_says_nothing_is_over_and_its_members_are_nowhere() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    world.wait(10).await;
    world.beat(&host, room, 1).await;
    for _ in 0..2 {
        assert_eq!(world.told("im", &destroyed(room, 10)).await, 200);
    }
    world.wait(14).await;
    world.beat(&anna, room, 0).await;
    assert_eq!(world.numbers(&anna).await, [room], "the grace is not over");
    assert_eq!(inbox(&world), [format!("{DESTROYED} pending")]);
    world.wait(2).await;
    assert_eq!(world.numbers(&anna).await, [0; 0]);
    assert_eq!(world.enter(&anna, room).await, 10010);
    assert_eq!(world.beat(&anna, room, 0).await, 0);
    assert_eq!(ends(&world).await, ["dismissed 10"]);
    assert_eq!(inbox(&world), [format!("{DESTROYED} done")]);
    let world = world.reborn().await;
    assert_eq!(world.numbers(&anna).await, [0; 0]);
}

#[actix_web::test]
async fn a_host_who_beats_or_reports_or_enters_within_the_grace_goes_on() {
    for sign in ["beat", "report", "enter"] {
        let world = World::new().await;
        let host = world.join("host").await;
        let room = world.go_live(&host).await;
        world.wait(10).await;
        assert_eq!(world.told("im", &destroyed(room, 10)).await, 200);
        world.wait(9).await;
        let answer = match sign {
            "beat" => world.beat(&host, room, 1).await,
            "report" => world.report(&host, room).await,
            _ => world.enter(&host, room).await,
        };
        assert_eq!(answer, 0);
        world.wait(60).await;
        assert_eq!(world.numbers(&host).await, [room], "{sign}");
        assert_eq!(ends(&world).await, ["open"]);
        assert_eq!(inbox(&world), [format!("{DESTROYED} kept")], "{sign}");
    }
}

#[actix_web::test]
async fn trtc_dismisses_when_an_anchor_is_the_last_to_leave_and_the_host_goes_on_beating() {
    let world = World::with(|settings| settings.callback.trtc_key = "k".to_owned().into()).await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    for second in 1..20 {
        world.wait(5).await;
        let dismissed = trtc(102, room, "host", second * 5000).to_string();
        world.cloud(trust::trtc_request("k", &dismissed)).await;
        assert_eq!(world.beat(&host, room, 1).await, 0);
        assert_eq!(world.numbers(&host).await, [room]);
    }
    assert_eq!(ends(&world).await, ["open"]);
}

#[actix_web::test]
async fn a_dismissal_that_is_told_late_does_not_end_what_went_on_after_it() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    for _ in 0..6 {
        world.wait(10).await;
        world.beat(&host, room, 1).await;
    }
    world.told("im", &destroyed(room, 10)).await;
    world.wait(25).await;
    assert_eq!(world.numbers(&host).await, [room]);
    put_on_record(&world).await;
    assert_eq!(inbox(&world), [format!("{DESTROYED} kept")]);
}

#[actix_web::test]
async fn a_late_dismissal_does_not_end_a_later_live_of_the_same_number() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(10).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    world.wait(10).await;
    assert_eq!(world.report(&host, room).await, 0);
    world.wait(10).await;
    assert_eq!(world.told("im", &destroyed(room, 10)).await, 200);
    assert_eq!(inbox(&world), [format!("{DESTROYED} kept")]);
    assert_eq!(world.told("im", &destroyed(room, 29)).await, 200);
    world.wait(16).await;
    assert_eq!(world.numbers(&host).await, [0; 0]);
    assert_eq!(ends(&world).await, ["exit 10", "dismissed 29"]);
}

#[actix_web::test]
async fn one_that_is_dated_ahead_means_the_live_that_runs_when_it_is_told() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await + 1;
    world.told("im", &destroyed(room, 1_000_000)).await;
    world.wait(10).await;
    assert_eq!(world.go_live(&host).await, room);
    world.wait(20).await;
    assert_eq!(world.numbers(&host).await, [room], "it was not there yet");
    world.told("im", &destroyed(room, 2_000_000)).await;
    world.wait(16).await;
    assert_eq!(world.numbers(&host).await, [0; 0]);
    assert_eq!(ends(&world).await[1], "dismissed 30");
}

#[actix_web::test]
async fn after_a_restart_within_the_grace_the_host_has_the_whole_of_it_again() {
    for speaks in [false, true] {
        let world = World::new().await;
        let host = world.join("host").await;
        let room = world.go_live(&host).await;
        world.wait(10).await;
        world.told("im", &destroyed(room, 10)).await;
        world.wait(10).await;
        let world = world.reborn().await;
        world.wait(10).await;
        if speaks {
            world.beat(&host, room, 1).await;
        }
        assert_eq!(world.numbers(&host).await, [room]);
        world.wait(6).await;
        let (listed, end, state) = if speaks {
            (vec![room], "open", "kept")
        } else {
            (vec![], "dismissed 10", "done")
        };
        assert_eq!(world.numbers(&host).await, listed);
        assert_eq!(ends(&world).await, [end]);
        assert_eq!(inbox(&world), [format!("{DESTROYED} {state}")]);
    }
}

#[actix_web::test]
async fn a_room_that_did_not_get_its_dismissal_gets_it_again_a_minute_after_the_grace() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(10).await;
    assert_eq!(world.told("im", &destroyed(room, 10)).await, 200);
    world.wait(5).await;
    world.beat(&host, room, 1).await;
    world.wait(15).await;
    put_on_record(&world).await;
    assert_eq!(inbox(&world), [format!("{DESTROYED} kept")]);
    // The room knows of no dismissal now, as if the message to it had been lost.
    world.execute("UPDATE inbox SET state = 'pending'");
    for _ in 0..5 {
        world.kept_for(10).await;
        world.beat(&host, room, 1).await;
        assert_eq!(inbox(&world), [format!("{DESTROYED} pending")]);
    }
    // It has it by now, and the host goes on.
    for _ in 0..3 {
        world.kept_for(10).await;
        world.beat(&host, room, 1).await;
    }
    assert_eq!(inbox(&world), [format!("{DESTROYED} kept")]);
    assert_eq!(world.numbers(&host).await, [room]);
}

#[actix_web::test]
async fn a_live_that_ends_otherwise_within_the_grace_was_not_dismissed() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(10).await;
    world.told("im", &destroyed(room, 10)).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    assert_eq!(ends(&world).await, ["exit 10"]);
    assert_eq!(inbox(&world), [format!("{DESTROYED} kept")]);
}

#[actix_web::test]
async fn an_operator_may_give_no_grace() {
    let world = World::with(|settings| settings.rooms.dismissal_grace_s = 0).await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(10).await;
    world.told("im", &destroyed(room, 10)).await;
    world.wait(1).await;
    assert_eq!(world.numbers(&host).await, [0; 0]);
}

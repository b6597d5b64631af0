//! Presence: users who are in a room, leave it, and come back.

use serde_json::json;

use crate::world::World;

#[actix_web::test]
async fn a_silent_viewer_is_gone_after_thirty_five_seconds_but_the_host_stays() {
    let world = World::new().await;
    let (host, anna, otto) = (
        world.join("host").await,
        world.join("anna").await,
        world.join("otto").await,
    );
    let room = world.go_live(&host).await;
    for viewer in [&anna, &otto] {
        assert_eq!(world.enter(viewer, room).await, 0);
    }
    for _ in 0..4 {
        world.wait(10).await;
        assert_eq!(world.beat(&otto, room, 0).await, 0);
    }
    assert_eq!(world.members(&host, room).await, ["host:1", "otto:0"]);
    let listed = &world.rooms(&otto).await[0];
    assert_eq!(listed["info"]["memsize"], 2);
}

#[actix_web::test]
async fn a_live_ends_after_ninety_seconds_without_its_host_and_not_earlier() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    for seconds in [30, 30, 29] {
        world.wait(seconds).await;
        assert_eq!(world.beat(&anna, room, 0).await, 0);
        assert_eq!(world.numbers(&anna).await, [room]);
    }
    world.wait(2).await;
    assert!(world.numbers(&anna).await.is_empty());
    assert_eq!(world.enter(&anna, room).await, 10010);
    assert_eq!(world.beat(&anna, room, 0).await, 0);
    assert_eq!(world.leave(&anna, room).await, 0);
}

#[actix_web::test]
async fn a_room_that_was_created_and_never_announced_ends_as_well() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await;
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    world.wait(91).await;
    assert!(world.members(&host, room).await.is_empty());
    assert_eq!(world.report(&host, room).await, 0, "and it can be revived");
    assert_eq!(world.numbers(&host).await, [room]);
}

#[actix_web::test]
async fn a_dropped_viewer_comes_back_by_his_beat_and_one_who_left_does_not() {
    let world = World::new().await;
    let (host, anna, otto) = (
        world.join("host").await,
        world.join("anna").await,
        world.join("otto").await,
    );
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    world.enter(&otto, room).await;
    world.wait(40).await;
    world.beat(&host, room, 1).await;
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    world.beat(&anna, room, 0).await;
    world.leave(&otto, room).await;
    world.beat(&otto, room, 0).await;
    assert_eq!(world.members(&host, room).await, ["host:1", "anna:0"]);
    world.enter(&otto, room).await;
    assert_eq!(
        world.members(&host, room).await,
        ["host:1", "anna:0", "otto:0"]
    );
}

#[actix_web::test]
async fn a_viewer_of_the_android_app_leaves_with_minus_one() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    assert_eq!(world.beat(&anna, -1, 0).await, 0);
    assert_eq!(
        world
            .code("exitroom", &anna, json!({"roomnum": -1, "type": "live"}))
            .await,
        0
    );
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    assert_eq!(
        world
            .code("exitroom", &anna, json!({"roomnum": -1, "type": "live"}))
            .await,
        0
    );
}

#[actix_web::test]
async fn only_the_creator_enters_before_he_has_gone_live() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.create(&host).await;
    assert_eq!(
        world
            .code(
                "reportmemid",
                &host,
                json!({"roomnum": room, "role": 1, "operate": 0})
            )
            .await,
        0
    );
    assert_eq!(world.enter(&anna, room).await, 10010);
    assert_eq!(world.enter(&anna, 4711).await, 10010);
    assert_eq!(world.leave(&anna, 4711).await, 0);
}

#[actix_web::test]
async fn entering_another_room_is_leaving_the_first() {
    let world = World::new().await;
    let (one, two, anna) = (
        world.join("one").await,
        world.join("two").await,
        world.join("anna").await,
    );
    let (first, second) = (world.go_live(&one).await, world.go_live(&two).await);
    world.enter(&anna, first).await;
    world.enter(&anna, second).await;
    assert_eq!(world.members(&anna, first).await, ["one:1"]);
    assert_eq!(world.members(&anna, second).await, ["two:1", "anna:0"]);
    world.leave(&anna, first).await;
    assert_eq!(world.members(&anna, second).await, ["two:1", "anna:0"]);
}

#[actix_web::test]
async fn members_are_paged_in_a_stable_order() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    for n in 0..7 {
        let viewer = world.join(&format!("viewer{n}")).await;
        world.enter(&viewer, room).await;
    }
    let mut seen = Vec::new();
    for index in (0..12).step_by(3) {
        let page = json!({"roomnum": room, "index": index, "size": 3});
        let data = world.ok("roomidlist", &host, page).await;
        assert_eq!(data["total"], 8);
        seen.extend(
            data["idlist"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|row| row["id"].clone()),
        );
    }
    let expected: Vec<_> = std::iter::once("host".to_owned())
        .chain((0..7).map(|n| format!("viewer{n}")))
        .collect();
    assert_eq!(seen, expected);
}

#[actix_web::test]
async fn a_host_whose_likes_stay_the_same_keeps_his_live_and_shows_every_change() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    for likes in [5, 5, 5, 5, 6, 5] {
        world.wait(60).await;
        let beat = json!({"roomnum": room, "role": 1, "thumbup": likes});
        assert_eq!(world.code("heartbeat", &host, beat).await, 0);
        let rooms = world.rooms(&host).await;
        assert_eq!(rooms[0]["info"]["thumbup"], likes);
    }
}

#[actix_web::test]
async fn k4_after_a_live_died_of_silence_its_hosts_beats_answer_0_and_bring_nothing_back() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.wait(91).await;
    assert_eq!(world.numbers(&anna).await, [0; 0]);
    for _ in 0..30 {
        world.wait(10).await;
        assert_eq!(world.beat(&host, room, 1).await, 0);
        assert_eq!(world.numbers(&anna).await, [0; 0]);
    }
    // Going live again brings the room back.
    assert_eq!(world.report(&host, room).await, 0);
    assert_eq!(world.numbers(&anna).await, [room]);
}

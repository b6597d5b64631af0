//! The defects of the original server that can show in these commands. Each test does what would
//! show the defect if it came back. `dNN` is the defect's number in the wire contract.

use serde_json::json;

use crate::world::{World, room_report};

/// A host with a live, and a stranger.
async fn world_with_live() -> (World, String, String, i64) {
    let world = World::new().await;
    let (host, stranger) = (world.join("host").await, world.join("stranger").await);
    let room = world.go_live(&host).await;
    (world, host, stranger, room)
}

#[actix_web::test]
async fn d02_tokens_can_not_be_guessed_from_id_and_time() {
    let world = World::new().await;
    let mut tokens = vec![world.join("anna").await];
    for _ in 0..20 {
        tokens.push(world.login("anna").await);
    }
    tokens.sort();
    let count = tokens.len();
    tokens.dedup();
    assert_eq!(tokens.len(), count, "logins of one second share no token");
    assert!(
        tokens
            .iter()
            .all(|token| token.len() >= 43 && !token.starts_with('0'))
    );
}

#[actix_web::test]
async fn d03_blanks_in_a_password_count() {
    let world = World::new().await;
    assert_eq!(
        world
            .post("account", "regist", json!({"id": "anna", "pwd": "a b c"}))
            .await
            .code,
        0
    );
    assert_eq!(
        world
            .post("account", "login", json!({"id": "anna", "pwd": "a b c"}))
            .await
            .code,
        0
    );
    assert_eq!(
        world
            .post("account", "login", json!({"id": "anna", "pwd": "abc"}))
            .await
            .code,
        10006
    );
}

#[actix_web::test]
async fn d04_a_second_login_works() {
    let world = World::new().await;
    world.join("anna").await;
    for _ in 0..3 {
        world.login("anna").await;
    }
}

#[actix_web::test]
async fn d05_each_app_gets_a_signature_of_its_own() {
    let world = World::new().await;
    world.join("anna").await;
    let mut signatures = Vec::new();
    for appid in [1_400_000_001, 1_400_000_002] {
        let login = json!({"id": "anna", "pwd": "password", "appid": appid});
        signatures.push(world.post("account", "login", login).await.data["userSig"].clone());
    }
    assert_ne!(signatures[0], signatures[1]);
}

#[actix_web::test]
async fn d06_d07_texts_do_not_reach_the_database_as_commands() {
    let (world, host, ..) = world_with_live().await;
    let app = json!({"index": 0, "size": 10, "appid": "1 OR 1=1"});
    assert_eq!(world.code("roomlist", &host, app).await, 10003);
    let uid = json!({"type": 0, "index": 1, "size": 10, "s_uid": "x' UNION SELECT password_hash FROM accounts --"});
    assert_eq!(
        world.ok("recordlist", &host, uid).await,
        json!({"total": 0, "videos": []})
    );
}

#[actix_web::test]
async fn d08_a_stranger_can_not_empty_somebody_elses_room() {
    let (world, host, stranger, room) = world_with_live().await;
    assert_eq!(
        world
            .code(
                "exitroom",
                &stranger,
                json!({"roomnum": room, "type": "live"})
            )
            .await,
        0
    );
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    assert_eq!(world.numbers(&host).await, [room]);
}

#[actix_web::test]
async fn d09_nobody_announces_a_room_that_he_did_not_create() {
    let (world, host, stranger, room) = world_with_live().await;
    let before = world
        .ok("getroomplayurl", &host, json!({"roomnum": room}))
        .await;
    assert_eq!(world.report(&stranger, room).await, 20001);
    assert_eq!(world.report(&stranger, room + 1).await, 20001);
    assert_eq!(world.numbers(&host).await, [room]);
    assert_eq!(
        world
            .ok("getroomplayurl", &host, json!({"roomnum": room}))
            .await,
        before
    );
}

#[actix_web::test]
async fn d10_a_role_is_not_what_one_says_it_is() {
    let (world, host, stranger, room) = world_with_live().await;
    let enter = |role| json!({"roomnum": room, "role": role, "operate": 0});
    assert_eq!(world.code("reportmemid", &stranger, enter(1)).await, 0);
    assert_eq!(world.members(&host, room).await, ["host:1", "stranger:0"]);
    assert_eq!(world.code("reportmemid", &stranger, enter(7)).await, 10003);
    assert_eq!(world.beat(&stranger, room, 7).await, 10003);
}

#[actix_web::test]
async fn d11_leaving_one_room_is_not_leaving_another() {
    let (world, host, stranger, room) = world_with_live().await;
    world.enter(&stranger, room).await;
    assert_eq!(world.leave(&stranger, room + 7).await, 0);
    assert_eq!(world.members(&host, room).await, ["host:1", "stranger:0"]);
}

#[actix_web::test]
async fn d12_a_host_who_asks_for_the_mic_stays_the_host() {
    let (world, host, _, room) = world_with_live().await;
    assert_eq!(
        world.code("request", &host, json!({"roomnum": room})).await,
        0
    );
    assert_eq!(world.members(&host, room).await, ["host:1"]);
}

#[actix_web::test]
async fn d13_a_beat_knows_the_age_of_its_token_and_keeps_the_likes() {
    let (world, host, stranger, room) = world_with_live().await;
    world
        .ok(
            "heartbeat",
            &host,
            json!({"roomnum": room, "role": 1, "thumbup": 5}),
        )
        .await;
    world
        .ok("heartbeat", &host, json!({"roomnum": room, "role": 1}))
        .await;
    assert_eq!(world.rooms(&host).await[0]["info"]["thumbup"], 5);
    world.wait(8 * 24 * 60 * 60).await;
    assert_eq!(world.beat(&stranger, room, 0).await, 10009);
}

#[actix_web::test]
async fn d14_any_use_prolongs_a_token() {
    let (world, _, stranger, _) = world_with_live().await;
    for _ in 0..4 {
        world.wait(5 * 24 * 60 * 60).await;
        world.rooms(&stranger).await;
    }
}

#[actix_web::test]
async fn d15_a_client_that_beats_every_ten_seconds_is_never_dropped() {
    let (world, host, stranger, room) = world_with_live().await;
    world.enter(&stranger, room).await;
    for _ in 0..60 {
        world.wait(10).await;
        world.beat(&host, room, 1).await;
        world.beat(&stranger, room, 0).await;
        assert_eq!(world.members(&host, room).await, ["host:1", "stranger:0"]);
    }
}

#[actix_web::test]
async fn d16_a_new_room_is_not_taken_for_ended_before_its_first_beat() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await;
    world.wait(60).await;
    let world = world.reborn().await;
    world.wait(60).await;
    assert_eq!(world.report(&host, room).await, 0);
    assert_eq!(world.numbers(&host).await, [room]);
}

#[actix_web::test]
async fn d17_an_earlier_room_ends_with_the_creation_of_the_next() {
    let (world, host, _, room) = world_with_live().await;
    let next = world.create(&host).await;
    assert!(next > room);
    let world = world.reborn().await;
    assert!(
        world.numbers(&host).await.is_empty(),
        "the end of the earlier one is on record"
    );
}

#[actix_web::test]
async fn d19_long_texts_and_four_byte_letters_are_kept_whole() {
    let (world, host, _, room) = world_with_live().await;
    let mut report = room_report(room);
    let (title, cover) = ("𝄞".repeat(128), format!("http://c/{}", "x".repeat(1000)));
    report["room"]["title"] = title.clone().into();
    report["room"]["cover"] = cover.clone().into();
    assert_eq!(world.code("reportroom", &host, report).await, 0);
    let world = world.reborn().await;
    let info = &world.rooms(&host).await[0]["info"];
    assert_eq!(
        (info["title"].as_str(), info["cover"].as_str()),
        (Some(&*title), Some(&*cover))
    );
}

#[actix_web::test]
async fn d20_an_id_is_refused_rather_than_cut_and_its_spelling_counts() {
    let world = World::new().await;
    let long = "x".repeat(51);
    assert_eq!(
        world
            .post("account", "regist", json!({"id": long, "pwd": "p"}))
            .await
            .code,
        10003
    );
    let password = "p".repeat(128);
    assert_eq!(
        world
            .post("account", "regist", json!({"id": "anna", "pwd": password}))
            .await
            .code,
        0
    );
    assert_eq!(
        world
            .post("account", "login", json!({"id": "anna", "pwd": password}))
            .await
            .code,
        0
    );
    assert_eq!(
        world
            .post("account", "login", json!({"id": "ANNA", "pwd": password}))
            .await
            .code,
        10005
    );
}

#[actix_web::test]
async fn d21_no_recordings_is_not_an_error() {
    let (world, host, ..) = world_with_live().await;
    for kind in [0, 1] {
        let data = world
            .ok(
                "recordlist",
                &host,
                json!({"type": kind, "index": 0, "size": 50}),
            )
            .await;
        assert_eq!(data, json!({"total": 0, "videos": []}));
    }
}

#[actix_web::test]
async fn d23_the_address_of_an_unknown_room_is_an_error_and_not_an_array() {
    let (world, host, ..) = world_with_live().await;
    let answer = world
        .live("getroomplayurl", &host, json!({"roomnum": 4711}))
        .await;
    assert_eq!(answer.code, 10010);
    assert!(answer.data.is_null());
}

#[actix_web::test]
async fn d32_total_counts_what_the_filters_match() {
    let (world, host, stranger, _) = world_with_live().await;
    let mut report = room_report(world.create(&stranger).await);
    report["room"]["type"] = "game".into();
    assert_eq!(world.code("reportroom", &stranger, report).await, 0);
    let total = |kind: &str| json!({"type": kind, "index": 0, "size": 0});
    assert_eq!(world.ok("roomlist", &host, total("live")).await["total"], 1);
    assert_eq!(world.ok("roomlist", &host, total("")).await["total"], 2);
}

#[actix_web::test]
async fn d33_logout_takes_live_and_membership_along() {
    let (world, host, stranger, room) = world_with_live().await;
    world.enter(&stranger, room).await;
    assert_eq!(
        world
            .post("account", "logout", json!({"token": stranger}))
            .await
            .code,
        0
    );
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    assert_eq!(
        world
            .post("account", "logout", json!({"token": host}))
            .await
            .code,
        0
    );
    let reader = world.login("stranger").await;
    assert!(world.numbers(&reader).await.is_empty());
}

//! Lives: from creation to end, and the list of lives.

use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio::task::yield_now;
use zaibo::domain::{Device, LiveInfo, ProfileChange, Refusal, RoomNum, VideoType};
use zaibo::error::Error;
use zaibo::service::Client;

use crate::world::{World, room_report};

#[actix_web::test]
async fn numbers_begin_at_10001_and_groups_are_named_by_them() {
    let world = World::new().await;
    let host = world.join("host").await;
    let data = world.ok("create", &host, json!({"type": "live"})).await;
    assert_eq!(data, json!({"roomnum": 10001, "groupid": "10001"}));
    assert_eq!(world.create(&host).await, 10002);
}

#[actix_web::test]
async fn a_live_is_listed_from_its_announcement_to_its_end_newest_first() {
    let world = World::new().await;
    let (one, two) = (world.join("one").await, world.join("two").await);
    let first = world.create(&one).await;
    assert!(world.numbers(&one).await.is_empty());
    world.report(&one, first).await;
    let second = world.go_live(&two).await;
    assert_eq!(world.numbers(&one).await, [second, first]);
    world.report(&one, first).await;
    assert_eq!(
        world.numbers(&one).await,
        [second, first],
        "said again is not begun again"
    );
    assert_eq!(
        world
            .code("exitroom", &two, json!({"roomnum": second, "type": "live"}))
            .await,
        0
    );
    assert_eq!(world.numbers(&one).await, [first]);
}

#[actix_web::test]
async fn a_listed_room_shows_what_was_announced_and_its_figures() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await;
    let mut report = room_report(room);
    report["room"]["title"] = "直播 😀".into();
    report["room"]["cover"] = "http://cover/1.png".into();
    assert_eq!(world.code("reportroom", &host, report).await, 0);
    world
        .ok(
            "heartbeat",
            &host,
            json!({"roomnum": room, "role": 1, "thumbup": 12}),
        )
        .await;
    let expected = json!({"uid": "host", "info": {
        "title": "直播 😀", "roomnum": room, "type": "live", "groupid": room.to_string(),
        "cover": "http://cover/1.png", "thumbup": 12, "memsize": 1,
    }});
    assert_eq!(world.rooms(&host).await, [expected]);
}

#[actix_web::test]
async fn a_host_has_one_live_and_a_new_one_supersedes_it() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let first = world.go_live(&host).await;
    world.enter(&anna, first).await;
    let second = world.create(&host).await;
    assert!(world.numbers(&anna).await.is_empty());
    assert!(world.members(&anna, first).await.is_empty());
    world.report(&host, second).await;
    assert_eq!(world.numbers(&anna).await, [second]);
    assert_eq!(
        world.report(&host, first).await,
        0,
        "an own earlier number revives"
    );
    assert_eq!(world.numbers(&anna).await, [first]);
    assert!(world.members(&anna, second).await.is_empty());
}

#[actix_web::test]
async fn a_room_revives_after_exit_and_after_silence() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    assert_eq!(world.report(&host, room).await, 0);
    assert_eq!(world.numbers(&host).await, [room]);
    world.wait(91).await;
    assert!(world.numbers(&host).await.is_empty());
    assert_eq!(
        world.report(&host, room).await,
        0,
        "before the end by silence is on record"
    );
    assert_eq!(world.members(&host, room).await, ["host:1"]);
}

#[actix_web::test]
async fn ending_is_for_the_host_and_repeating_it_does_no_harm() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    for _ in 0..2 {
        assert_eq!(
            world
                .code("exitroom", &anna, json!({"roomnum": room, "type": "live"}))
                .await,
            0
        );
    }
    assert_eq!(world.numbers(&anna).await, [room]);
    for _ in 0..2 {
        assert_eq!(
            world
                .code("exitroom", &host, json!({"roomnum": room, "type": "live"}))
                .await,
            0
        );
    }
    assert!(world.numbers(&anna).await.is_empty());
}

#[actix_web::test]
async fn a_host_who_names_no_room_ends_the_one_he_is_in() {
    let world = World::new().await;
    let host = world.join("host").await;
    for named in [
        json!({}),
        json!({"roomnum": 0}),
        json!({"roomnum": -1}),
        json!({"roomnum": ""}),
    ] {
        world.go_live(&host).await;
        world.ok("exitroom", &host, named).await;
        assert!(world.numbers(&host).await.is_empty());
    }
}

#[actix_web::test]
async fn the_list_is_filtered_by_app_and_type_and_total_counts_what_matches() {
    let world = World::new().await;
    for (id, appid, kind) in [
        ("a", json!(7), "live"),
        ("b", json!("8"), "live"),
        ("c", json!(7), "game"),
    ] {
        let host = world.join(id).await;
        let mut report = room_report(world.create(&host).await);
        report["room"]["appid"] = appid;
        report["room"]["type"] = kind.into();
        assert_eq!(world.code("reportroom", &host, report).await, 0);
    }
    let token = world.join("reader").await;
    for (filter, expected) in [
        (json!({}), "cba"),
        (json!({"type": "live"}), "ba"),
        (json!({"type": 1}), "cba"),
        (json!({"appid": 7}), "ca"),
        (json!({"appid": "7", "type": "live"}), "a"),
        (json!({"appid": 0}), "cba"),
        (json!({"appid": 9}), ""),
    ] {
        let mut fields = filter.clone();
        fields["index"] = 0.into();
        fields["size"] = 50.into();
        let data = world.ok("roomlist", &token, fields).await;
        let hosts: String = data["rooms"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|room| room["uid"].as_str())
            .collect();
        assert_eq!(hosts, expected, "{filter}");
        assert_eq!(data["total"], expected.len(), "{filter}");
    }
}

#[actix_web::test]
async fn lists_are_paged_by_row_without_skips_or_repeats() {
    let world = World::new().await;
    let mut rooms = Vec::new();
    for n in 0..7 {
        let host = world.join(&format!("host{n}")).await;
        rooms.insert(0, world.go_live(&host).await);
    }
    let token = world.join("reader").await;
    let mut seen: Vec<Value> = Vec::new();
    while seen.len() < 7 {
        let page = json!({"index": seen.len(), "size": 3});
        let data = world.ok("roomlist", &token, page).await;
        seen.extend(
            data["rooms"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|room| room["info"]["roomnum"].clone()),
        );
    }
    assert_eq!(seen, rooms);
    let beyond = world
        .ok("roomlist", &token, json!({"index": 100, "size": 50}))
        .await;
    assert_eq!(beyond, json!({"total": 7, "rooms": []}));
    let none = world
        .ok("roomlist", &token, json!({"index": 0, "size": 0}))
        .await;
    assert_eq!(none, json!({"total": 7, "rooms": []}));
}

#[actix_web::test]
async fn play_addresses_are_the_originals_and_gone_with_the_live() {
    let world = World::new().await;
    let host = world.join("user001").await;
    let room = world.go_live(&host).await;
    let place = "8888.liveplay.myqcloud.com/live/8888_d56edc856a4e12c67f14e8037008f945";
    let expected = json!({
        "cover": "", "address": format!("rtmp://{place}"),
        "address2": format!("http://{place}.flv"), "address3": format!("http://{place}.m3u8"),
    });
    for named in [
        json!({"roomnum": room}),
        json!({"room": room}),
        json!({"roomnum": room.to_string()}),
    ] {
        assert_eq!(world.ok("getroomplayurl", &host, named).await, expected);
    }
    let data = world
        .ok("livestreamlist", &host, json!({"index": 0, "size": 10}))
        .await;
    assert_eq!(data["total"], 1);
    assert_eq!(data["videos"][0]["uid"], "user001");
    assert_eq!(data["videos"][0]["address3"], expected["address3"]);
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    assert_eq!(
        world
            .code("getroomplayurl", &host, json!({"roomnum": room}))
            .await,
        10010
    );
}

#[actix_web::test]
async fn a_shared_screen_has_a_stream_of_its_own() {
    let world = World::new().await;
    let host = world.join("user001").await;
    let mut report = room_report(world.create(&host).await);
    report["room"]["videotype"] = 1.into();
    assert_eq!(world.code("reportroom", &host, report).await, 0);
    let data = world
        .ok("getroomplayurl", &host, json!({"roomnum": 10001}))
        .await;
    assert!(
        data["address"]
            .as_str()
            .expect("a text")
            .ends_with("/8888_41e92de0cb58b7608bd9ae78a8d65121")
    );
}

#[actix_web::test]
async fn a_live_that_begins_while_its_host_signs_out_does_not_stay() {
    let world = World::new().await;
    let token = world.join("host").await;
    let room = world.create(&token).await;
    let late = async || world.service.caller(&token).await.expect("signed in");
    let (creating, announcing) = (late().await, late().await);
    let out = world.post("account", "logout", json!({"token": token}));
    assert_eq!(out.await.code, 0);

    let created = world
        .service
        .create_room(creating, ProfileChange::default(), Client::Unknown)
        .await;
    assert!(matches!(
        created,
        Err(Error::Refused(Refusal::TokenUnknown))
    ));
    let info = LiveInfo {
        title: String::new(),
        cover: String::new(),
        kind: "live".to_owned(),
        app: None,
        device: Device::Ios,
        video: VideoType::Camera,
    };
    let number = RoomNum::new(room).expect("a number");
    let announced = world
        .service
        .go_live(announcing, number, info.into(), None)
        .await;
    assert!(matches!(
        announced,
        Err(Error::Refused(Refusal::TokenUnknown))
    ));
    assert_eq!(world.count("lives WHERE ended_at IS NULL"), 0);
    let anna = world.join("anna").await;
    assert!(world.numbers(&anna).await.is_empty());
}

#[actix_web::test]
async fn a_live_stays_if_its_host_signed_in_again_meanwhile() {
    let world = World::new().await;
    let earlier = world.join("host").await;
    let caller = world.service.caller(&earlier).await.expect("signed in");
    let token = world.login("host").await;
    let created = world
        .service
        .create_room(caller, ProfileChange::default(), Client::Unknown)
        .await;
    let number = created.expect("created").get().into();
    assert_eq!(world.report(&token, number).await, 0);
    assert_eq!(world.numbers(&token).await, [number]);
}

#[actix_web::test]
async fn going_live_in_an_earlier_room_ends_the_present_live_with_its_likes() {
    let world = World::new().await;
    let host = world.join("host").await;
    let earlier = world.go_live(&host).await;
    let present = world.go_live(&host).await;
    let likes = json!({"roomnum": present, "role": 1, "thumbup": 7});
    world.ok("heartbeat", &host, likes).await;
    assert_eq!(world.report(&host, earlier).await, 0);
    assert_eq!(world.numbers(&host).await, [earlier]);
    let ended = format!("lives WHERE roomnum = {present} AND ended_at IS NOT NULL AND likes = 7");
    assert_eq!(world.count(&ended), 1);
}

#[actix_web::test]
async fn a_page_that_closes_at_once_still_has_its_room_created_announced_and_left() {
    let mut world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await;
    let leaving = json!({"roomnum": room, "type": "live"});
    for (cmd, fields, done) in [
        (
            "create",
            json!({"type": "live"}),
            "rooms WHERE roomnum > 10001",
        ),
        (
            "reportroom",
            room_report(room),
            "lives WHERE live_at IS NOT NULL",
        ),
        (
            "exitroom",
            leaving,
            "rooms WHERE NOT EXISTS (SELECT 1 FROM lives WHERE ended_at IS NULL)",
        ),
    ] {
        // After a restart, the session is not in memory.
        world = world.reborn().await;
        let answer = world.live(cmd, &host, fields).now_or_never();
        assert_eq!(answer, None, "{cmd} was answered before the page closed");
        for _ in 0..2000 {
            if world.count(done) > 0 {
                break;
            }
            yield_now().await;
            thread::sleep(Duration::from_millis(1));
        }
        assert!(world.count(done) > 0, "{cmd} was not carried out");
    }
}

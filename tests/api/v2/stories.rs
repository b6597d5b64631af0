//! A live from its beginning to its end, and users of both protocols in one room.

use serde_json::{Value, json};
use zaibo::domain::RoomNum;

use crate::world::World;

/// The count of a room's events, and how far it is.
fn at(room: &Value) -> (String, u64) {
    let inc = room["inc"].as_str().expect("an incarnation").to_owned();
    (inc, room["seq"].as_u64().expect("a number"))
}

#[actix_web::test]
async fn a_live_from_registration_to_its_end() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    let created = world.rest("POST", "/v2/rooms", &anna, "{}").await.ok(201);
    assert_eq!(created["state"], "created");
    assert_eq!(created["host"], "anna");
    let room = created["room"].as_i64().expect("a number");
    let path = format!("/v2/rooms/{room}");
    let listed = world.get("/v2/rooms", &anna).await.ok(200);
    assert_eq!(listed["total"], 0, "it is not listed yet");

    let announced =
        r#"{"title":"My live","cover":"http://example.com/c.png","device":"ios","video":"screen"}"#;
    let announce = format!("{path}/live");
    let live = world.rest("POST", &announce, &anna, announced).await;
    let live = live.ok(200);
    assert_eq!(live["state"], "live");
    assert_eq!(
        [&live["title"], &live["cover"], &live["type"]],
        ["My live", "http://example.com/c.png", "live"]
    );
    assert_eq!(live["stream"], json!({"on": null, "picture": null}));
    let listed = world.get("/v2/rooms?type=live", &anna).await.ok(200);
    assert_eq!(listed["items"][0]["room"], room);

    let berta = world.newcomer("berta").await;
    let me = format!("{path}/members/me");
    let entered = world.rest("PUT", &me, &berta, "{}").await.ok(200);
    assert_eq!(entered["member"], json!({"uid": "berta", "role": "viewer"}));
    assert_eq!(entered["room"]["members"], 2);
    let who = world.get("/v2/me", &berta).await.ok(200);
    assert_eq!(who, json!({"uid": "berta", "room": room, "role": "viewer"}));

    let beat = format!("{path}/beat");
    let beaten = world.rest("POST", &beat, &berta, r#"{"role":"linked"}"#);
    let beaten = beaten.await.ok(200);
    assert_eq!(beaten["role"], "linked");
    let next = beaten["next_ms"].as_u64().expect("a number");
    assert!((8_000..=12_000).contains(&next), "{next}");
    world
        .rest("POST", &beat, &anna, r#"{"likes":9}"#)
        .await
        .ok(200);
    let members = world.get(&format!("{path}/members"), &berta).await.ok(200);
    assert_eq!(
        members["items"],
        json!([{"uid": "anna", "role": "host"}, {"uid": "berta", "role": "linked"}])
    );

    assert_eq!(world.rest("DELETE", &path, &anna, "").await.status, 200);
    let recorded = "lives WHERE end_reason = 'exit' AND likes = 9";
    assert_eq!(world.count(recorded), 1);
    let gone = world.get(&path, &berta).await;
    assert_eq!(gone.problem(), (404, "room_unknown"));
    let who = world.get("/v2/me", &berta).await.ok(200);
    assert_eq!(who, json!({"uid": "berta", "room": null, "role": null}));
    assert_eq!(
        world.rest("POST", "/v2/logout", &anna, "").await.status,
        204
    );
    let out = world.get("/v2/me", &anna).await;
    assert_eq!(out.problem(), (401, "token_unknown"));
}

#[actix_web::test]
async fn an_old_viewer_and_a_new_host_meet_in_one_room() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "New and old").await;
    let old = world.join("old").await;
    assert_eq!(world.enter(&old, room).await, 0);
    assert_eq!(world.beat(&old, room, 2).await, 0);
    let path = format!("/v2/rooms/{room}");
    let members = world.get(&format!("{path}/members"), &host).await.ok(200);
    assert_eq!(members["items"][1], json!({"uid": "old", "role": "linked"}));
    assert_eq!(world.rooms(&old).await[0]["info"]["title"], "New and old");
    // The same token is good for both protocols.
    let me = world.get("/v2/me", &old).await.ok(200);
    assert_eq!(me["role"], "linked");
    let me = format!("{path}/members/me");
    assert_eq!(world.rest("DELETE", &me, &old, "").await.status, 204);
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    // Who left on purpose is not brought back by a late beat.
    let beat = format!("{path}/beat");
    let beaten = world.rest("POST", &beat, &old, "{}").await.ok(200);
    assert_eq!(beaten["room"], Value::Null);
}

#[actix_web::test]
async fn every_change_moves_the_position_and_nothing_else_does() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let path = format!("/v2/rooms/{room}");
    let (inc, before) = at(&world.get(&path, &host).await.ok(200));
    let beat = format!("{path}/beat");
    let quiet = at(&world.rest("POST", &beat, &host, "{}").await.ok(200));
    assert_eq!(quiet, (inc.clone(), before), "a beat that changes nothing");
    let viewer = world.newcomer("viewer").await;
    let me = format!("{path}/members/me");
    let entered = world.rest("PUT", &me, &viewer, "").await.ok(200);
    assert_eq!(at(&entered["room"]), (inc.clone(), before + 1));
    world.rest("PUT", &me, &viewer, "").await.ok(200);
    world
        .rest("POST", &beat, &host, r#"{"likes":3}"#)
        .await
        .ok(200);
    let liked = at(&world.get(&path, &host).await.ok(200));
    assert_eq!(
        liked,
        (inc.clone(), before + 2),
        "entering twice is one change"
    );
    let members = world.get(&format!("{path}/members"), &host).await.ok(200);
    assert_eq!(at(&members), (inc.clone(), before + 2));
    world.wait(1).await;
    // After a restart the count begins anew, and nobody can take one for the other.
    let world = world.reborn().await;
    let (after, _) = at(&world.get(&path, &host).await.ok(200));
    assert_ne!(after, inc);
    assert_eq!(
        after.split('.').next(),
        inc.split('.').next(),
        "the same live"
    );
}

#[actix_web::test]
async fn only_the_host_announces_and_ends_a_room() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let other = world.newcomer("other").await;
    let path = format!("/v2/rooms/{room}");
    let ended = world.rest("DELETE", &path, &other, "").await;
    assert_eq!(ended.problem(), (403, "not_your_room"));
    let live = format!("{path}/live");
    let announced = world
        .rest("POST", &live, &other, r#"{"title":"Mine"}"#)
        .await;
    assert_eq!(announced.problem(), (403, "not_your_room"));
    let unknown = world.rest("DELETE", "/v2/rooms/99", &host, "").await;
    assert_eq!(unknown.problem(), (404, "room_unknown"));
    assert_eq!(world.get(&path, &host).await.ok(200)["title"], "Live");
}

#[actix_web::test]
async fn operations_are_counted_by_their_names_and_codes() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let path = format!("/v2/rooms/{room}");
    world.get(&path, &host).await.ok(200);
    world.get(&path, "").await;
    world.get("/v2/nothing", &host).await;
    let told = world.service.render_metrics();
    for (command, code, count) in [
        ("register", 0, 1),
        ("go_live", 0, 1),
        ("get_room", 0, 1),
        ("get_room", 10009, 1),
        ("unknown", 10001, 1),
        ("end_room", 0, 0),
    ] {
        let line = format!(
            r#"zaibo_http_requests_total{{api="v2",code="{code}",command="{command}"}} {count}"#
        );
        assert!(told.lines().any(|told| told == line), "{line}");
    }
}

#[actix_web::test]
async fn an_answer_with_an_old_title_has_a_position_before_the_new_one() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "First").await;
    // What somebody holds who has asked before the title changes.
    let number = RoomNum::new(room).expect("a room");
    let before = world.service.room(number).await.expect("it is open");
    let told = before.position();
    let live = format!("/v2/rooms/{room}/live");
    let changed = world
        .rest("POST", &live, &host, r#"{"title":"Second"}"#)
        .await;
    let (_, now) = at(&changed.ok(200));
    assert_eq!(now, told.seq + 1);
    assert_eq!(
        before.position(),
        told,
        "the change is missing there, so it comes later"
    );
    let listed = world.get("/v2/rooms", &host).await.ok(200);
    assert_eq!(listed["items"][0]["title"], "Second");
    assert_eq!(at(&listed["items"][0]).1, now);
}

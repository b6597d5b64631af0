//! What a host says of a room: prepared before they go live, changed while they are, told with its version.

use serde_json::{Value, json};

use crate::world::World;

/// The header that makes a change depend on what the caller has seen.
fn if_match(room: &Value) -> String {
    let inc = room["inc"].as_str().expect("an incarnation");
    format!("\"{inc}:{}\"", room["version"])
}

#[actix_web::test]
async fn what_is_prepared_is_announced_when_the_host_goes_live() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let prepared = r#"{"title":"Soon","cover":"c","appid":7,"metadata":{"topic":["go",1]}}"#;
    let created = world.rest("POST", "/v2/rooms", &host, prepared).await;
    let created = created.ok(201);
    assert_eq!(created["state"], "created");
    assert_eq!([&created["title"], &created["cover"]], ["Soon", "c"]);
    assert_eq!(created["metadata"], json!({"topic": ["go", 1]}));
    assert_eq!(created["started_at"], Value::Null);
    let path = format!("/v2/rooms/{}", created["room"]);

    // It is recorded, and so survives a crash.
    let world = world.reborn().await;
    world.wait(2).await;
    let live = format!("{path}/live");
    let live = world.rest("POST", &live, &host, r#"{"cover":"d"}"#).await;
    let live = live.ok(200);
    assert_eq!([&live["title"], &live["cover"]], ["Soon", "d"]);
    assert_eq!([&live["type"], &live["state"]], ["live", "live"]);
    assert_eq!(live["appid"], 7);
    assert_eq!(live["metadata"], created["metadata"]);
    assert_eq!(live["started_at"], "2023-11-14T22:13:22.000Z");
    let row = "lives WHERE title = 'Soon' AND device = 2 AND live_at = 1700000002";
    assert_eq!(world.count(row), 1);

    // It ends with the live: the next one in the room begins with nothing.
    world.rest("DELETE", &path, &host, "").await;
    let again = format!("{path}/live");
    let again = world.rest("POST", &again, &host, "").await;
    assert_eq!(again.wrong_field(), "/title");
}

#[actix_web::test]
async fn a_change_is_recorded_and_moves_version_and_position_once() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "First").await;
    let path = format!("/v2/rooms/{room}");
    let before = world.get(&path, &host).await.ok(200);
    let change = r#"{"title":"Second","metadata":{"a":{"b":[{"c":null}]}}}"#;
    let mut rooms = vec![before];
    for _ in 0..2 {
        let changed = world.rest("PATCH", &path, &host, change).await;
        rooms.push(changed.ok(200));
    }
    let of = |name: &str| -> Vec<u64> {
        let numbers = rooms.iter().map(|room| room[name].as_u64());
        numbers.map(|number| number.expect("a number")).collect()
    };
    let (version, seq) = (of("version"), of("seq"));
    assert_eq!(version, [version[0], version[0] + 1, version[0] + 1]);
    assert_eq!(seq, [seq[0], seq[0] + 1, seq[0] + 1]);
    assert_eq!(rooms[2]["title"], "Second");
    assert_eq!(world.rooms(&host).await[0]["info"]["title"], "Second");
    let world = world.reborn().await;
    let shown = world.get(&path, &host).await.ok(200);
    for name in ["title", "metadata", "version", "started_at"] {
        assert_eq!(shown[name], rooms[2][name], "{name}");
    }
    // An old client that says the same again changes nothing.
    let other = world.newcomer("other").await;
    let refused = world.rest("PATCH", &path, &other, change).await;
    assert_eq!(refused.problem(), (403, "not_your_room"));
    let nowhere = world.rest("PATCH", "/v2/rooms/77", &host, change).await;
    assert_eq!(nowhere.problem(), (404, "room_unknown"));
}

#[actix_web::test]
async fn a_change_for_a_version_that_is_gone_is_refused() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "First").await;
    let path = format!("/v2/rooms/{room}");
    let live = format!("{path}/live");
    let seen = if_match(&world.get(&path, &host).await.ok(200));
    let seen = [("If-Match", seen.as_str())];
    let second = r#"{"title":"Second"}"#;
    let changed = world.rest_with("PATCH", &path, &host, second, &seen).await;
    changed.ok(200);
    for (method, path) in [("PATCH", &path), ("POST", &live)] {
        let third = r#"{"title":"Third"}"#;
        let stale = world.rest_with(method, path, &host, third, &seen).await;
        assert_eq!(stale.problem(), (409, "version_stale"), "{method}");
    }
    let now = world.get(&path, &host).await.ok(200);
    assert_eq!(now["title"], "Second");
    let fresh = if_match(&now);
    let fresh = [("If-Match", fresh.as_str())];
    let again = world.rest_with("POST", &live, &host, second, &fresh).await;
    again.ok(200);
    // After a restart nobody can know what a client has seen.
    world.wait(1).await;
    let world = world.reborn().await;
    let stale = world.rest_with("PATCH", &path, &host, second, &fresh).await;
    assert_eq!(stale.problem(), (409, "version_stale"));
    for wrong in ["*", "1", "\"1\"", "\"1.a:x\"", "\"1.a:+1\"", "\"1.a:1"] {
        let headers = [("If-Match", wrong)];
        let told = world.rest_with("PATCH", &path, &host, "", &headers).await;
        assert_eq!(told.wrong_field(), "/If-Match", "{wrong}");
    }
}

#[actix_web::test]
async fn metadata_is_an_object_that_is_neither_long_nor_deep() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let path = format!("/v2/rooms/{room}");
    let long = |length: usize| json!({"metadata": {"x": "y".repeat(length)}}).to_string();
    let longest = long(4096 - r#"{"x":""}"#.len());
    world.rest("PATCH", &path, &host, &longest).await.ok(200);
    for wrong in [
        &*long(4096),
        r#"{"metadata":[]}"#,
        r#"{"metadata":"{}"}"#,
        r#"{"metadata":{"a":{"b":{"c":{"d":[]}}}}}"#,
    ] {
        for (method, path) in [("PATCH", path.as_str()), ("POST", "/v2/rooms")] {
            let told = world.rest(method, path, &host, wrong).await;
            assert_eq!(told.wrong_field(), "/metadata", "{method} {wrong:.40}");
        }
    }
    let told = world.rest("PATCH", &path, &host, r#"{"type":"x"}"#).await;
    assert_eq!(told.wrong_field(), "/type");
}

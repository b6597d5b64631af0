//! Server keys, and the beats that a server of the app sends for its users.

use serde_json::{Value, json};
use zaibo::service::NewKey;
use zaibo::settings::Key;

use crate::world::World;

const PATH: &str = "/v2/beats";

/// A world with a key for beats and one for something else.
async fn with_keys() -> (World, NewKey, NewKey) {
    let (beats, reader) = (new_key(), new_key());
    let key = |name: &str, key: &NewKey, may: &str| Key {
        name: name.to_owned(),
        sha256: key.hash(),
        may: vec![may.to_owned()],
    };
    let keys = vec![
        key("gateway", &beats, "beats"),
        key("board", &reader, "read"),
    ];
    let world = World::with(|settings| {
        settings.admin.keys = keys;
        settings.guests.enabled = true;
    });
    (world.await, beats, reader)
}

fn new_key() -> NewKey {
    NewKey::random().expect("random")
}

fn beats(rows: &[(&str, i64)]) -> String {
    let row = |(uid, room): &(&str, i64)| json!({"uid": uid, "room": room});
    let rows: Vec<_> = rows.iter().map(row).collect();
    json!({"beats": rows}).to_string()
}

#[actix_web::test]
async fn a_server_keeps_its_users_alive_and_learns_where_they_are() {
    let (world, key, _) = with_keys().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let other_host = world.newcomer("other").await;
    let other = world.on_air(&other_host, "Other").await;
    let (here, there) = (world.newcomer("here").await, world.newcomer("there").await);
    assert_eq!(world.enter(&here, room).await, 0);
    assert_eq!(world.enter(&there, other).await, 0);
    let left = world.newcomer("left").await;
    assert_eq!(world.enter(&left, room).await, 0);
    assert_eq!(world.leave(&left, room).await, 0);
    world.newcomer("new").await;
    let rows = [
        ("host", room),
        ("other", other),
        ("here", room),
        ("there", room),
        ("left", room),
        ("new", room),
        ("nobody", room),
        ("guest-abcdefghijkl", room),
        ("", room),
        ("\u{0}", room),
    ];
    for _ in 0..5 {
        world.wait(30).await;
        let body = beats(&rows);
        let told = world.rest("POST", PATH, key.expose(), &body).await.ok(200);
        assert_eq!(told["beaten"], 5);
        assert_eq!(told["moved"], json!([{"uid": "there", "room": other}]));
        let mut absent: Vec<_> = told["absent"].as_array().expect("a list").clone();
        absent.sort_by_key(Value::to_string);
        let mut nobody = ["", "\u{0}", "guest-abcdefghijkl", "left", "nobody"].map(Value::from);
        nobody.sort_by_key(Value::to_string);
        assert_eq!(absent, nobody);
    }
    let members = world.members(&host, room).await;
    assert_eq!(members, ["host:1", "here:0", "new:0"]);
}

#[actix_web::test]
async fn a_beat_of_a_member_is_stamped_without_the_database_and_may_claim_the_mic() {
    let (world, key, _) = with_keys().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let viewer = world.newcomer("viewer").await;
    assert_eq!(world.enter(&viewer, room).await, 0);
    for table in ["sessions", "accounts"] {
        world.execute(&format!("ALTER TABLE {table} RENAME TO {table}_away"));
    }
    let body = json!({"beats": [
        {"uid": "host", "room": room},
        {"uid": "viewer", "room": room, "role": "linked"},
    ]})
    .to_string();
    let told = world.rest("POST", PATH, key.expose(), &body).await.ok(200);
    assert_eq!(told, json!({"beaten": 2, "absent": [], "moved": []}));
    assert_eq!(world.members(&host, room).await, ["host:1", "viewer:2"]);
    let absent = beats(&[("nobody", room)]);
    let refused = world.rest("POST", PATH, key.expose(), &absent).await;
    assert_eq!(refused.status, 500, "who is absent is looked up");
}

#[actix_web::test]
async fn beats_need_a_key_with_that_right_and_a_key_is_no_user() {
    let (world, key, reader) = with_keys().await;
    let host = world.newcomer("host").await;
    let (_, guest) = world.guest().await;
    let none = beats(&[]);
    for (sent, refusal) in [
        ("", (401, "token_missing")),
        (&*host, (403, "key_needed")),
        (&*guest, (403, "key_needed")),
        (reader.expose(), (403, "key_may_not")),
        (new_key().expose(), (401, "key_unknown")),
    ] {
        let refused = world.rest("POST", PATH, sent, &none).await;
        assert_eq!(refused.problem(), refusal);
    }
    world.rest("POST", PATH, key.expose(), &none).await.ok(200);
    let user = world.get("/v2/me", key.expose()).await;
    assert_eq!(user.problem(), (403, "key_may_not"));
    assert_eq!(world.beat(key.expose(), 10001, 0).await, 10009);
}

#[actix_web::test]
async fn a_thousand_beats_are_taken_and_one_more_is_not() {
    let (world, key, _) = with_keys().await;
    // Ids as long as they can be, and escaped wherever they can be.
    let id = "\\u0061".repeat(32);
    let row = format!(r#"{{"uid":"{id}","room":2147483647,"role":"viewer"}}"#);
    let body = |many: usize| format!(r#"{{"beats":[{}]}}"#, vec![&*row; many].join(","));
    let told = world.rest("POST", PATH, key.expose(), &body(1000)).await;
    let absent = told.ok(200)["absent"].clone();
    assert_eq!(absent.as_array().map(Vec::len), Some(1000));
    let refused = world.rest("POST", PATH, key.expose(), &body(1001)).await;
    assert_eq!(refused.wrong_field(), "/beats");
    let long = world.rest("POST", "/v2/login", "", &body(1000)).await;
    assert_eq!(
        long.problem(),
        (413, "body_not_taken"),
        "only beats are so many"
    );
}

//! Guests list rooms and watch without an account, and may do nothing else.

use serde_json::{Value, json};

use crate::world::World;

impl World {
    async fn with_guests() -> Self {
        Self::with(|settings| settings.guests.enabled = true).await
    }

    /// Becomes a guest. Returns the id and the token.
    pub(super) async fn guest(&self) -> (String, String) {
        let given = self.rest("POST", "/v2/guest", "", "").await.ok(200);
        assert_eq!(given["expires_in"], 86_400);
        let text = |name: &str| given[name].as_str().expect("a text").to_owned();
        (text("uid"), text("token"))
    }
}

#[actix_web::test]
async fn a_guest_lists_enters_beats_counts_and_leaves() {
    let world = World::with_guests().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let (uid, guest) = world.guest().await;
    let listed = world.get("/v2/rooms", &guest).await.ok(200);
    assert_eq!(listed["items"][0]["room"], room);
    let path = format!("/v2/rooms/{room}");
    let me = format!("{path}/members/me");
    let entered = world.rest("PUT", &me, &guest, "").await.ok(200);
    assert_eq!(entered["member"], json!({"uid": uid, "role": "viewer"}));
    let at_host = world.get(&path, &host).await.ok(200);
    assert_eq!(at_host["members"], 2);
    let members = world.get(&format!("{path}/members"), &guest).await.ok(200);
    assert_eq!(members["items"][1]["uid"], uid);
    let beat = format!("{path}/beat");
    for _ in 0..4 {
        world.wait(30).await;
        world.rest("POST", &beat, &host, "").await.ok(200);
        let beaten = world.rest("POST", &beat, &guest, "").await.ok(200);
        assert_eq!(beaten["room"], room);
        let next = beaten["next_ms"].as_u64().expect("a number");
        assert!((8_000..=12_000).contains(&next), "{next}");
    }
    let who = world.get("/v2/me", &guest).await.ok(200);
    assert_eq!(who, json!({"uid": uid, "room": room, "role": "viewer"}));
    assert_eq!(world.rest("DELETE", &me, &guest, "").await.status, 204);
    let at_host = world.get(&path, &host).await.ok(200);
    assert_eq!(at_host["members"], 1);
}

#[actix_web::test]
async fn everything_else_is_for_users() {
    let world = World::with_guests().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let (uid, guest) = world.guest().await;
    let path = format!("/v2/rooms/{room}");
    let me = format!("{path}/members/me");
    world.rest("PUT", &me, &guest, "").await.ok(200);
    let password = r#"{"old":"a","new":"b"}"#;
    for (method, path, body) in [
        ("POST", "/v2/rooms".to_owned(), ""),
        ("POST", format!("{path}/live"), r#"{"title":"Mine"}"#),
        ("DELETE", path.clone(), ""),
        ("POST", format!("{path}/beat"), r#"{"role":"linked"}"#),
        ("POST", "/v2/me/password".to_owned(), password),
        ("POST", "/v2/logout".to_owned(), ""),
    ] {
        let refused = world.rest(method, &path, &guest, body).await;
        assert_eq!(
            refused.problem(),
            (403, "guests_may_not"),
            "{method} {path}"
        );
    }
    // Commands of 2016 know no guests, and a host of theirs brings none on mic.
    assert_eq!(world.beat(&guest, room, 0).await, 10009);
    let fields = json!({"roomnum": room, "uid": uid, "status": "on"});
    let granted = world.code("reportstatus", &host, fields).await;
    assert_eq!(granted, 10013);
    let members = world.get(&format!("{path}/members"), &host).await.ok(200);
    assert_eq!(members["items"][1]["role"], "viewer");
}

#[actix_web::test]
async fn ids_of_guests_can_not_be_registered_and_a_token_ends_after_a_day() {
    let world = World::with_guests().await;
    let (uid, guest) = world.guest().await;
    for id in [uid.as_str(), "guest-", "guest-anna"] {
        let account = json!({"id": id, "pwd": "password"});
        let old = world.post("account", "regist", account.clone()).await;
        assert_eq!(old.code, 10003, "{id}");
        let account = account.to_string();
        let new = world.rest("POST", "/v2/register", "", &account).await;
        assert_eq!(new.problem(), (422, "id_reserved"), "{id}");
    }
    world.newcomer("guest").await;
    // The key is kept: a token outlives the process.
    let world = world.reborn().await;
    world.get("/v2/me", &guest).await.ok(200);
    world.wait(86_400).await;
    let late = world.get("/v2/me", &guest).await;
    assert_eq!(late.problem(), (401, "token_too_old"));
    let mut forged = guest.into_bytes();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).expect("text");
    let refused = world.get("/v2/me", &forged).await;
    assert_eq!(refused.problem(), (401, "token_unknown"));
}

#[actix_web::test]
async fn a_guest_is_served_without_the_database() {
    let world = World::with_guests().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    for table in ["sessions", "accounts"] {
        world.execute(&format!("ALTER TABLE {table} RENAME TO {table}_away"));
    }
    let (_, guest) = world.guest().await;
    let me = format!("/v2/rooms/{room}/members/me");
    world.rest("PUT", &me, &guest, "").await.ok(200);
    let beat = format!("/v2/rooms/{room}/beat");
    let beaten = world.rest("POST", &beat, &guest, "").await.ok(200);
    assert_eq!(beaten["room"], room);
    let unknown = world.get("/v2/me", "z-unknown").await;
    assert_eq!(unknown.status, 500, "it is the database that is away");
}

#[actix_web::test]
async fn guests_are_limited_for_each_network_and_in_each_room() {
    let world = World::with(|settings| {
        settings.guests.enabled = true;
        settings.guests.per_minute = 4;
        settings.rooms.max_guests = 2;
    })
    .await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let mut guests = Vec::new();
    for _ in 0..4 {
        guests.push(world.guest().await.1);
    }
    let refused = world.rest("POST", "/v2/guest", "", "").await;
    assert_eq!(refused.problem(), (429, "too_many_requests"));
    assert_eq!(refused.headers.get("retry-after").expect("a header"), "15");
    let me = format!("/v2/rooms/{room}/members/me");
    let enter = async |token: &str| world.rest("PUT", &me, token, "").await;
    enter(&guests[0]).await.ok(200);
    enter(&guests[1]).await.ok(200);
    enter(&guests[0]).await.ok(200);
    assert_eq!(enter(&guests[2]).await.problem(), (409, "guests_full"));
    let user = world.newcomer("user").await;
    enter(&user).await.ok(200);
    let beat = format!("/v2/rooms/{room}/beat");
    let beaten = world.rest("POST", &beat, &guests[2], "").await.ok(200);
    assert_eq!(beaten["room"], Value::Null);
    world.rest("DELETE", &me, &guests[0], "").await;
    enter(&guests[2]).await.ok(200);
}

#[actix_web::test]
async fn there_are_no_guests_unless_the_operator_wants_them() {
    let world = World::new().await;
    let refused = world.rest("POST", "/v2/guest", "", "").await;
    assert_eq!(refused.problem(), (501, "not_set_up"));
}

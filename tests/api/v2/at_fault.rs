//! Requests that are wrong: each gets its status, its reason and the place of the wrong field, and changes
//! nothing.

use serde_json::json;

use crate::world::World;

#[actix_web::test]
async fn a_wrong_field_is_named_by_its_place_and_what_was_sent_is_not_repeated() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let live = format!("/v2/rooms/{room}/live");
    let beat = format!("/v2/rooms/{room}/beat");
    for (path, body, field) in [
        ("/v2/register", r#"{"pwd":"secret"}"#, "/id"),
        ("/v2/register", r#"{"id":"x","pwd":""}"#, "/pwd"),
        ("/v2/register", r#"{"id":"x","pwd":77001122}"#, "/pwd"),
        ("/v2/register", r#"{"id":" x","pwd":"secret"}"#, "/id"),
        (
            "/v2/register",
            r#"{"id":"x","pwd":"secret","a/b~":1}"#,
            "/a~1b~0",
        ),
        ("/v2/login", r#"{"id":"x","pwd":"p","appid":-1}"#, "/appid"),
        (&live, r#"{}"#, "/title"),
        (&live, r#"{"title":1}"#, "/title"),
        (&live, r#"{"title":"x","device":"fax"}"#, "/device"),
        (&live, r#"{"title":"x","likes":1}"#, "/likes"),
        (&beat, r#"{"role":"host"}"#, "/role"),
        (&beat, r#"{"likes":4294967296}"#, "/likes"),
        (&beat, r#"{"likes":1,"likes":2}"#, "/likes"),
    ] {
        let told = world.rest("POST", path, &host, body).await;
        assert_eq!(told.wrong_field(), field, "{path} {body}");
        let shown = told.body.to_string();
        assert!(
            !shown.contains("77001122") && !shown.contains("secret"),
            "{shown}"
        );
    }
    let too_long = json!({"title": "x".repeat(129)}).to_string();
    let told = world.rest("POST", &live, &host, &too_long).await;
    assert_eq!(told.wrong_field(), "/title");
    let room = world.get(&format!("/v2/rooms/{room}"), &host).await.ok(200);
    assert_eq!(
        [&room["title"], &room["likes"]],
        [&json!("Live"), &json!(0)]
    );
}

#[actix_web::test]
async fn a_wrong_query_is_named_too() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    for (query, field) in [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=x", "/limit"),
        ("app=x", "/app"),
        ("type=game", "/type"),
        ("cursor=AAAA", "/cursor"),
        ("page=2", "/page"),
        ("limit=1&limit=2", "/limit"),
    ] {
        let told = world.get(&format!("/v2/rooms?{query}"), &host).await;
        assert_eq!(told.wrong_field(), field, "{query}");
    }
}

#[actix_web::test]
async fn what_is_no_json_is_told_from_what_is_too_large() {
    let world = World::new().await;
    for body in ["{", "[1,", "{}x", "\u{1}", "{\"id\":\"x\"} {}"] {
        let told = world.rest("POST", "/v2/login", "", body).await;
        assert_eq!(told.problem(), (400, "not_json"), "{body}");
    }
    let told = world.rest("POST", "/v2/login", "", "[]").await;
    assert_eq!(told.wrong_field(), "");
    let deep = "[".repeat(200);
    let told = world.rest("POST", "/v2/login", "", &deep).await;
    assert_eq!(told.problem(), (400, "not_json"));
    let large = format!(r#"{{"id":"{}"}}"#, "x".repeat(70_000));
    let told = world.rest("POST", "/v2/login", "", &large).await;
    assert_eq!(told.problem(), (413, "body_not_taken"));
}

#[actix_web::test]
async fn a_request_without_a_good_token_is_told_to_log_in() {
    let world = World::new().await;
    for (token, reason) in [("", "token_missing"), ("zwrong", "token_unknown")] {
        let told = world.get("/v2/rooms", token).await;
        assert_eq!(told.problem(), (401, reason));
        assert_eq!(
            told.headers.get("www-authenticate").expect("a header"),
            "Bearer"
        );
    }
    let wrong = r#"{"id":"nobody","pwd":"secret"}"#;
    let told = world.rest("POST", "/v2/login", "", wrong).await;
    assert_eq!(told.problem(), (401, "user_unknown"));
    assert_eq!(told.body["code"], 10005, "the number of the old protocol");
}

#[actix_web::test]
async fn paths_and_methods_that_are_none_are_refused() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    for path in [
        "/v2",
        "/v2/",
        "/v2/nothing",
        "/v2/rooms/1/nothing",
        "/v2/?svc=live&cmd=heartbeat",
    ] {
        let told = world.get(path, &host).await;
        assert_eq!(told.problem(), (404, "no_such_path"), "{path}");
    }
    for path in [
        "/v2/rooms/0",
        "/v2/rooms/x",
        "/v2/rooms/99999999999",
        "/v2/rooms/+1",
    ] {
        let told = world.get(path, &host).await;
        assert_eq!(told.problem(), (404, "room_unknown"), "{path}");
    }
    for (method, path) in [
        ("PATCH", "/v2/rooms"),
        ("GET", "/v2/login"),
        ("POST", "/v2/me"),
    ] {
        let told = world.rest(method, path, &host, "").await;
        assert_eq!(told.problem(), (405, "wrong_method"), "{method} {path}");
    }
}

#[actix_web::test]
async fn pages_of_every_origin_may_ask_and_no_cookie_counts() {
    let world = World::new().await;
    let told = world.rest("OPTIONS", "/v2/rooms/1/live", "", "").await;
    assert_eq!(told.status, 204);
    let allowed = told.headers.get("access-control-allow-headers");
    let allowed = allowed.and_then(|value| value.to_str().ok()).expect("text");
    assert!(allowed.contains("Authorization"), "{allowed}");
    for told in [told, world.get("/v2/me", "").await] {
        let origin = told.headers.get("access-control-allow-origin");
        assert_eq!(origin.expect("a header"), "*");
        assert!(
            !told
                .headers
                .contains_key("access-control-allow-credentials")
        );
    }
}

#[actix_web::test]
async fn too_many_of_something_is_for_now() {
    let world = World::with(|settings| settings.rooms.creates_per_minute = 1).await;
    let host = world.newcomer("host").await;
    world.rest("POST", "/v2/rooms", &host, "").await.ok(201);
    let told = world.rest("POST", "/v2/rooms", &host, "").await;
    assert_eq!(told.problem(), (429, "too_many_requests"));
    assert!(told.headers.contains_key("retry-after"));
}

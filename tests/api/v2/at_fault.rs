//! Requests that are wrong: each gets its status, its reason and the place of the wrong field, and changes
//! nothing.

use actix_web::http::Method;
use md5::{Digest, Md5};
use serde_json::json;
use zaibo::settings::RequestSign;

use crate::world::{DAWN, World};

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
        (&live, r#"{"title":1}"#, "/title"),
        (&live, r#"{"title":"x","device":"fax"}"#, "/device"),
        (&live, r#"{"title":"x","likes":1}"#, "/likes"),
        (&beat, r#"{"role":"host"}"#, "/role"),
        (&beat, r#"{"likes":4294967296}"#, "/likes"),
        (&beat, r#"{"likes":-1}"#, "/likes"),
        (&beat, r#"{"likes":1.5}"#, "/likes"),
        (&beat, r#"{"likes":1,"likes":2}"#, "/likes"),
        (&beat, r#"{"role":{"viewer":null}}"#, "/role"),
        (
            "/v2/login",
            r#"{"id":"x","pwd":"p","appid":"x, expected 77001122"}"#,
            "/appid",
        ),
        ("/v2/login", r#"{"id":"x","pwd":"p","appid":0}"#, "/appid"),
    ] {
        let told = world.rest("POST", path, &host, body).await;
        assert_eq!(told.status, 422, "{path} {body}");
        assert_eq!(told.body["field"], field, "{path} {body}");
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
    let lone = r#"{"id":"x","pwd":"\ud800"}"#;
    for body in ["{", "[1,", "{}x", "\u{1}", "{\"id\":\"x\"} {}", lone] {
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
    for (method, path, allowed) in [
        ("PATCH", "/v2/rooms", "GET, POST, HEAD, OPTIONS"),
        ("GET", "/v2/login", "POST, OPTIONS"),
        ("POST", "/v2/me", "GET, HEAD, OPTIONS"),
    ] {
        let told = world.rest(method, path, &host, "").await;
        assert_eq!(told.problem(), (405, "wrong_method"), "{method} {path}");
        assert_eq!(told.headers.get("allow").expect("a header"), allowed);
    }
    assert_eq!(world.rest("HEAD", "/v2/me", &host, "").await.status, 200);
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
    let seconds = told.headers.get("retry-after").expect("a header");
    assert_eq!(seconds, "60", "the budget knows when");
    world.wait(59).await;
    let told = world.rest("POST", "/v2/rooms", &host, "").await;
    assert_eq!(told.headers.get("retry-after").expect("a header"), "1");
    world.wait(1).await;
    world.rest("POST", "/v2/rooms", &host, "").await.ok(201);
}

#[actix_web::test]
async fn the_token_is_judged_before_the_fields_and_the_path() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    for (path, body) in [
        ("/v2/rooms/1/beat", r#"{"x":1}"#),
        ("/v2/rooms/abc/live", "{"),
        ("/v2/rooms/1/live", "{}"),
    ] {
        for (token, reason) in [("", "token_missing"), ("zwrong", "token_unknown")] {
            let told = world.rest("POST", path, token, body).await;
            assert_eq!(told.problem(), (401, reason), "{path} {body}");
        }
    }
    let told = world.rest("POST", "/v2/rooms/abc/live", &host, "{").await;
    assert_eq!(told.problem(), (404, "room_unknown"));
}

#[actix_web::test]
async fn an_escaped_prefix_is_a_path_of_the_old_protocol() {
    let world = World::new().await;
    let account = r#"{"id":"anna","pwd":"secret"}"#;
    let path = "/%762/x?svc=account&cmd=regist";
    let answer = world.request(Method::POST, path, account).await;
    assert_eq!(answer.code, 0);
}

/// A path with the signature of that method.
fn signed(method: &str, path_and_query: &str) -> String {
    let at = if path_and_query.contains('?') {
        '&'
    } else {
        '?'
    };
    let asked = format!("{path_and_query}{at}timeStamp={DAWN}");
    let sign = Md5::digest(format!("{method} {asked}key"));
    let sign = base16ct::lower::encode_string(&sign);
    format!("{asked}&sign={sign}")
}

#[actix_web::test]
async fn where_signatures_are_required_the_method_is_signed_too() {
    let world = World::with(|settings| {
        settings.http.request_sign = RequestSign::Required;
        settings.http.request_sign_key = "key".to_owned().into();
    })
    .await;
    let account = r#"{"id":"anna","pwd":"secret"}"#;
    let told = world.rest("POST", "/v2/register", "", account).await;
    assert_eq!(told.problem(), (401, "sign_invalid"));
    for path in ["/v2/register", "/v2/login"] {
        let path = signed("POST", path);
        let told = world.rest("POST", &path, "", account).await;
        assert!(told.status < 300, "{}", told.body);
    }
    let told = world
        .rest("POST", &signed("POST", "/v2/login"), "", account)
        .await;
    let token = told.ok(200)["token"].as_str().expect("a token").to_owned();
    let listed = world.get(&signed("GET", "/v2/rooms?limit=3"), &token).await;
    assert_eq!(listed.ok(200)["total"], 0);
    let created = world
        .rest("POST", &signed("POST", "/v2/rooms"), &token, "")
        .await;
    let room = created.ok(201)["room"].as_i64().expect("a number");
    let path = format!("/v2/rooms/{room}");
    let for_reading = signed("GET", &path);
    world.get(&for_reading, &token).await.ok(200);
    world
        .get(&signed("GET", &format!("{path}/members")), &token)
        .await
        .ok(200);
    let told = world.rest("DELETE", &for_reading, &token, "").await;
    assert_eq!(told.problem(), (401, "sign_invalid"));
}

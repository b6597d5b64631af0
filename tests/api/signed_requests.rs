//! The document's `sign` and `timeStamp`, if the operator asks for them.

use actix_web::http::Method;
use md5::{Digest, Md5};
use serde_json::json;
use zaibo::secret::Secret;
use zaibo::settings::RequestSign;

use crate::world::World;

const KEY: &str = "shared with our own clients";

async fn world(mode: RequestSign) -> World {
    World::with(|settings| {
        settings.http.request_sign = mode;
        settings.http.request_sign_key = Secret::from(KEY.to_owned());
    })
    .await
}

fn sign(path_and_query: &str) -> String {
    let digest = Md5::digest(format!("{path_and_query}{KEY}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The path of a command, with the present time and a valid signature.
fn signed(world: &World, svc: &str, cmd: &str) -> String {
    let now = world.service.clock.unix().as_secs();
    let path = format!("/sxb/index.php?svc={svc}&cmd={cmd}&timeStamp={now}");
    format!("{path}&sign={}", sign(&path))
}

async fn code(world: &World, path: &str, body: &str) -> i64 {
    world.request(Method::POST, path, body).await.code
}

#[actix_web::test]
async fn off_is_the_default_and_then_nobody_looks_at_a_sign() {
    let world = World::new().await;
    let anna = world.join("anna").await;
    let body = json!({"token": anna, "roomnum": -1, "role": 0, "sign": "wrong", "timeStamp": 1});
    for query in ["", "&sign=wrong&timeStamp=1"] {
        let path = format!("/?svc=live&cmd=heartbeat{query}");
        assert_eq!(code(&world, &path, &body.to_string()).await, 0);
    }
}

#[actix_web::test]
async fn optional_takes_what_is_unsigned_and_refuses_what_is_signed_wrong() {
    let world = world(RequestSign::Optional).await;
    let anna = world.join("anna").await;
    let body = json!({"token": anna, "roomnum": -1, "role": 0}).to_string();
    let path = signed(&world, "live", "heartbeat");
    assert_eq!(world.beat(&anna, -1, 0).await, 0);
    assert_eq!(code(&world, &path, &body).await, 0);
    let answer = world
        .request(
            Method::POST,
            &path.replace("cmd=heartbeat", "cmd=create"),
            body,
        )
        .await;
    assert_eq!(
        (answer.code, &*answer.info),
        (10011, "Request sign error"),
        "a sign is for one command"
    );
}

#[actix_web::test]
async fn required_serves_nobody_without_a_sign() {
    let world = world(RequestSign::Required).await;
    let account = r#"{"id":"anna","pwd":"password"}"#;
    assert_eq!(world.send("account", "regist", account).await.code, 10011);
    for cmd in ["regist", "login"] {
        let path = signed(&world, "account", cmd);
        assert_eq!(code(&world, &path, account).await, 0);
    }
}

#[actix_web::test]
async fn a_request_that_is_sent_again_later_is_refused() {
    let world = world(RequestSign::Required).await;
    let path = signed(&world, "live", "heartbeat");
    // The signature is valid, the token is not.
    let body = r#"{"token":"x"}"#;
    assert_eq!(code(&world, &path, body).await, 10009);
    world.wait(300).await;
    assert_eq!(code(&world, &path, body).await, 10009);
    world.wait(1).await;
    assert_eq!(code(&world, &path, body).await, 10011);
}

#[actix_web::test]
async fn the_sign_comes_after_command_and_json_and_before_token_and_fields() {
    let world = world(RequestSign::Required).await;
    let heartbeat = "/?svc=live&cmd=heartbeat";
    assert_eq!(code(&world, "/?svc=live&cmd=start", "{").await, 10001);
    assert_eq!(code(&world, heartbeat, "{").await, 10002);
    assert_eq!(code(&world, heartbeat, "{}").await, 10011);
    assert_eq!(code(&world, heartbeat, r#"{"token":"x"}"#).await, 10011);
    let path = signed(&world, "live", "heartbeat");
    assert_eq!(code(&world, &path, "{}").await, 10003);
}

#[actix_web::test]
async fn a_sign_in_the_body_signs_the_path_and_query_too() {
    let world = world(RequestSign::Required).await;
    let path = "/sxb/index.php?svc=live&cmd=heartbeat";
    let now = world.service.clock.unix().as_secs();
    let body = |sign: String| json!({"token": "x", "sign": sign, "timeStamp": now}).to_string();
    assert_eq!(code(&world, path, &body(sign(path))).await, 10009);
    assert_eq!(code(&world, path, &body(sign("/"))).await, 10011);
    assert_eq!(
        code(&world, &format!("{path}&"), &body(sign(path))).await,
        10011
    );
}

#[actix_web::test]
async fn bytes_of_a_query_are_signed_as_they_were_sent() {
    let world = world(RequestSign::Required).await;
    let now = world.service.clock.unix().as_secs();
    for path in [
        format!("/a%20b/?svc=live&cmd=heart%62eat&x=%E7%94%A8+&timeStamp={now}"),
        format!("/?sig=1&svc=live&signs=2&cmd=heartbeat&&timeStamp={now}&"),
    ] {
        let signed = format!("{path}&sign={}", sign(&path));
        assert_eq!(
            code(&world, &signed, r#"{"token":"x"}"#).await,
            10009,
            "{path}"
        );
    }
}

#[actix_web::test]
async fn a_command_in_the_path_is_signed_as_it_is_sent() {
    let world = world(RequestSign::Required).await;
    let now = world.service.clock.unix().as_secs();
    let body = r#"{"id":"anna","pwd":"secret"}"#;
    assert_eq!(code(&world, "/v1/account/regist", body).await, 10011);
    let path = format!("/v1/account/regist?timeStamp={now}");
    let signed = format!("{path}&sign={}", sign(&path));
    let elsewhere = signed.replace("regist", "login");
    assert_eq!(code(&world, &elsewhere, body).await, 10011);
    assert_eq!(code(&world, &signed, body).await, 0);
}

//! Idempotency keys: what is repeated under its key is done once, and answered as the first time.

use std::pin::pin;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::{App, test};
use futures_util::FutureExt;
use serde_json::json;
use zaibo::http::configure;

use crate::world::World;

/// An answer as it came: its status, whether it was given before, and its body.
#[derive(Debug, PartialEq)]
struct Raw {
    status: u16,
    replayed: bool,
    body: String,
}

impl Raw {
    fn reason(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        body["reason"].as_str().unwrap_or_default().to_owned()
    }
}

impl World {
    /// Sends a request with an idempotency key.
    async fn keyed(&self, path: &str, token: &str, key: &str, body: &str) -> Raw {
        let site = test::init_service(App::new().configure(configure(self.site.clone()))).await;
        let mut request = test::TestRequest::with_uri(path)
            .method(Method::POST)
            .peer_addr(([192, 0, 2, 1], 4000).into())
            .insert_header(("Idempotency-Key", key))
            .set_payload(body.to_owned());
        if !token.is_empty() {
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        let response = test::call_service(&site, request.to_request()).await;
        let status = response.status().as_u16();
        let replayed = response.headers().get("idempotency-replayed").cloned();
        let body = test::read_body(response).await;
        Raw {
            status,
            replayed: replayed.is_some_and(|value| value == "true"),
            body: String::from_utf8(body.to_vec()).expect("text"),
        }
    }
}

#[actix_web::test]
async fn a_create_that_is_repeated_makes_one_room_and_gets_the_same_bytes() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    let first = world.keyed("/v2/rooms", &anna, "k1", "{}").await;
    assert_eq!((first.status, first.replayed), (201, false));
    let again = world.keyed("/v2/rooms", &anna, "k1", "{}").await;
    assert_eq!((again.status, again.replayed), (201, true));
    assert_eq!(first.body, again.body);
    assert_eq!(world.count("rooms"), 1);
    // Another token of the same user is the same sender; another user is not.
    let later = world.login("anna").await;
    let again = world.keyed("/v2/rooms", &later, "k1", "{}").await;
    assert_eq!(first.body, again.body);
    let otto = world.newcomer("otto").await;
    let other = world.keyed("/v2/rooms", &otto, "k1", "{}").await;
    assert_eq!((other.status, other.replayed), (201, false));
    assert_eq!(world.count("rooms"), 2);
    // Who is signed out gets nothing that was kept.
    let late = world.keyed("/v2/rooms", &anna, "k1", "{}").await;
    assert_eq!(
        (late.status, late.reason().as_str()),
        (401, "token_unknown")
    );
}

#[actix_web::test]
async fn a_create_that_is_cut_off_goes_on_and_its_repetition_makes_no_other_room() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    {
        let mut cut = pin!(world.keyed("/v2/rooms", &anna, "k1", "{}"));
        while world.count("rooms") == 0 {
            assert!(cut.as_mut().now_or_never().is_none(), "it is not done yet");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let again = world.keyed("/v2/rooms", &anna, "k1", "{}").await;
    assert_eq!((again.status, again.replayed), (201, true));
    assert_eq!(world.count("rooms"), 1);
    assert_eq!(world.count("lives"), 1);
}

#[actix_web::test]
async fn of_two_at_once_the_second_waits_for_the_first() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    let create = || world.keyed("/v2/rooms", &anna, "k1", "{}");
    let (one, other) = tokio::join!(create(), create());
    assert_ne!(one.replayed, other.replayed);
    assert_eq!(one.body, other.body);
    assert_eq!(world.count("rooms"), 1);
}

#[actix_web::test]
async fn a_key_is_for_one_request_and_has_a_form() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    let created = world.keyed("/v2/rooms", &anna, "k1", "{}").await;
    assert_eq!(created.status, 201);
    let room = world.count("rooms WHERE 1 = 1");
    assert_eq!(room, 1);
    let other = world.keyed("/v2/rooms", &anna, "k1", "").await;
    let mismatch = (422, "idempotency_mismatch".to_owned());
    assert_eq!((other.status, other.reason()), mismatch);
    let path = "/v2/rooms/10001/likes";
    let likes = world.keyed(path, &anna, "k1", r#"{"count":1}"#).await;
    assert_eq!((likes.status, likes.reason()), mismatch);
    for key in ["", "a b", &"x".repeat(65), "k\u{e4}"] {
        let wrong = world.keyed("/v2/rooms", &anna, key, "{}").await;
        assert_eq!(
            (wrong.status, wrong.reason().as_str()),
            (422, "field_invalid")
        );
        assert!(
            wrong.body.contains("/headers/idempotency-key"),
            "{}",
            wrong.body
        );
    }
    let longest = world.keyed("/v2/rooms", &anna, &"x".repeat(64), "{}").await;
    assert_eq!(longest.status, 201);
}

#[actix_web::test]
async fn a_refusal_is_kept_and_what_passes_by_itself_is_not() {
    let world = World::with(|settings| settings.rooms.creates_per_minute = 1).await;
    let anna = world.newcomer("anna").await;
    let live = "/v2/rooms/4711/live";
    let refused = world.keyed(live, &anna, "k1", r#"{"title":"x"}"#).await;
    assert_eq!((refused.status, refused.replayed), (403, false));
    let again = world.keyed(live, &anna, "k1", r#"{"title":"x"}"#).await;
    assert_eq!((again.status, again.replayed), (403, true));
    assert_eq!(refused.body, again.body);
    let create = async |key| world.keyed("/v2/rooms", &anna, key, "{}").await;
    assert_eq!(create("k2").await.status, 201);
    assert_eq!(create("k3").await.status, 429);
    assert_eq!(create("k2").await.status, 201, "it was done before");
    world.wait(60).await;
    let later = create("k3").await;
    assert_eq!((later.status, later.replayed), (201, false));
    world.wait(599).await;
    assert!(create("k3").await.replayed);
    world.wait(2).await;
    let late = create("k3").await;
    assert_eq!(
        (late.status, late.replayed),
        (201, false),
        "ten minutes are over"
    );
}

#[actix_web::test]
async fn no_answer_with_a_token_is_kept() {
    let world = World::with(|settings| settings.guests.enabled = true).await;
    let account = json!({"id": "anna", "pwd": "password"}).to_string();
    let register = async || world.keyed("/v2/register", "", "k1", &account).await;
    assert_eq!(register().await.status, 201);
    let again = register().await;
    assert_eq!((again.status, again.replayed), (201, true), "it was theirs");
    for path in ["/v2/login", "/v2/guest"] {
        let body = if path == "/v2/login" { &*account } else { "{}" };
        let one = world.keyed(path, "", "k1", body).await;
        let other = world.keyed(path, "", "k1", body).await;
        assert_eq!((one.status, other.status), (200, 200), "{path}");
        assert!(!other.replayed);
        assert_ne!(one.body, other.body, "{path}");
    }
}

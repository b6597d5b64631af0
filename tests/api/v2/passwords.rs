//! `POST /v2/me/password`: another password, and how often an old one may be guessed.

use serde_json::json;

use crate::world::World;

const PATH: &str = "/v2/me/password";

fn change(old: &str, new: &str) -> String {
    json!({"old": old, "new": new}).to_string()
}

#[actix_web::test]
async fn a_password_is_changed_with_the_old_one_and_the_token_stays() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    let body = change("password", "other");
    let changed = world.rest("POST", PATH, &anna, &body).await;
    assert_eq!(changed.status, 204);
    world.get("/v2/me", &anna).await.ok(200);
    let log_in = async |pwd: &str| {
        let account = json!({"id": "anna", "pwd": pwd}).to_string();
        world.rest("POST", "/v2/login", "", &account).await
    };
    assert_eq!(log_in("password").await.problem(), (401, "password_wrong"));
    log_in("other").await.ok(200);
    let body = change("other", "third");
    let late = world.rest("POST", PATH, &anna, &body).await;
    assert_eq!(late.problem(), (401, "token_unknown"));
}

#[actix_web::test]
async fn a_stolen_token_does_not_guess_the_password_and_a_new_one_has_its_limits() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    for long in ["", &"x".repeat(129)] {
        let body = change("password", long);
        let refused = world.rest("POST", PATH, &anna, &body).await;
        assert_eq!(refused.wrong_field(), "/new");
    }
    let wrong = change("guessed", "other");
    for _ in 0..5 {
        let guess = world.rest("POST", PATH, &anna, &wrong).await;
        assert_eq!(guess.problem(), (401, "password_wrong"));
        assert!(!guess.body.to_string().contains("guessed"));
    }
    let right = change("password", "other");
    let refused = world.rest("POST", PATH, &anna, &right).await;
    assert_eq!(refused.problem(), (429, "too_many_requests"));
    assert_eq!(refused.headers.get("retry-after").expect("a header"), "30");
    world.wait(30).await;
    assert_eq!(world.rest("POST", PATH, &anna, &right).await.status, 204);
}

//! What is told of a live while it goes on and after its end.

use serde_json::{Value, json};

use crate::world::World;

#[actix_web::test]
async fn a_live_is_told_while_it_goes_on_and_after_its_end() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let created = world.rest("POST", "/v2/rooms", &host, "").await.ok(201);
    let path = format!("/v2/rooms/{}", created["room"]);
    let summary = format!("/v2/lives/{}/summary", created["live"]);
    let anna = world.newcomer("anna").await;
    let early = world.get(&summary, &anna).await.ok(200);
    assert_eq!(
        [&early["started_at"], &early["ended_at"]],
        [&Value::Null; 2]
    );
    assert_eq!(early["duration_s"], 0);

    let live = format!("{path}/live");
    world
        .rest("POST", &live, &host, r#"{"title":"Live"}"#)
        .await;
    let me = format!("{path}/members/me");
    world.rest("PUT", &me, &anna, "").await.ok(200);
    let likes = format!("{path}/likes");
    world.rest("POST", &likes, &anna, r#"{"count":4}"#).await;
    world.rest("DELETE", &me, &anna, "").await;
    world.wait(20).await;
    let so_far = world.get(&summary, &anna).await.ok(200);
    let mut expected = json!({
        "room": created["room"], "live": created["live"], "host": "host", "title": "Live",
        "started_at": "2023-11-14T22:13:20.000Z", "ended_at": null, "reason": null,
        "peak": 2, "total": 2, "likes": 4, "duration_s": 20,
    });
    assert_eq!(so_far, expected);
    world.wait(5).await;
    let ended = world.rest("DELETE", &path, &host, "").await.ok(200);
    expected["ended_at"] = "2023-11-14T22:13:45.000Z".into();
    expected["reason"] = "exit".into();
    expected["duration_s"] = 25.into();
    assert_eq!(ended, expected);
    let again = world.rest("DELETE", &path, &host, "").await;
    assert_eq!(again.problem(), (404, "room_unknown"));
    let world = world.reborn().await;
    world.wait(60).await;
    assert_eq!(world.get(&summary, &anna).await.ok(200), expected);
    for never in ["0", "999", "x", "-1", "99999999999999999999"] {
        let told = world
            .get(&format!("/v2/lives/{never}/summary"), &anna)
            .await;
        assert_eq!(told.problem(), (404, "live_unknown"), "{never}");
    }
}

#[actix_web::test]
async fn a_live_that_ends_by_itself_is_told_as_ended_before_that_is_recorded() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let live = world.get(&format!("/v2/rooms/{room}"), &host).await.ok(200);
    world.wait(100).await;
    assert_eq!(world.count("lives WHERE ended_at IS NOT NULL"), 0);
    let summary = format!("/v2/lives/{}/summary", live["live"]);
    let before = world.get(&summary, &host).await.ok(200);
    assert_eq!(before["reason"], "host_timeout");
    world.kept_for(3).await;
    assert_eq!(world.count("lives WHERE ended_at IS NOT NULL"), 1);
    assert_eq!(world.get(&summary, &host).await.ok(200), before);
}

#[actix_web::test]
async fn an_administrator_ends_a_live_and_others_do_not() {
    let world = World::with(|settings| settings.accounts.admins = vec!["admin".to_owned()]).await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let path = format!("/v2/rooms/{room}");
    let anna = world.newcomer("anna").await;
    let refused = world.rest("DELETE", &path, &anna, "").await;
    assert_eq!(refused.problem(), (403, "not_your_room"));
    let admin = world.newcomer("admin").await;
    let ended = world.rest("DELETE", &path, &admin, "").await.ok(200);
    assert_eq!(ended["reason"], "dismissed");
    assert_eq!(
        world.get(&path, &host).await.problem(),
        (404, "room_unknown")
    );
}

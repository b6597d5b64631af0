//! Likes of both protocols: the host's count and what members send are shown as one.

use serde_json::json;

use crate::world::World;

#[actix_web::test]
async fn likes_of_members_add_to_the_count_of_the_host_and_all_see_the_sum() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let anna = world.newcomer("anna").await;
    let path = format!("/v2/rooms/{room}");
    let likes = format!("{path}/likes");
    let me = format!("{path}/members/me");
    world.rest("PUT", &me, &anna, "").await.ok(200);

    let before = world.get(&path, &host).await.ok(200);
    let sent = world.rest("POST", &likes, &anna, r#"{"count":3}"#).await;
    let sent = sent.ok(200);
    let seq = before["seq"].as_u64().expect("a number");
    let expected = json!({"likes": 3, "inc": before["inc"], "seq": seq + 1});
    assert_eq!(sent, expected);
    // The host's client counts for those who send none here; its last word replaces the one before.
    for (told, sum) in [(10, 13), (7, 10)] {
        let fields = json!({"roomnum": room, "role": 1, "thumbup": told});
        world.ok("heartbeat", &host, fields).await;
        let shown = world.get(&path, &anna).await.ok(200);
        assert_eq!(shown["likes"], sum);
    }
    let told = world.rest("PUT", &likes, &host, r#"{"likes":20}"#).await;
    assert_eq!(told.ok(200)["likes"], 23);
    let sent = world.rest("POST", &likes, &host, r#"{"count":100}"#).await;
    assert_eq!(sent.ok(200)["likes"], 123);
    assert_eq!(world.rooms(&anna).await[0]["info"]["thumbup"], 123);
    let listed = world.get("/v2/rooms", &anna).await.ok(200);
    assert_eq!(listed["items"][0]["likes"], 123);

    // Both counts are recorded, and go on after a restart.
    world.kept_for(61).await;
    assert_eq!(
        world.count("lives WHERE likes = 20 AND likes_sent = 103"),
        1
    );
    let world = world.reborn().await;
    world.rest("PUT", &me, &anna, "").await.ok(200);
    let sent = world.rest("POST", &likes, &anna, r#"{"count":1}"#).await;
    assert_eq!(sent.ok(200)["likes"], 124);
    world.rest("DELETE", &path, &host, "").await;
    let ended = "lives WHERE ended_at IS NOT NULL AND likes = 20 AND likes_sent = 104";
    assert_eq!(world.count(ended), 1);
}

#[actix_web::test]
async fn only_members_send_likes_and_only_the_host_reports_a_count() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let anna = world.newcomer("anna").await;
    let likes = format!("/v2/rooms/{room}/likes");
    let sent = world.rest("POST", &likes, &anna, r#"{"count":1}"#).await;
    assert_eq!(sent.problem(), (403, "not_member"));
    let told = world.rest("PUT", &likes, &anna, r#"{"likes":1}"#).await;
    assert_eq!(told.problem(), (403, "not_your_room"));
    for body in [
        "{}",
        r#"{"count":0}"#,
        r#"{"count":101}"#,
        r#"{"count":-1}"#,
    ] {
        let sent = world.rest("POST", &likes, &host, body).await;
        assert_eq!(sent.wrong_field(), "/count", "{body}");
    }
    let nowhere = "/v2/rooms/77/likes";
    let sent = world.rest("POST", nowhere, &host, r#"{"count":1}"#).await;
    assert_eq!(sent.problem(), (404, "room_unknown"));
    let shown = world.get(&format!("/v2/rooms/{room}"), &anna).await.ok(200);
    assert_eq!(shown["likes"], 0);
}

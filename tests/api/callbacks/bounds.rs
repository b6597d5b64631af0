//! The limits on recorded events of the cloud, in bytes per second and in bytes at once.

use serde_json::{Value, json};

use super::*;

/// Sends one event after another until one is refused. Returns the number of accepted ones.
async fn flood(world: &World, event: impl Fn(i64) -> Value) -> i64 {
    let mut kept = 0;
    while world.told("live", &event(kept)).await == 200 {
        kept += 1;
        assert!(kept < 200, "a flood without end");
    }
    assert!(kept >= 64, "a burst is taken: {kept}");
    kept
}

#[actix_web::test]
async fn events_without_effect_are_kept_so_far_and_not_further() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(60).await;
    // Large events, each with its own key: half of them are about an unknown stream, the others
    // have no meaning here.
    let large = "x".repeat(250_000);
    let event = |n: i64| {
        let mut event = push("nobody", &n.to_string(), true, 0);
        event["event_type"] = if n % 2 == 0 { 1 } else { 315 }.into();
        event["x"] = large.as_str().into();
        event
    };
    let kept = flood(&world, &event).await;
    let rows = inbox(&world).len();
    assert_eq!(i64::try_from(rows), Ok(kept), "what is refused is not kept");
    // A repetition is free, an event with an effect is accepted, and other senders have limits of
    // their own.
    assert_eq!(world.told("live", &event(0)).await, 200);
    let file = recorded(&stream(room, "host"), "f", 10, 50);
    assert_eq!(world.told("live", &file).await, 200);
    assert_eq!(files(&world, &host).await, ["f"]);
    let other = json!({"EventType": "PullComplete", "x": large});
    assert_eq!(world.told("vod", &other).await, 200);
    let counted = r#"zaibo_busy_total{queue="inbox"} 1"#;
    let metrics = world.service.metrics.render();
    assert!(metrics.contains(counted), "{metrics}");
}

#[actix_web::test]
async fn whoever_tells_of_a_room_that_there_is_fills_the_disk_no_faster_for_that() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let large = "x".repeat(250_000);
    let event = |n: i64| {
        let mut event = push("of_no_hash", &n.to_string(), true, 0);
        event["stream_param"] = format!("groupid={room}").into();
        event["x"] = large.as_str().into();
        event
    };
    let kept = flood(&world, &event).await;
    assert_eq!(i64::try_from(inbox(&world).len()), Ok(kept));
    // A repetition is free, other senders have limits of their own, and the limit recovers with
    // time.
    assert_eq!(world.told("live", &event(0)).await, 200);
    let other = json!({"EventType": "PullComplete", "x": large});
    assert_eq!(world.told("vod", &other).await, 200);
    world.wait(1).await;
    assert_eq!(world.told("live", &event(kept)).await, 200);
}

#[actix_web::test]
async fn what_an_earlier_build_kept_wrongly_is_healed() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(60).await;
    world
        .told("live", &recorded(&stream(room, "host"), "f", 10, 50))
        .await;
    let mut unplayable = recorded(&stream(room, "host"), "g", 10, 50);
    unplayable["video_url"] = "cos://b/g".into();
    world.told("live", &unplayable).await;
    let picture = |at: i64, name: &str| {
        json!({"event_type": 200, "stream_id": stream(room, "host"), "create_time": at, "pic_url": name,
            "pic_full_url": format!("http://shots{name}")})
    };
    world.told("live", &picture(DAWN + 5, "/false")).await;
    // The rows get the form in which the earlier build left them.
    let mut database = database(&world);
    for statement in [
        "UPDATE inbox SET state = 'done'".to_owned(),
        format!("UPDATE streams SET picture_at = {DAWN}000 WHERE picture_at IS NOT NULL"),
        format!("UPDATE recordings SET created_at = {DAWN}000"),
        format!("UPDATE file_reports SET ended_at = {DAWN}000 WHERE file_id = 'f'"),
    ] {
        diesel::sql_query(statement)
            .execute(&mut database)
            .expect("done");
    }
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/migrations/2026-11-26-000000_what_the_cloud_means"
    );
    for file in ["down.sql", "up.sql"] {
        let script = std::fs::read_to_string(format!("{folder}/{file}")).expect("a script");
        diesel::connection::SimpleConnection::batch_execute(&mut database, &script).expect("run");
    }
    drop(database);
    assert_eq!(
        inbox(&world),
        ["live 100 done", "live 100 unplayable", "live 200 done"]
    );
    let list = recordings(&world, &host).await;
    assert_eq!(list[0]["createTime"], DAWN + 60);
    world.told("live", &picture(DAWN + 60, "/true")).await;
    let cover = &world.rooms(&host).await[0]["info"]["cover"];
    assert_eq!(cover, "http://shots/true");
}

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
    let metrics = world.service.render_metrics();
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

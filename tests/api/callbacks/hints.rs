//! Hints of the cloud that a user came or left: they count only if they are newer than the user's
//! last sign of life.

use serde_json::json;

use super::*;

/// A world that also accepts events of TRTC.
async fn world() -> World {
    World::with(|settings| settings.callback.trtc_key = "k".to_owned().into()).await
}

async fn told_by_trtc(world: &World, event: &Value) {
    let request = trust::trtc_request("k", &event.to_string());
    assert_eq!(world.cloud(request).await.0, 200);
}

#[actix_web::test]
async fn an_exit_from_before_the_last_beat_shortens_nothing() {
    let world = world().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    for _ in 0..7 {
        world.wait(10).await;
        world.beat(&host, room, 1).await;
        world.beat(&anna, room, 0).await;
    }
    // Both users left a minute ago according to the cloud, and have beaten since then.
    told_by_trtc(&world, &trtc(104, room, "host", 10_000)).await;
    let exit = json!({"CallbackCommand": "Group.CallbackAfterMemberExit", "GroupId": room.to_string(),
        "ExitMemberList": [{"Member_Account": "anna"}], "EventTime": ((DAWN + 10) * 1000).to_string()});
    assert_eq!(world.told("im", &exit).await, 200);
    world.wait(30).await;
    assert_eq!(world.members(&host, room).await, ["host:1", "anna:0"]);
    world.wait(50).await;
    assert_eq!(world.numbers(&host).await, [room], "80 of 90 s");
    world.wait(12).await;
    assert_eq!(world.numbers(&host).await, [0; 0]);
}

#[actix_web::test]
async fn an_old_exit_does_not_count_even_if_the_return_was_told_before_anybody_entered() {
    let world = world().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.wait(30).await;
    told_by_trtc(&world, &trtc(103, room, "anna", 29_000)).await;
    world.enter(&anna, room).await;
    told_by_trtc(&world, &trtc(104, room, "anna", 5_000)).await;
    world.wait(30).await;
    assert_eq!(world.members(&host, room).await, ["host:1", "anna:0"]);
}

//! Events that name a room that does not exist yet.

use serde_json::json;
use zaibo::store::InboxView;

use super::*;

#[actix_web::test]
async fn what_names_no_room_is_kept_and_takes_effect_when_the_room_appears() {
    let world = World::new().await;
    let host = world.join("host").await;
    // The number that the next room will get.
    let room = world.create(&host).await + 1;
    let stream = stream(room, "host");
    world.wait(100).await;
    world
        .told("live", &recorded(&stream, "by_stream", 10, 50))
        .await;
    let mut by_group = recorded("custom", "by_group", 10, 60);
    by_group["stream_param"] = format!("groupid={room}").into();
    world.told("live", &by_group).await;
    world.told("live", &push(&stream, "p1", true, 90)).await;
    world.told("im", &destroyed(room, 50)).await;
    assert_eq!(files(&world, &host).await, [""; 0]);
    assert!(
        inbox(&world)
            .iter()
            .all(|event| event.ends_with("unmatched"))
    );
    assert_eq!(world.go_live(&host).await, room);
    assert_eq!(files(&world, &host).await, ["by_group", "by_stream"]);
    assert_eq!(shows(&world, &host, room).await, "on");
    let dismissed = "im Group.CallbackAfterGroupDestroyed kept";
    let of_stream = ["live 100 done", "live 100 done", "live 1 done"];
    assert_eq!(
        inbox(&world),
        [&of_stream[..], &[dismissed]].concat(),
        "it was dismissed before it was there"
    );
    assert_eq!(world.numbers(&host).await, [room]);
}

#[actix_web::test]
async fn an_event_of_a_room_that_never_comes_still_waits_after_a_restart() {
    let world = World::new().await;
    let host = world.join("host").await;
    world.told("live", &recorded("8888_x", "f", 10, 50)).await;
    world.go_live(&host).await;
    let world = world.reborn().await;
    assert_eq!(inbox(&world), ["live 100 unmatched"]);
    assert_eq!(files(&world, &host).await, [""; 0]);
}

#[actix_web::test]
async fn a_number_with_a_tail_is_no_room_but_the_stream_may_be() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(60).await;
    let with_tail = |stream: &str, file: &str| {
        let mut event = recorded(stream, file, 10, 50);
        event["stream_param"] = format!("groupid={room}abc").into();
        event
    };
    world.told("live", &with_tail("custom", "f1")).await;
    let upper_case = stream(room, "host").to_uppercase();
    world.told("live", &with_tail(&upper_case, "f2")).await;
    assert_eq!(files(&world, &host).await, ["f2"]);
    assert_eq!(inbox(&world), ["live 100 unmatched", "live 100 done"]);
}

#[actix_web::test]
async fn nobody_lists_a_recording_of_his_own_stream_in_somebody_elses_room() {
    let world = World::new().await;
    let (host, thief) = (world.join("host").await, world.join("thief").await);
    let victim = world.go_live(&host).await;
    let room = world.go_live(&thief).await;
    world.wait(60).await;
    let mut event = recorded(&stream(room, "thief"), "f", 10, 50);
    // A user who pushes a stream can choose everything after the question mark.
    event["stream_param"] = format!("groupid={victim}").into();
    world.told("live", &event).await;
    assert_eq!(recordings(&world, &host).await[0]["uid"], "thief");
}

/// Inserts a room of the host into the database by hand.
fn import(world: &World, room: i64) {
    let row =
        format!("INSERT INTO rooms (roomnum, host, created_at) VALUES ({room}, 'host', {DAWN})");
    world.execute(&row);
}

#[actix_web::test]
async fn an_imported_room_gets_what_was_kept_for_it() {
    let world = World::new().await;
    let host = world.join("host").await;
    world
        .told("live", &recorded(&stream(4711, "host"), "f", 10, 50))
        .await;
    import(&world, 4711);
    let now = world.service.clock.unix();
    assert_eq!(world.service.store.settle(now).await.expect("settled"), []);
    assert_eq!(recordings(&world, &host).await[0]["uid"], "host");
    assert_eq!(inbox(&world), ["live 100 done"]);
}

#[actix_web::test]
async fn an_imported_room_is_found_at_start_as_well() {
    let world = World::new().await;
    let host = world.join("host").await;
    world
        .told("live", &recorded(&stream(4711, "host"), "f", 10, 50))
        .await;
    import(&world, 4711);
    let world = world.reborn().await;
    assert_eq!(files(&world, &host).await, ["f"]);
}

#[actix_web::test]
async fn a_file_without_an_address_is_listed_once_somebody_says_where_it_is() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(60).await;
    let mut event = recorded(&stream(room, "host"), "f", 10, 50);
    event["video_url"] = Value::Null;
    world.told("live", &event).await;
    assert_eq!(files(&world, &host).await, [""; 0]);
    assert_eq!(inbox(&world), ["live 100 unplayable"]);
    let vod = json!({"version": "4.0", "eventType": "NewFileUpload", "data": {"fileId": "f", "fileUrl": "http://there",
        "sourceType": "Record"}});
    world.told("vod", &vod).await;
    assert_eq!(
        recordings(&world, &host).await[0]["playurl"],
        json!(["http://there"])
    );
    assert_eq!(inbox(&world), ["live 100 done", "vod NewFileUpload done"]);
}

#[actix_web::test]
async fn an_event_that_somebody_gives_to_an_open_room_shows_at_once() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world
        .told("live", &push("my_own_stream", "p1", true, 0))
        .await;
    world.told("live", &json!({"event_type": 315})).await;
    assert_eq!(shows(&world, &host, room).await, Value::Null);
    let mut view = InboxView::open(&world.opening().url).expect("the inbox");
    assert!(view.make_due(1, RoomNum::new(room)).expect("asked for"));
    let now = world.service.clock.unix();
    for update in world.service.store.settle(now).await.expect("settled") {
        world.service.rooms.tell(update).await.expect("told");
    }
    assert_eq!(shows(&world, &host, room).await, "on");
    assert_eq!(inbox(&world), ["live 1 done", "live 315 kept"]);
    // From now on the stream is known to belong to the room.
    world
        .told("live", &push("my_own_stream", "p1", false, 10))
        .await;
    world.wait(75).await;
    assert_eq!(shows(&world, &host, room).await, "off");
}

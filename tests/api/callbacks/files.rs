//! Recorded files: the best of all reports counts, in any order and from any sender.

use serde_json::json;

use super::*;

/// A host who went live twice in one room: `first` from second 0 to 100, `second` since second 110.
async fn two_lives() -> (World, String, i64) {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await;
    let titled = |title: &str| {
        json!({"room": {"title": title, "type": "live", "roomnum": room, "groupid": room.to_string(),
            "cover": "", "appid": 0, "device": 0, "videotype": 0}})
    };
    world.ok("reportroom", &host, titled("first")).await;
    world.wait(50).await;
    world.beat(&host, room, 1).await;
    world.wait(50).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    world.wait(10).await;
    world.ok("reportroom", &host, titled("second")).await;
    world.wait(60).await;
    world.beat(&host, room, 1).await;
    (world, host, room)
}

#[actix_web::test]
async fn a_recording_that_only_video_on_demand_tells_of_is_of_the_live_that_it_names() {
    let (world, host, room) = two_lives().await;
    // The file lasts from second 10 to 70. It is reported when the second live has been running for
    // a while.
    let uploaded = json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f",
        "MetaData": {"Size": 4711, "Duration": 60.4}, "MediaBasicInfo": {"MediaUrl": "//vod/f.mp4",
        "CreateTime": "2023-11-14T22:16:05Z", "SourceInfo": {"SourceType": "Record", "LiveRecordInfo": {
        "StreamId": stream(room, "host"), "RecordStartTime": "2023-11-14T22:13:30Z",
        "RecordEndTime": "2023-11-14T22:14:30Z"}}}}});
    assert_eq!(world.told("vod", &uploaded).await, 200);
    let list = recordings(&world, &host).await;
    assert_eq!(
        (
            &list[0]["title"],
            &list[0]["duration"],
            &list[0]["fileSize"]
        ),
        (&json!("first"), &json!(60), &json!(4711))
    );
    assert_eq!(list[0]["createTime"], DAWN + 70);
    assert_eq!(list[0]["playurl"], json!(["https://vod/f.mp4"]));
}

#[actix_web::test]
async fn without_any_time_a_file_is_as_old_as_its_length_when_it_is_told_of() {
    let (world, host, room) = two_lives().await;
    // The file is reported at second 170 and is 160 seconds long. So it began at second 10, and its
    // middle is in the first live.
    let told = json!({"version": "4.0", "eventType": "NewFileUpload", "data": {"fileId": "f", "fileUrl": "http://v/f",
        "sourceType": "Record", "metaData": {"duration": 160, "size": 9},
        "sourceContext": format!("rtmp://8888.livepush.myqcloud.com/live/x?groupid={room}")}});
    assert_eq!(world.told("vod", &told).await, 200);
    let list = recordings(&world, &host).await;
    assert_eq!(
        (
            &list[0]["title"],
            &list[0]["duration"],
            &list[0]["createTime"]
        ),
        (&json!("first"), &json!(160), &json!(DAWN + 170))
    );
}

#[actix_web::test]
async fn an_address_that_nobody_can_play_is_found_in_the_inbox_until_a_better_one_is_told() {
    for bad in ["cos://bucket/f.mp4", "", "/f.mp4"] {
        let world = World::new().await;
        let host = world.join("host").await;
        let room = world.go_live(&host).await;
        world.wait(60).await;
        let mut event = recorded(&stream(room, "host"), "f", 10, 50);
        event["video_url"] = bad.into();
        for _ in 0..2 {
            assert_eq!(world.told("live", &event).await, 200);
            assert_eq!(files(&world, &host).await, [""; 0]);
            assert_eq!(inbox(&world), ["live 100 unplayable"], "{bad}");
        }
        // The same sender reports the same file again, first with a better address, then with worse
        // ones.
        for url in ["http://vod/录 f.mp4 ", bad, "http://other"] {
            event["video_url"] = url.into();
            assert_eq!(world.told("live", &event).await, 200);
            let list = recordings(&world, &host).await;
            assert_eq!(list[0]["playurl"], json!(["http://vod/%E5%BD%95%20f.mp4"]));
            assert_eq!(inbox(&world), ["live 100 done"]);
        }
    }
}

#[actix_web::test]
async fn a_better_report_of_a_file_counts_before_its_room_is_there_too() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await + 1;
    let mut event = recorded(&stream(room, "host"), "f", 10, 50);
    event["video_url"] = Value::Null;
    world.told("live", &event).await;
    event["video_url"] = "http://v/f".into();
    world.told("live", &event).await;
    assert_eq!(inbox(&world), ["live 100 unmatched"]);
    world.go_live(&host).await;
    assert_eq!(inbox(&world), ["live 100 done"]);
    assert_eq!(files(&world, &host).await, ["f"]);
}

#[actix_web::test]
async fn a_recording_that_chat_tells_of_is_listed() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(100).await;
    let event = json!({"CallbackCommand": "Live.CallbackAfterCloudRecordingChanged", "EventGroupId": 3,
        "EventType": 311, "CallbackTs": DAWN * 1000, "EventInfo": {"RoomId": room.to_string(),
        "EventTs": (DAWN + 95).to_string(), "TaskId": "t", "Payload": {"Status": 0,
        "TencentVod": {"UserId": "host", "FileId": "f", "VideoUrl": "http://v/f.mp4"}}}});
    assert_eq!(world.told("im", &event).await, 200);
    assert_eq!(files(&world, &host).await, ["f"]);
}

#[actix_web::test]
async fn one_byte_that_is_not_utf8_does_not_lose_an_event() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(60).await;
    let mut event = recorded(&stream(room, "host"), "f", 10, 50);
    event["stream_param"] = "name=GBK".into();
    let text = event.to_string();
    let (before, after) = text.split_once("GBK").expect("the name");
    let body = [before.as_bytes(), b"\xc4\xe3\xff", after.as_bytes()].concat();
    let request = actix_web::test::TestRequest::post()
        .uri("/callback/live")
        .peer_addr(([127, 0, 0, 1], 4000).into())
        .set_payload(body);
    assert_eq!(world.cloud(request).await.0, 200);
    assert_eq!(files(&world, &host).await, ["f"]);
}

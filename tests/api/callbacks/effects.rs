//! The effect of each event, and that a repetition changes nothing.

use serde_json::json;

use super::*;

#[actix_web::test]
async fn a_recording_is_listed_once_with_what_its_live_was_called() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(100).await;
    let event = recorded(&stream(room, "host"), "file1", 10, 90);
    for _ in 0..3 {
        assert_eq!(world.told("live", &event).await, 200);
    }
    let expected = json!({
        "uid": "host", "name": "My live", "title": "My live", "cover": "", "videoId": "file1", "playid": "file1",
        "playurl": ["http://vod/file1.mp4"], "createTime": DAWN + 90, "fileSize": 1000, "duration": 80,
    });
    assert_eq!(recordings(&world, &host).await, [expected]);
    assert_eq!(inbox(&world), ["live 100 done"]);
}

#[actix_web::test]
async fn a_file_that_two_senders_tell_of_is_one_recording() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(100).await;
    world
        .told("live", &recorded(&stream(room, "host"), "file1", 10, 90))
        .await;
    let vod = json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "file1", "MediaBasicInfo": {
        "MediaUrl": "http://other", "CoverUrl": "http://cover", "SourceInfo": {"SourceType": "Record"}}}});
    assert_eq!(world.told("vod", &vod).await, 200);
    let list = recordings(&world, &host).await;
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["playurl"], json!(["http://vod/file1.mp4"]));
    assert_eq!(list[0]["cover"], "http://cover");
    assert_eq!(inbox(&world), ["live 100 done", "vod NewFileUpload done"]);
}

#[actix_web::test]
async fn each_format_and_piece_of_a_live_is_a_recording_of_its_own() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(100).await;
    let stream = stream(room, "host");
    for (file, from, to) in [("flv", 10, 50), ("mp4", 10, 50), ("next", 50, 90)] {
        world.told("live", &recorded(&stream, file, from, to)).await;
    }
    assert_eq!(files(&world, &host).await, ["next", "mp4", "flv"]);
}

#[actix_web::test]
async fn a_late_recording_gets_the_title_of_the_live_that_it_is_of() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await;
    let titled = |title: &str, cover: &str| {
        json!({"room": {"title": title, "type": "live", "roomnum": room, "groupid": room.to_string(),
            "cover": cover, "appid": 0, "device": 0, "videotype": 0}})
    };
    world
        .ok("reportroom", &host, titled("first", "http://1"))
        .await;
    world.wait(50).await;
    world.beat(&host, room, 1).await;
    world.wait(50).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    world.wait(100).await;
    world
        .ok("reportroom", &host, titled("second", "http://2"))
        .await;
    world.wait(60).await;
    let stream = stream(room, "host");
    // Files end some seconds after their live, and begin some seconds before it is reported.
    world.told("live", &recorded(&stream, "b", 195, 255)).await;
    world.told("live", &recorded(&stream, "a", 2, 105)).await;
    let list = recordings(&world, &host).await;
    let told: Vec<_> = list
        .iter()
        .map(|video| (&video["videoId"], &video["title"], &video["cover"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("b"), &json!("second"), &json!("http://2")),
            (&json!("a"), &json!("first"), &json!("http://1"))
        ]
    );
}

#[actix_web::test]
async fn a_recording_takes_the_latest_announcement_made_before_its_end() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let announce = |name: &str, kind: i64| json!({"roomnum": room, "uid": "host", "name": name, "type": kind, "cover": "http://c"});
    world.wait(10).await;
    world.ok("reportrecord", &host, announce("early", 0)).await;
    world.wait(10).await;
    world.ok("reportrecord", &host, announce("latest", 1)).await;
    world.wait(60).await;
    world
        .ok("reportrecord", &host, announce("too late", 0))
        .await;
    let event = recorded(&stream(room, "host"), "file1", 5, 60);
    assert_eq!(world.told("live", &event).await, 200);
    assert_eq!(recordings(&world, &host).await.len(), 0, "it is of type 1");
    let of_type_one = json!({"type": 1, "index": 0, "size": 10});
    let list = world.ok("recordlist", &host, of_type_one.clone()).await;
    let video = &list["videos"][0];
    assert_eq!(
        (&video["name"], &video["title"], &video["cover"]),
        (&json!("latest"), &json!("My live"), &json!("http://c"))
    );
    // A second announcement of the same name replaces the first one.
    let of_type_two = json!({"type": 2, "index": 0, "size": 10});
    world.ok("reportrecord", &host, announce("latest", 2)).await;
    let list = world.ok("recordlist", &host, of_type_one).await;
    assert_eq!(list["total"], 0);
    let list = world.ok("recordlist", &host, of_type_two).await;
    assert_eq!(list["total"], 1);
}

#[actix_web::test]
async fn a_deleted_file_is_not_listed_any_more_and_never_again() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(100).await;
    let event = recorded(&stream(room, "host"), "file1", 10, 90);
    world.told("live", &event).await;
    let deleted =
        json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["file1", "file2"]}});
    assert_eq!(world.told("vod", &deleted).await, 200);
    assert_eq!(files(&world, &host).await, [""; 0]);
    world.told("live", &event).await;
    world
        .told("live", &recorded(&stream(room, "host"), "file2", 10, 90))
        .await;
    assert_eq!(files(&world, &host).await, [""; 0]);
}

#[actix_web::test]
async fn a_recording_of_trtc_is_matched_by_its_room() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(100).await;
    let event = json!({"EventGroupId": 3, "EventType": 311, "CallbackTs": DAWN * 1000, "EventInfo": {
        "RoomId": room.to_string(), "EventTs": (DAWN + 95).to_string(), "UserId": "robot", "TaskId": "t",
        "Payload": {"Status": 0, "TencentVod": {"UserId": "host", "MediaId": "main", "FileId": "f", "VideoUrl": "http://v/f.mp4"}}}});
    let body = event.to_string();
    let world = World::with(|settings| settings.callback.trtc_key = "k".to_owned().into()).await;
    let host = world.join("host").await;
    world.go_live(&host).await;
    let request = trust::trtc_request("k", &body);
    assert_eq!(world.cloud(request).await.0, 200);
    assert_eq!(files(&world, &host).await, ["f"]);
}

#[actix_web::test]
async fn a_stop_shows_after_the_grace_and_never_ends_the_live() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    let stream = stream(room, "host");
    assert_eq!(shows(&world, &anna, room).await, Value::Null);
    world.told("live", &push(&stream, "p1", true, 0)).await;
    assert_eq!(shows(&world, &anna, room).await, "on");
    world.wait(30).await;
    world.told("live", &push(&stream, "p1", false, 30)).await;
    assert_eq!(shows(&world, &anna, room).await, "on");
    for _ in 0..3 {
        world.wait(20).await;
        world.beat(&host, room, 1).await;
    }
    assert_eq!(shows(&world, &anna, room).await, "off");
    assert_eq!(world.numbers(&anna).await, [room]);
    world.told("live", &push(&stream, "p2", true, 90)).await;
    assert_eq!(shows(&world, &anna, room).await, "on");
}

#[actix_web::test]
async fn a_late_stop_of_an_earlier_push_darkens_nothing() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let stream = stream(room, "host");
    world.told("live", &push(&stream, "p1", true, 0)).await;
    world.told("live", &push(&stream, "p2", true, 20)).await;
    world.told("live", &push(&stream, "p1", false, 25)).await;
    world.wait(89).await;
    assert_eq!(shows(&world, &host, room).await, "on");
}

#[actix_web::test]
async fn a_stream_is_on_while_the_main_or_the_backup_push_runs() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let stream = stream(room, "host");
    world.wait(1).await;
    world.told("live", &push(&stream, "main", true, 0)).await;
    world.told("live", &push(&stream, "backup", true, 1)).await;
    world.told("live", &push(&stream, "backup", false, 1)).await;
    world.wait(80).await;
    assert_eq!(shows(&world, &host, room).await, "on");
    world.told("live", &push(&stream, "main", false, 10)).await;
    assert_eq!(shows(&world, &host, room).await, "off");
}

#[actix_web::test]
async fn a_stop_that_was_never_told_is_over_with_the_live() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let stream = stream(room, "host");
    world.wait(5).await;
    world.told("live", &push(&stream, "lost", true, 1)).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    world.wait(70).await;
    assert_eq!(world.report(&host, room).await, 0);
    assert_eq!(shows(&world, &host, room).await, "off");
    world.told("live", &push(&stream, "next", true, 75)).await;
    assert_eq!(shows(&world, &host, room).await, "on");
}

#[actix_web::test]
async fn streams_of_trtc_apps_are_matched_to_room_and_host_without_a_group() {
    let world = World::new().await;
    let host = world.join("ho_st 用户").await;
    let room = world.go_live(&host).await;
    let stream = |user: &str| format!("1400000000_{room}_{user}_main");
    let (of_host, of_guest) = (stream("ho_st%20%E7%94%A8%E6%88%B7"), stream("guest"));
    world.told("live", &push(&of_host, "h", true, 0)).await;
    world.told("live", &push(&of_guest, "g", true, 0)).await;
    world.told("live", &push(&of_guest, "g", false, 1)).await;
    world.wait(60).await;
    world.told("live", &recorded(&of_host, "f", 0, 50)).await;
    world.wait(20).await;
    assert_eq!(shows(&world, &host, room).await, "on");
    assert_eq!(recordings(&world, &host).await[0]["uid"], "ho_st 用户");
    assert!(inbox(&world).iter().all(|event| event.ends_with("done")));
    world.told("live", &push(&of_host, "h", false, 15)).await;
    assert_eq!(shows(&world, &host, room).await, "off");
}

#[actix_web::test]
async fn a_guest_who_stops_sending_darkens_nothing() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world
        .told("live", &push(&stream(room, "host"), "p1", true, 0))
        .await;
    let mut guest = push(&stream(room, "guest"), "g1", false, 1);
    guest["stream_param"] = format!("groupid={room}&userid=Z3Vlc3Q=").into();
    assert_eq!(world.told("live", &guest).await, 200);
    // Two more pushes use stream names of their own. Their `userid` is plain text or base64 without
    // padding.
    for (stream, userid) in [("custom1", "guest"), ("custom2", "Z3Vlc3Q")] {
        let mut picture = json!({"event_type": 200, "stream_id": stream, "create_time": DAWN, "pic_url": "/a",
            "pic_full_url": "http://shots/guest.jpg"});
        picture["stream_param"] = format!("groupid={room}&userid={userid}").into();
        assert_eq!(world.told("live", &picture).await, 200);
    }
    world.wait(89).await;
    assert_eq!(shows(&world, &host, room).await, "on");
    assert_eq!(world.rooms(&host).await[0]["info"]["cover"], "");
    assert_eq!(
        inbox(&world),
        [
            "live 1 done",
            "live 0 done",
            "live 200 done",
            "live 200 done"
        ]
    );
}

#[actix_web::test]
async fn what_a_stream_shows_survives_a_restart_and_a_revival() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let stream = stream(room, "host");
    world.told("live", &push(&stream, "p1", true, 0)).await;
    let picture = json!({"event_type": 200, "stream_id": stream, "create_time": DAWN + 5, "pic_url": "/a",
        "pic_full_url": "http://shots/a.jpg"});
    world.told("live", &picture).await;
    let world = world.reborn().await;
    assert_eq!(shows(&world, &host, room).await, "on");
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    world.told("live", &push(&stream, "p1", false, 10)).await;
    world.wait(80).await;
    assert_eq!(world.report(&host, room).await, 0);
    assert_eq!(shows(&world, &host, room).await, "off");
    assert_eq!(
        world.rooms(&host).await[0]["info"]["cover"],
        "http://shots/a.jpg"
    );
}

#[actix_web::test]
async fn the_latest_picture_stands_in_for_a_cover_that_the_host_did_not_give() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let picture = |at: i64, name: &str| {
        json!({"event_type": 200, "stream_id": stream(room, "host"), "create_time": DAWN + at, "pic_url": name,
            "pic_full_url": format!("http://shots{name}")})
    };
    world.told("live", &picture(20, "/new")).await;
    world.told("live", &picture(10, "/old")).await;
    let cover = |rooms: Vec<Value>| rooms[0]["info"]["cover"].clone();
    assert_eq!(cover(world.rooms(&host).await), "http://shots/new");
    let mut report = crate::world::room_report(room);
    report["room"]["cover"] = "http://own".into();
    world.ok("reportroom", &host, report).await;
    assert_eq!(cover(world.rooms(&host).await), "http://own");
}

#[actix_web::test]
async fn a_picture_dated_far_ahead_does_not_pin_the_cover() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let picture = |at: i64, name: &str| {
        json!({"event_type": 200, "stream_id": stream(room, "host"), "create_time": at, "pic_url": name,
            "pic_full_url": format!("http://shots{name}")})
    };
    world.told("live", &picture(DAWN * 1000, "/false")).await;
    for _ in 0..31 {
        world.wait(10).await;
        world.beat(&host, room, 1).await;
    }
    world.told("live", &picture(DAWN + 309, "/true")).await;
    assert_eq!(
        world.rooms(&host).await[0]["info"]["cover"],
        "http://shots/true"
    );
}

#[actix_web::test]
async fn whom_the_cloud_saw_go_is_gone_sooner_unless_he_beats() {
    let world = World::new().await;
    let [host, anna, otto] = [
        world.join("host").await,
        world.join("anna").await,
        world.join("otto").await,
    ];
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    world.enter(&otto, room).await;
    let offline = json!({"CallbackCommand": "Group.CallbackOnMemberStateChange", "GroupId": room.to_string(),
        "EventType": "Offline", "EventCause": "HeartbeatInterrupt", "EventTime": (DAWN * 1000 + 1).to_string(),
        "MemberList": [{"Member_Account": "anna"}, {"Member_Account": "otto"}]});
    world.wait(1).await;
    assert_eq!(world.told("im", &offline).await, 200);
    world.wait(5).await;
    world.beat(&otto, room, 0).await;
    world.wait(11).await;
    assert_eq!(world.members(&host, room).await, ["host:1", "otto:0"]);
    // A hint is not final: anna's next beat brings her back.
    world.beat(&anna, room, 0).await;
    assert_eq!(
        world.members(&host, room).await,
        ["host:1", "otto:0", "anna:0"]
    );
}

#[actix_web::test]
async fn events_that_mean_nothing_here_are_kept_as_they_came() {
    let world = World::new().await;
    for number in [315, 317, 321, 332, 4711] {
        let event =
            json!({"event_type": number, "stream_id": "s", "anything": [1, {"deep": true}]});
        assert_eq!(world.told("live", &event).await, 200);
        assert_eq!(world.told("live", &event).await, 200);
    }
    assert_eq!(
        inbox(&world),
        [315, 317, 321, 332, 4711].map(|number| format!("live {number} kept"))
    );
}

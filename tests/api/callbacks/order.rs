//! The same events in any order, with any repetitions and delays, lead to the same final state.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// All events that the cloud sends about two lives of one host in one room.
fn corpus(room: i64) -> Vec<(&'static str, Value)> {
    let (camera, guest) = (stream(room, "host"), stream(room, "anna"));
    let with_group = |mut event: Value| {
        event["stream_param"] = format!("groupid={room}").into();
        event
    };
    let picture = |at: i64| {
        json!({"event_type": 200, "stream_id": camera, "create_time": DAWN + at, "pic_url": format!("/{at}"),
            "pic_full_url": format!("http://shots/{at}.jpg")})
    };
    let uploaded = |file: &str, source: Value| {
        json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": file, "MediaBasicInfo": {
            "CreateTime": "2023-11-14T22:14:50Z", "MediaUrl": format!("http://other/{file}.mp4"),
            "CoverUrl": format!("http://cover/{file}.jpg"), "SourceInfo": source}}})
    };
    let member = |command: &str, list: &str, at: i64| {
        json!({"CallbackCommand": command, "GroupId": room.to_string(), list: [{"Member_Account": "anna"}],
            "EventTime": ((DAWN + at) * 1000).to_string()})
    };
    let unplayable = |mut event: Value| {
        event["video_url"] = "cos://bucket/f7.mp4".into();
        event
    };
    let screen = format!("1400000000_{room}_host_aux");
    vec![
        ("live", push(&screen, "s1", true, 31)),
        ("live", push(&screen, "s1", false, 40)),
        // Two reports of the same file by the same sender.
        ("live", unplayable(recorded(&camera, "f7", 13, 54))),
        ("live", recorded(&camera, "f7", 13, 54)),
        ("live", unplayable(recorded(&camera, "f8", 13, 54))),
        ("live", push(&camera, "p1", true, 11)),
        ("live", push(&camera, "p1", false, 30)),
        ("live", push(&camera, "p2", true, 29)),
        ("live", push(&camera, "p2", false, 60)),
        ("live", push(&camera, "p3", true, 58)),
        ("live", with_group(push(&guest, "g1", true, 20))),
        ("live", with_group(push(&guest, "g1", false, 70))),
        ("live", picture(15)),
        ("live", picture(45)),
        ("live", recorded(&camera, "f1", 12, 55)),
        ("live", recorded(&camera.to_uppercase(), "f2", 12, 55)),
        ("live", with_group(recorded("custom", "f3", 14, 50))),
        ("vod", uploaded("f1", json!({"SourceType": "Record"}))),
        (
            "vod",
            uploaded(
                "f4",
                json!({"SourceType": "Record", "SourceContext": format!("groupid={room}")}),
            ),
        ),
        ("vod", uploaded("f5", json!({"SourceType": "Upload"}))),
        (
            "vod",
            json!({"version": "4.0", "eventType": "FileDeleted", "data": {"status": 0, "fileInfo": [{"fileId": "f2"}]}}),
        ),
        (
            "im",
            member("Group.CallbackAfterNewMemberJoin", "NewMemberList", 20),
        ),
        (
            "im",
            member("Group.CallbackAfterMemberExit", "ExitMemberList", 25),
        ),
        // This is about the first live, which its host has already left.
        ("im", destroyed(room, 101)),
        (
            "live",
            json!({"event_type": 332, "session_id": "s", "record_event": "record_ended", "seq": 1}),
        ),
        (
            "live",
            json!({"event_type": 4711, "stream_id": camera, "x": 1}),
        ),
        ("live", recorded("8888_nobody", "f6", 10, 20)),
    ]
}

/// Two lives of the host. The first `early` events are sent before the room exists, the others
/// after the first live, in this order and with these repetitions. Returns the final state that
/// clients see.
async fn tell(order: &[usize], early: usize) -> Value {
    let world = World::new().await;
    let host = world.join("host").await;
    let anna = world.join("anna").await;
    let events = corpus(10001);
    let (before, after) = order.split_at(early.min(order.len()));
    for at in before {
        assert_eq!(world.told(events[*at].0, &events[*at].1).await, 200);
    }
    world.wait(10).await;
    let room = world.go_live(&host).await;
    assert_eq!(room, 10001);
    world.enter(&anna, room).await;
    world.wait(90).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    world.wait(10).await;
    assert_eq!(world.report(&host, room).await, 0);
    world.enter(&anna, room).await;
    for at in after {
        assert_eq!(world.told(events[*at].0, &events[*at].1).await, 200);
    }
    world.beat(&anna, room, 0).await;
    let mut inbox = inbox(&world);
    inbox.sort();
    json!({
        "recordings": recordings(&world, &anna).await,
        "rooms": world.rooms(&anna).await,
        "stream": world.ok("getroomplayurl", &anna, json!({"roomnum": room})).await,
        "members": world.members(&anna, room).await,
        "inbox": inbox,
    })
}

#[test]
fn shuffled_repeated_and_delayed_events_give_the_same_final_state() {
    let in_system = |order: &[usize], early: usize| {
        let runner = actix_web::rt::System::with_tokio_rt(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
        });
        runner.block_on(tell(order, early))
    };
    let count = corpus(10001).len();
    let expected = in_system(&(0..count).collect::<Vec<_>>(), 0);
    let recordings = expected["recordings"].as_array().expect("a list");
    assert_eq!(
        recordings.len(),
        4,
        "f2 was deleted, f5 is no recording, f6 has no room, f8 no address"
    );
    assert_eq!(expected["stream"]["stream"], "on");
    assert_eq!(expected["rooms"][0]["info"]["cover"], "http://shots/45.jpg");
    let events = expected["inbox"].as_array().expect("a list");
    assert_eq!(events.len(), count - 1, "f7 was told of twice");
    // Every event occurs once, some of them again, in any order.
    let orders = (proptest::collection::vec(0..count, 0..count), 0..=2 * count).prop_flat_map(
        move |(again, early)| {
            let all: Vec<_> = (0..count).chain(again).collect();
            (Just(all).prop_shuffle(), Just(early))
        },
    );
    let mut runner = TestRunner::new(Config {
        cases: 32,
        ..Config::default()
    });
    runner
        .run(&orders, |(order, early)| {
            prop_assert_eq!(&in_system(&order, early), &expected);
            Ok(())
        })
        .expect("one final state");
}

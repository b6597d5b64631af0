//! Old events are forgotten, and what they brought about stays.

use std::sync::atomic::{AtomicBool, Ordering};

use zaibo::service::RetentionWalk;

use super::*;

const DAY: u64 = 24 * 60 * 60;

/// Lets the background work run until it has forgotten what is old.
async fn forget(world: &World) {
    world.kept_for(65).await;
}

/// An event about a file without an address to play it.
fn without_address(stream: &str, file: &str) -> Value {
    let mut event = recorded(stream, file, 10, 50);
    event["video_url"] = "".into();
    event
}

#[actix_web::test]
async fn a_month_later_the_recording_is_there_and_the_events_of_its_live_are_not() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let stream = stream(room, "host");
    world.told("live", &push(&stream, "p1", true, 0)).await;
    world.told("live", &push(&stream, "p1", false, 50)).await;
    world.told("live", &push(&stream, "p2", true, 50)).await;
    world.told("live", &recorded(&stream, "f", 10, 50)).await;
    world.told("im", &destroyed(room + 1, 50)).await;
    world.told("live", &without_address(&stream, "mute")).await;
    assert_eq!(world.count("inbox"), 6);
    world.wait(29 * DAY).await;
    forget(&world).await;
    assert_eq!(world.count("inbox"), 6);
    world.wait(DAY).await;
    forget(&world).await;
    assert_eq!(
        inbox(&world),
        [
            "im Group.CallbackAfterGroupDestroyed unmatched",
            "live 100 unplayable"
        ]
    );
    assert_eq!(world.count("pushes"), 0);
    let host = world.login("host").await;
    assert_eq!(files(&world, &host).await, ["f"]);
    world.wait(60 * DAY).await;
    forget(&world).await;
    assert_eq!(inbox(&world), [""; 0]);
    assert_eq!(world.count("file_reports WHERE file_id = 'mute'"), 0);
    // The host goes live in that room again: its stream is known, and its recording is still built
    // from all that was reported of it.
    let host = world.login("host").await;
    assert_eq!(world.report(&host, room).await, 0);
    let on = push(
        &stream,
        "p3",
        true,
        i64::try_from(91 * DAY).expect("seconds"),
    );
    world.told("live", &on).await;
    assert_eq!(shows(&world, &host, room).await, "on");
    assert_eq!(files(&world, &host).await, ["f"]);
    assert_eq!(world.count("file_reports WHERE file_id = 'f'"), 1);
}

#[actix_web::test]
async fn a_push_that_may_still_run_stays_while_a_live_runs_in_its_room() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let other = world.create(&host).await;
    for room in [room, other] {
        let on = push(&stream(room, "host"), "p", true, 0);
        world.told("live", &on).await;
    }
    world.wait(31 * DAY).await;
    let host = world.login("host").await;
    assert_eq!(world.report(&host, room).await, 0);
    forget(&world).await;
    assert_eq!(world.count("inbox"), 0);
    assert_eq!(world.count("pushes"), 1);
    assert_eq!(shows(&world, &host, room).await, "on");
}

#[actix_web::test]
async fn what_still_waits_after_a_month_takes_effect_when_its_room_appears() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await + 1;
    let stream = stream(room, "host");
    world.told("live", &recorded(&stream, "f", 10, 50)).await;
    world
        .told("live", &recorded("8888_x", "never", 10, 50))
        .await;
    let picture = json!({"event_type": 200, "stream_id": "8888_x", "channel_id": "8888_x",
        "pic_full_url": "http://vod/p.jpg", "create_time": DAWN, "t": DAWN + 600, "sign": "x"});
    world.told("live", &picture).await;
    world.wait(89 * DAY).await;
    forget(&world).await;
    assert_eq!(world.count("inbox"), 3);
    let host = world.login("host").await;
    assert_eq!(world.create(&host).await, room);
    assert_eq!(files(&world, &host).await, ["f"]);
    world.wait(2 * DAY).await;
    forget(&world).await;
    // Nothing is left of what named no room, and the recording is.
    assert_eq!(inbox(&world), [""; 0]);
    assert_eq!(world.count("file_reports WHERE file_id = 'never'"), 0);
    assert_eq!(world.count("streams WHERE roomnum IS NULL"), 0);
    assert_eq!(world.count("recordings"), 1);
}

#[actix_web::test]
async fn a_deleted_file_stays_unlisted_for_as_long_as_a_report_of_it_may_come() {
    let world = World::new().await;
    let host = world.join("host").await;
    let stream = stream(world.go_live(&host).await, "host");
    let gone =
        json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["early", "late"]}});
    world
        .told("live", &recorded(&stream, "early", 10, 50))
        .await;
    world.told("vod", &gone).await;
    world.told("live", &recorded(&stream, "late", 10, 50)).await;
    world.wait(89 * DAY).await;
    forget(&world).await;
    let host = world.login("host").await;
    assert_eq!(files(&world, &host).await, [""; 0]);
    assert_eq!(world.count("deleted_files"), 2);
    assert_eq!(world.count("file_reports"), 2);
    world.wait(2 * DAY).await;
    forget(&world).await;
    assert_eq!(world.count("deleted_files"), 0);
    assert_eq!(world.count("file_reports"), 0);
}

/// A recording is rebuilt from the reports about its file, and a deleted file is known by its mark.
/// Neither depends on what the inbox says of the events.
#[actix_web::test]
async fn the_reports_of_a_listed_file_stay_whatever_the_inbox_says_of_its_events() {
    let world = World::new().await;
    let host = world.join("host").await;
    let stream = stream(world.go_live(&host).await, "host");
    for file in ["listed", "gone", "neither"] {
        world.told("live", &recorded(&stream, file, 10, 50)).await;
    }
    world.wait(10 * DAY).await;
    let gone = json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["gone"]}});
    world.told("vod", &gone).await;
    world.execute("DELETE FROM recordings WHERE file_id = 'neither'");
    world.execute("UPDATE inbox SET state = 'unplayable' WHERE fact = 'file'");
    world.wait(81 * DAY).await;
    forget(&world).await;
    assert_eq!(world.count("inbox"), 0);
    assert_eq!(world.count("file_reports WHERE file_id = 'listed'"), 1);
    assert_eq!(world.count("file_reports WHERE file_id = 'gone'"), 1);
    assert_eq!(world.count("file_reports WHERE file_id = 'neither'"), 0);
}

#[actix_web::test]
async fn how_long_events_are_kept_can_be_set() {
    let world = World::with(|settings| {
        settings.store.keep_events_days = 7;
        settings.store.keep_unmatched_days = 8;
    });
    let world = world.await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let on = push(&stream(room, "host"), "p", true, 0);
    world.told("live", &on).await;
    world.told("im", &destroyed(room + 1, 50)).await;
    for left in [2, 1, 0] {
        assert_eq!(world.count("inbox"), left);
        world.wait(if left == 2 { 7 * DAY } else { DAY }).await;
        forget(&world).await;
    }
}

/// 100 000 old events, and some young ones behind them. Every fourth old one still waits.
#[actix_web::test]
async fn a_hundred_thousand_old_events_go_in_small_steps_while_others_write() {
    const OLD: i64 = 100_000;
    let world = World::new().await;
    world.join("host").await;
    world.execute(&format!(
        "INSERT INTO inbox (sender, event, dedupe_key, fact, state, stream, received_at, body)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OLD} + 1000)
         SELECT 'live', '1', concat('k', i), 'push', CASE WHEN i % 4 = 0 THEN 'unmatched' ELSE 'done' END,
             concat('s', i % 100), CASE WHEN i <= {OLD} THEN {DAWN} - 31 * {DAY} ELSE {DAWN} END, '{{}}'
         FROM n"
    ));
    let mut walk = RetentionWalk::default();
    walk.begin();
    let done = AtomicBool::new(false);
    let forgetting = async {
        let mut before = world.count("inbox");
        while walk.is_on_its_way() {
            let step = world.service.forget_old(&mut walk).await;
            step.expect("committed");
            let left = world.count("inbox");
            assert!(before - left <= 2048, "{before} {left}");
            before = left;
        }
        done.store(true, Ordering::Relaxed);
    };
    let writing = async {
        let mut written = 0;
        while !done.load(Ordering::Relaxed) {
            world.join(&format!("user{written}")).await;
            written += 1;
        }
        written
    };
    let ((), written) = futures_util::future::join(forgetting, writing).await;
    assert!(written > 10, "{written}");
    assert_eq!(world.count("inbox WHERE state = 'done'"), 750);
    assert_eq!(
        world.count("inbox WHERE state = 'unmatched'"),
        OLD / 4 + 250
    );
}

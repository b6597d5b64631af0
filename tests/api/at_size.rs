//! Background writes at the promised size: they are done in pieces, continue after a crash, and do
//! not overload a store that cannot take them.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::callbacks::{recorded, stream};
use crate::world::{DAWN, World};

const SESSIONS: usize = 5000;
const ROOMS: i64 = 8000;
const EVENTS: i64 = 2000;

/// Begins many sessions of a registered user and returns their tokens.
fn begin_sessions(world: &World, uid: &str) -> Vec<String> {
    let tokens: Vec<_> = (0..SESSIONS).map(|at| format!("ztoken{at:038}")).collect();
    let row = |token: &String| {
        let hash = Sha256::digest(token);
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("(x'{digits}', '{uid}', {DAWN}, {DAWN})")
    };
    let rows: Vec<_> = tokens.iter().map(row).collect();
    world.execute(&format!(
        "INSERT INTO sessions (token_hash, uid, created_at, last_used_at) VALUES {}",
        rows.join(", ")
    ));
    tokens
}

#[actix_web::test]
async fn uses_of_five_thousand_sessions_are_on_record_after_a_crash() {
    let world = World::new().await;
    world.join("anna").await;
    let tokens = begin_sessions(&world, "anna");
    world.wait(2 * 60 * 60).await;
    for token in &tokens {
        assert_eq!(world.beat(token, -1, 0).await, 0);
    }
    world.kept_for(61).await;
    let world = world.reborn().await;
    let used = format!("sessions WHERE last_used_at >= {}", DAWN + 2 * 60 * 60);
    assert_eq!(world.count(&used), i64::try_from(SESSIONS).expect("few"));
}

#[actix_web::test]
async fn thousands_of_sessions_that_are_too_old_are_forgotten() {
    let world = World::new().await;
    world.join("anna").await;
    begin_sessions(&world, "anna");
    world.wait(15 * 24 * 60 * 60).await;
    let forgotten = world.service.sessions.forget_stale().await;
    forgotten.expect("committed");
    assert_eq!(world.count("sessions"), 0);
}

#[actix_web::test]
async fn eight_thousand_imported_rooms_are_given_what_was_kept_for_them() {
    let world = World::new().await;
    let host = world.join("host").await;
    let last = 100_000 + ROOMS;
    world
        .told("live", &recorded(&stream(last, "host"), "f", 10, 50))
        .await;
    world.execute(&format!(
        "INSERT INTO rooms (roomnum, host, created_at) WITH RECURSIVE n(i) AS
         (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROOMS})
         SELECT 100000 + i, 'host', {DAWN} FROM n"
    ));
    let world = world.reborn().await;
    assert_eq!(world.count("rooms WHERE adopted = 0"), 0);
    assert_eq!(world.count("recordings WHERE file_id = 'f'"), 1);
    assert_eq!(world.create(&host).await, last + 1);
}

#[actix_web::test]
async fn a_new_room_for_which_thousands_of_events_wait_is_there_at_once_and_gets_them_in_pieces() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await + 1;
    for event in 0..EVENTS {
        let sent = recorded(&stream(room, "host"), &format!("f{event}"), 10, 50);
        assert_eq!(world.told("live", &sent).await, 200);
    }
    assert_eq!(world.create(&host).await, room);
    let waiting = world.count("inbox WHERE state = 'unmatched'");
    assert!((1..EVENTS).contains(&waiting), "{waiting}");
    world.kept_for(60).await;
    assert_eq!(world.count("inbox WHERE state = 'unmatched'"), 0);
    assert_eq!(world.count("recordings"), EVENTS);
    assert_eq!(world.count("rooms WHERE adopted = 0"), 0);
}

#[actix_web::test]
async fn a_new_title_reaches_the_newest_of_very_many_recordings_in_one_write() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    for file in 0..520 {
        let sent = recorded(&stream(room, "host"), &format!("f{file}"), 0, 10 + file);
        assert_eq!(world.told("live", &sent).await, 200);
    }
    let renamed = json!({"room": {"title": "new title", "type": "live", "roomnum": room,
        "groupid": room.to_string(), "cover": "", "appid": 0, "device": 0, "videotype": 0}});
    world.ok("reportroom", &host, renamed).await;
    assert_eq!(world.count("recordings WHERE title = 'new title'"), 512);
    let oldest = format!(
        "recordings WHERE title = 'new title' AND created_at < {}",
        DAWN + 18
    );
    assert_eq!(world.count(&oldest), 0);
}

/// The reports of these files name no room. A later event names it, so the files wait for that
/// room.
#[actix_web::test]
async fn files_whose_room_was_told_later_are_given_to_it_and_settling_comes_to_an_end() {
    const FILES: i64 = 600;
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.create(&host).await + 1;
    world.execute(&format!(
        "INSERT INTO inbox (sender, event, dedupe_key, fact, state, roomnum, file_id, received_at, body)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {FILES})
         SELECT 'trtc', '311', CONCAT('k', i), 'file', 'unmatched', {room}, CONCAT('f', i), {DAWN}, '{{}}' FROM n;
         INSERT INTO file_reports (file_id, sender, video_id, url, cover, received_at)
         SELECT file_id, 'trtc', '', CONCAT('http://a/', file_id), '', {DAWN} FROM inbox"
    ));
    assert_eq!(world.create(&host).await, room);
    // The next start settles the rest, and has to come to an end.
    let world = world.reborn().await;
    assert_eq!(world.count("inbox WHERE state = 'unmatched'"), 0);
    assert_eq!(world.count("recordings"), FILES);
}

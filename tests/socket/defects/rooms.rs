//! Defects of rooms, members, lists and recordings.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::Scene;
use crate::client::{PASSWORD, User};
use crate::server::{Server, shared};

const INJECTIONS: &[&str] = &[
    "1 OR 1=1",
    "1' OR '1'='1",
    "1; DROP TABLE accounts; --",
    "0 UNION SELECT 1,2,3",
    "x' UNION SELECT id, password FROM accounts --",
    "%",
    "_",
];

#[test]
fn d06_a_text_for_appid_is_no_sql() {
    let scene = Scene::new();
    let Scene { viewer, host, .. } = &scene;
    for text in INJECTIONS {
        for cmd in ["roomlist", "livestreamlist"] {
            let answer = viewer.live(
                cmd,
                json!({"type": "live", "index": 0, "size": 50, "appid": text}),
            );
            assert_eq!(answer.code, 10003, "{text}");
        }
    }
    assert!(host.listed().is_some());
}

#[test]
fn d07_a_text_for_s_uid_is_no_sql() {
    let scene = Scene::new();
    let Scene { viewer, host, .. } = &scene;
    for text in INJECTIONS {
        let fields = json!({"type": 0, "index": 1, "size": 50, "s_uid": text});
        assert_eq!(
            viewer.live("recordlist", fields).ok(),
            json!({"total": 0, "videos": []})
        );
    }
    assert!(host.listed().is_some());
}

#[test]
fn d08_a_stranger_cannot_empty_someone_elses_room() {
    let scene = Scene::new();
    for _ in 0..2 {
        scene.stranger.exit(scene.room).ok();
        scene.is_untouched();
    }
    // The request does not end the stranger's own live either.
    let own = scene.stranger.go_live();
    scene.stranger.exit(scene.room).ok();
    scene.is_untouched();
    let live = scene.stranger.listed().expect("a live");
    assert_eq!(live["roomnum"], own);
    // A viewer ends only their own membership.
    scene.viewer.exit(scene.room).ok();
    assert_eq!(scene.host.members(scene.room), [(scene.host.id.clone(), 1)]);
    assert!(scene.host.listed().is_some());
}

#[test]
fn d09_nobody_publishes_a_room_that_is_not_his() {
    let scene = Scene::new();
    let before = scene.viewer.play_url(scene.room).ok();
    for intruder in [&scene.stranger, &scene.viewer] {
        let mut announced = intruder.announcement(scene.room);
        announced["appid"] = scene.host.app.into();
        intruder
            .live("reportroom", json!({"room": announced}))
            .is(20001);
    }
    for unknown in [1, 2_000_000_000, -1, 0] {
        scene.stranger.report(unknown).is(20001);
    }
    scene.is_untouched();
    assert_eq!(scene.viewer.play_url(scene.room).ok(), before);
}

#[test]
fn d10_nobody_chooses_to_be_the_host() {
    let scene = Scene::new();
    let role = |role: i64| json!({"roomnum": scene.room, "role": role, "operate": 0});
    for cmd in ["reportmemid", "heartbeat"] {
        scene.viewer.live(cmd, role(1)).ok();
        scene.is_untouched();
        for odd in [3, 7, -1, 100] {
            scene.viewer.live(cmd, role(odd)).is(10003);
        }
        for claim in [0, 2, 1] {
            scene.host.live(cmd, role(claim)).ok();
            scene.is_untouched();
        }
    }
}

#[test]
fn d11_leaving_counts_for_the_room_one_is_in() {
    let scene = Scene::new();
    let other = scene.stranger.go_live();
    scene.viewer.leave(other).ok();
    scene.viewer.exit(other).ok();
    scene.is_untouched();
    // Leaving a room that has ended or never existed succeeds.
    scene.viewer.enter(other).ok();
    scene.stranger.exit(other).ok();
    for gone in [other, 2_000_000_000, -1] {
        scene.viewer.leave(gone).ok();
    }
    scene.viewer.enter(scene.room).ok();
    scene.is_untouched();
}

#[test]
fn d12_a_host_who_asks_for_the_mic_stays_host() {
    let scene = Scene::new();
    scene
        .host
        .live("request", json!({"roomnum": scene.room}))
        .ok();
    scene.is_untouched();
    for status in ["on", "off"] {
        scene
            .host
            .live(
                "reportstatus",
                json!({"roomnum": scene.room, "status": status}),
            )
            .ok();
        scene.is_untouched();
    }
}

#[test]
fn d13_a_beat_with_an_unknown_token_is_refused_like_everything_else() {
    let server = shared();
    let mut nobody = server.newcomer("nobody");
    nobody.token = "nobody's".to_owned();
    nobody.beat(-1, 0).says(10009, "Token expired");
    nobody.enter(1).says(10009, "Token expired");
}

#[test]
fn d15_a_viewer_who_beats_every_ten_seconds_stays() {
    let scene = Scene::new();
    thread::sleep(Duration::from_secs(12));
    scene.is_untouched();
}

#[test]
fn d16_a_room_is_not_over_before_its_first_beat() {
    let mut server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.create();
    server.kill_nine();
    let server = server.restart();
    let host = host.at(server.client());
    host.report(room).ok();
    assert_eq!(host.listed().expect("a live")["roomnum"], room);
}

#[test]
fn d17_creating_rooms_at_once_leaves_the_host_with_one() {
    let server = shared();
    let host = server.newcomer("host");
    let rooms: BTreeSet<i64> = thread::scope(|scope| {
        let creating: Vec<_> = (0..8).map(|_| scope.spawn(|| host.go_live())).collect();
        creating
            .into_iter()
            .map(|thread| thread.join().expect("a room"))
            .collect()
    });
    assert_eq!(rooms.len(), 8, "every room has a number of its own");
    let last = host.go_live();
    assert_eq!(host.listed().expect("a live")["roomnum"], last);
    let alive = |room: &i64| !host.members(*room).is_empty();
    assert!(!rooms.iter().any(alive));
}

#[test]
fn d19_long_titles_and_covers_come_back_whole() {
    let server = shared();
    let host = server.newcomer("host");
    let room = host.create();
    let report = |title: &str, cover: &str| {
        let mut announced = host.announcement(room);
        announced["title"] = title.into();
        announced["cover"] = cover.into();
        host.live("reportroom", json!({"room": announced}))
    };
    let cover = format!("http://cdn.test/{}", "c".repeat(1008));
    for title in [
        "🎤".repeat(128),
        "直".repeat(128),
        "\"\\/\u{1}\u{2028}<b>é".to_owned(),
        String::new(),
    ] {
        report(&title, &cover).ok();
        let live = host.listed().expect("a live");
        assert_eq!(
            (&live["title"], &live["cover"]),
            (&title.into(), &(*cover).into())
        );
        assert_eq!(host.play_url(room).ok()["cover"], *cover);
    }
    report(&"🎤".repeat(129), "").says(10003, "Title length too long.");
    report("", &format!("{cover}c")).says(10003, "Cover length too long.");
}

#[test]
fn d21_no_recordings_are_an_empty_list() {
    let server = shared();
    let user = server.newcomer("user");
    for kind in [0, 1, 2] {
        let fields = json!({"type": kind, "index": 0, "size": 100, "s_uid": user.id});
        assert_eq!(
            user.live("recordlist", fields).ok(),
            json!({"total": 0, "videos": []})
        );
    }
}

#[test]
fn d22_a_recording_is_announced_by_the_rooms_creator_alone() {
    let scene = Scene::new();
    let fields =
        json!({"roomnum": scene.room, "uid": scene.host.id, "name": "rec", "type": 0, "cover": ""});
    for _ in 0..2 {
        scene.host.live("reportrecord", fields.clone()).ok();
    }
    scene.viewer.live("reportrecord", fields.clone()).is(20001);
    scene
        .stranger
        .live("reportrecord", fields.clone())
        .is(20001);
    scene.host.exit(scene.room).ok();
    scene.host.live("reportrecord", fields).ok();
}

#[test]
fn d23_where_to_watch_an_unknown_room_is_an_error_without_data() {
    let server = shared();
    let user = server.newcomer("user");
    for room in [1, 2_000_000_000, -1, 0] {
        user.play_url(room).says(10010, "av room is not exist");
    }
}

#[test]
fn d24_d27_nobody_is_kicked_or_ended_without_proof_of_who_asks() {
    let scene = Scene::new();
    let host = &scene.host.id;
    let record = json!({
        "uid": host, "admireCount": 1, "watchCount": 1, "timeSpan": 1, "host": {"uid": host},
        "avRoomId": scene.room, "chatRoomId": "x", "id": "x", "pwd": "x", "kickid": host,
    });
    for (svc, cmd) in [
        ("live", "start"),
        ("live", "end"),
        ("live", "host_heartbeat"),
        ("account", "kickout"),
    ] {
        assert_ne!(
            scene.stranger.client.post(svc, cmd, &record).code,
            0,
            "{cmd}"
        );
    }
    // The stranger's own valid password is not enough either.
    let kick = json!({"id": scene.stranger.id, "pwd": PASSWORD, "kickid": host});
    let kicked = scene.stranger.client.post("account", "kickout", &kick);
    kicked.says(10013, "The user is not an administrator");
    scene.is_untouched();
    scene.host.beat(scene.room, 1).ok();
}

#[test]
fn d26_nobody_links_a_room_that_he_does_not_host() {
    let scene = Scene::new();
    let other = shared().newcomer("other");
    let there = other.go_live();
    let link = |user: &User, current: i64| {
        let fields = json!({"id": other.id, "roomnum": there, "current_roomnum": current});
        user.live("linksig", fields)
    };
    for user in [&scene.viewer, &scene.stranger, &other] {
        link(user, scene.room).is(20001);
    }
    // The host may, but this server has no key for the link.
    link(&scene.host, scene.room).is(90002);
    scene.is_untouched();
}

#[test]
fn d27_the_commands_of_the_time_before_tokens_are_none() {
    let server = shared();
    let client = server.client();
    for (svc, cmd) in [
        ("user_av_room", "get"),
        ("live", "start"),
        ("live", "list"),
        ("live", "host_heartbeat"),
        ("live", "end"),
    ] {
        client.send(svc, cmd, "{}").says(10001, "Invalid request.");
    }
}

#[test]
fn d28_the_routers_own_test_is_no_command() {
    let server = shared();
    server
        .client()
        .send("test", "test", "{}")
        .says(10001, "Invalid request.");
}

#[test]
fn d32_totals_follow_the_filter_and_pages_do_not_overlap() {
    let scene = Scene::new();
    let (host, room) = (&scene.host, scene.room);
    let mut announced = host.announcement(room);
    announced["type"] = "movie".into();
    host.live("reportroom", json!({"room": announced})).ok();
    let total = |kind: Value| {
        let page = json!({"type": kind, "index": 0, "size": 10, "appid": host.app});
        host.live("roomlist", page).ok()["total"].clone()
    };
    assert_eq!(total(json!("live")), 0);
    assert_eq!(total(json!(1)), 1);
}

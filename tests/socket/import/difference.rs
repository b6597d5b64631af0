//! An import may be run again: nothing changes twice, and what is new there comes over.

use std::fs;

use serde_json::json;

use super::Move;
use crate::server::eventually;

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    let dry = moving.import(&["--dry-run"]);
    assert!(dry.contains("nothing was written"), "{dry}");
    assert_eq!(
        fs::read_dir(moving.folder.path())
            .expect("a folder")
            .count(),
        0
    );
    let real = moving.import(&[]);
    let table = |said: &str| {
        let lines = said
            .lines()
            .skip_while(|line| !line.contains("already here"));
        let lines = lines.take_while(|line| !line.starts_with("hashing"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(table(&dry)[..6], table(&real)[..6]);
}

#[test]
fn twice_is_once() {
    for fixture in ["2016-12", "2017-02", "2017-08", "2018-03"] {
        let Some(moving) = Move::from(fixture) else {
            return;
        };
        moving.import(&["--keep-tokens"]);
        let once = moving.all();
        let said = moving.import(&["--keep-tokens"]);
        assert_eq!(moving.all(), once, "{fixture}");
        for thing in ["accounts", "rooms", "lives on air", "recordings"] {
            let line = said.lines().find(|line| line.starts_with(thing));
            let Some(line) = line else { continue };
            let cells: Vec<_> = line[thing.len()..].split_whitespace().collect();
            assert_eq!((cells[1], cells[2]), ("0", "0"), "{fixture}: {line}");
        }
        assert!(!said.contains("hashing"), "{said}");
    }
}

#[test]
fn what_happened_since_comes_over() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    moving.import(&[]);
    // Anna goes on in a new room, Otto registers, and a recording is stored.
    moving.execute(
        "UPDATE t_av_room SET finish_time = UNIX_TIMESTAMP() WHERE id = 10006;
        INSERT INTO t_av_room (id, uid, create_time, title, last_update_time)
            VALUES (10021, 'anna', UNIX_TIMESTAMP() - 20, 'Next', UNIX_TIMESTAMP());
        UPDATE t_new_live_record SET av_room_id = 10021, title = 'Next' WHERE host_uid = 'anna';
        INSERT INTO t_account (uid, pwd, register_time)
            VALUES ('otto', TO_BASE64('secret-x'), UNIX_TIMESTAMP());
        UPDATE t_account SET pwd = TO_BASE64('changed') WHERE uid = 'shell';
        INSERT INTO t_video_record (uid, room_num, title, video_id, play_url, create_time)
            VALUES ('anna', 10006, 'Now', 'v9', 'http://v.example.com/9.mp4', UNIX_TIMESTAMP());",
    );
    let said = moving.import(&[]);
    for line in [
        "accounts      19    1    0        15            0       3",
        "rooms         7     1    1        3             0       2",
        "recordings    5     1    0        3             1       0",
        "new rooms get numbers from 11021",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
    assert_eq!(
        moving.rows(
            "roomnum, end_reason",
            "lives WHERE host = 'anna' ORDER BY roomnum"
        ),
        "10001 'imported'\n10006 'imported'\n10021 NULL"
    );
    let server = moving.server();
    server.client().login("otto", "secret-x").ok();
    // What is here stays.
    server.client().login("shell", "secret-3").ok();
    // Anna's app, which has not noticed anything, goes on with its heartbeat.
    let data = server.client().login("anna", "secret-1").ok();
    let beat = json!({"token": data["token"], "roomnum": 10021, "role": 1, "thumbup": 100});
    server.client().post("live", "heartbeat", &beat).ok();
    let fields = json!({"token": data["token"], "type": "live", "index": 0, "size": 50});
    let rooms = server.client().post("live", "roomlist", &fields).ok();
    assert_eq!(
        (&rooms["total"], &rooms["rooms"][0]["info"]["memsize"]),
        (&1.into(), &1.into())
    );
    // A new room gets a number that the PHP server has not given out.
    let fields = json!({"token": data["token"], "type": "live"});
    let created = server.client().post("live", "create", &fields).ok();
    assert_eq!(created["roomnum"], 11021);
}

#[test]
fn a_live_that_people_were_in_here_is_left_alone() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    moving.import(&[]);
    let mut server = moving.server();
    let data = server.client().login("anna", "secret-1").ok();
    let beat = json!({"token": data["token"], "roomnum": 10006, "role": 1, "thumbup": 100});
    server.client().post("live", "heartbeat", &beat).ok();
    server.terminate();
    drop(server);
    moving.execute("UPDATE t_new_live_record SET modify_time = 1");
    moving.import(&[]);
    let lives = || {
        moving.rows(
            "roomnum, end_reason",
            "lives WHERE host = 'anna' ORDER BY roomnum",
        )
    };
    assert_eq!(lives(), "10001 'imported'\n10006 NULL");
    // Even if she goes live there once more.
    moving.execute(
        "INSERT INTO t_av_room (id, uid, create_time) VALUES (10021, 'anna', UNIX_TIMESTAMP());
        UPDATE t_new_live_record SET av_room_id = 10021, modify_time = UNIX_TIMESTAMP();",
    );
    for _ in 0..2 {
        moving.import(&[]);
        assert_eq!(lives(), "10001 'imported'\n10006 NULL\n10021 'imported'");
    }
}

#[test]
fn tokens_follow_their_users_until_they_log_in_here() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    let of = |uid: &str| {
        moving.count(&format!(
            "SELECT count(*) FROM sessions WHERE uid = '{uid}'"
        ))
    };
    let log_in_there = |uid: &str, token: &str| {
        moving.execute(&format!(
            "UPDATE t_account SET token = {token}, last_request_time = UNIX_TIMESTAMP() WHERE uid = '{uid}'"
        ));
    };
    log_in_there("shell", "'c2hlbGw='");
    log_in_there("old", "'b2xk'");
    moving.import(&["--keep-tokens"]);
    assert_eq!(["anna", "shell", "old"].map(of), [1, 1, 1]);
    // Shell logs out there, Old logs in again there, and Anna logs in here.
    log_in_there("shell", "NULL");
    log_in_there("old", "'bmV3'");
    let mut server = moving.server();
    server.client().login("anna", "secret-1").ok();
    server.terminate();
    let said = moving.import(&["--keep-tokens"]);
    let line = "sessions      2     1    0        1             0       0";
    assert!(said.contains(line), "{said}");
    assert_eq!(["anna", "shell", "old"].map(of), [1, 0, 1]);
    assert_eq!(
        moving.count("SELECT count(*) FROM sessions WHERE ends_at IS NULL"),
        1
    );
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_stopped() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    moving.grow();
    moving.execute(
        "INSERT INTO t_video_record (uid, video_id, play_url)
            SELECT CONCAT('user-', seq), seq, CONCAT('http://v.example.com/more/', seq) FROM seq_1_to_20000;",
    );
    let whole = [
        ("accounts", 20_015),
        ("rooms", 20_004),
        ("recordings", 20_003),
    ];
    let count = |table: &str| moving.count(&format!("SELECT count(*) FROM {table}"));
    for (table, all) in whole {
        let mut import = moving.command(&["--hash-memory-kib", "8"]);
        let mut child = import.spawn().expect("a process");
        eventually("the first rows", || moving.has_rows(table).then_some(()));
        // Nothing can be committed from here on, so it is killed in the middle of this table.
        let held = moving.hold();
        let kept = count(table);
        child.kill().expect("killed");
        child.wait().expect("an end");
        drop(held);
        assert_eq!(count(table), kept);
        assert!((1..all).contains(&kept), "{kept} {table}");
    }
    moving.import(&["--hash-memory-kib", "8"]);
    for (table, all) in whole {
        assert_eq!(count(table), all, "{table}");
    }
    assert_eq!(count("lives"), 20_004);
    let once = moving.all();
    moving.import(&["--hash-memory-kib", "8"]);
    assert_eq!(moving.all(), once);
    let server = moving.server();
    server.client().login("user-1", "secret-1").ok();
    server.client().login("user-20000", "secret-20000").ok();
}

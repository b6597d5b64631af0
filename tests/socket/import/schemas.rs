//! Each schema of the PHP server, with every odd row.

use std::fs;

use serde_json::{Value, json};

use super::Move;
use crate::server::Server;

/// Logs everybody in.
#[track_caller]
fn all_log_in(server: &Server, everybody: &[(&str, &str)]) {
    for (id, password) in everybody {
        assert_eq!(server.client().login(id, password).code, 0, "{id}");
    }
}

fn recordings(server: &Server) -> Vec<Value> {
    let anna = server.newcomer("viewer");
    let fields = json!({"token": anna.token, "type": 0, "index": 0, "size": 100});
    let data = server.client().post("live", "recordlist", &fields).ok();
    data["videos"].as_array().expect("a list").clone()
}

fn on_air(server: &Server) -> Vec<Value> {
    let viewer = server.newcomer("viewer");
    let fields = json!({"token": viewer.token, "type": "live", "index": 0, "size": 50});
    let data = server.client().post("live", "roomlist", &fields).ok();
    data["rooms"].as_array().expect("a list").clone()
}

#[test]
fn the_server_of_december_2016_moves_in() {
    let Some(moving) = Move::from("2016-12") else {
        return;
    };
    let said = moving.import(&[]);
    for line in [
        "a database of 2016-12",
        "accounts      7     7    0        0             0       0",
        "rooms         3     2    0        0             0       1",
        "lives on air  2     1    0        0             0       1",
        "recordings    2     1    0        0             1       0",
        "accounts (1): no password: nothing is left of it: emptied",
        "accounts (1): no password: it was longer than its column and is lost: long38",
        "rooms (1): its host has no account here: 10003",
        "lives on air (1): the room is not its host's: 3",
        "recordings (1): the same address is listed already: 10002",
        "new rooms get numbers from 11003",
        "left behind: 2 rows of t_interact_av_room: members come back with their next heartbeat (1 of",
        "left behind: 1 rows of t_new_live_record: their hosts are silent",
        "left behind: 2 rows of t_live_record: of the protocol of 2016-05",
        "left behind: 1 rows of t_user_av_room: of the protocol of 2016-05",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
    assert_eq!(
        moving.rows("uid, created_at", "accounts WHERE uid = 'early'"),
        "'early' 1480000000"
    );
    assert_eq!(
        moving
            .rows(
                "roomnum, opened_at, live_at, ended_at, end_reason",
                "lives WHERE roomnum = 10002 LIMIT 1"
            )
            .split(' ')
            .next(),
        Some("10002")
    );
    let server = moving.server();
    let long = "p".repeat(37);
    all_log_in(
        &server,
        &[
            ("anna", "secret-1"),
            ("用户一", "密码123456"),
            ("early", "secret-2"),
            ("mangled", "pa4711word"),
            ("long37", &long),
        ],
    );
    let client = server.client();
    client.login("long38", &"p".repeat(38)).is(10006);
    client.login("long38", &"p".repeat(37)).is(10006);
    client.login("emptied", "$secret").is(10006);
    let lives = on_air(&server);
    assert_eq!(lives.len(), 1, "{lives:?}");
    assert_eq!(lives[0]["uid"], "anna");
    assert_eq!(lives[0]["info"]["roomnum"], 10001);
    assert_eq!(lives[0]["info"]["title"], "直播 🎤");
    assert_eq!(lives[0]["info"]["thumbup"], 12);
    let recordings = recordings(&server);
    assert_eq!(recordings.len(), 1);
    assert_eq!(recordings[0]["name"], "8888_early");
    assert_eq!(recordings[0]["duration"], 600);
    assert_eq!(recordings[0]["createTime"], 1_481_000_601);
    drop(server);
    // The names with a newline, and of each room the two that zaibo knows by itself.
    assert_eq!(
        moving.count("SELECT count(*) FROM streams WHERE roomnum = 10001"),
        4
    );
    assert_eq!(
        moving.count("SELECT count(*) FROM streams WHERE roomnum = 10002"),
        2
    );
}

#[test]
fn the_server_of_february_2017_moves_in() {
    let Some(moving) = Move::from("2017-02") else {
        return;
    };
    let said = moving.import(&[]);
    for line in [
        "a database of 2017-02",
        "accounts      2     2    0        0             0       0",
        "rooms         3     2    0        0             0       1",
        "recordings    5     3    0        0             1       1",
        "rooms (1): no room can have this number: -7",
        "recordings (1): there is no address to play it: 10003",
        "recordings (1): the same address is listed already: 2",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
    assert_eq!(
        moving.rows(
            "roomnum, opened_at, live_at, title, ended_at, end_reason",
            "lives WHERE roomnum = 10001"
        ),
        "10001 1487003600 1487003600 'Cooking' 1487003600 'imported'"
    );
    assert_eq!(
        moving.rows("live_at, title", "lives WHERE roomnum = 10002"),
        "NULL ''"
    );
    let server = moving.server();
    all_log_in(&server, &[("anna", "secret-1"), ("otto", "secret-2")]);
    let mut urls: Vec<_> = recordings(&server)
        .iter()
        .map(|video| video["playurl"][0].as_str().expect("a text").to_owned())
        .collect();
    urls.sort();
    let urls: Vec<_> = urls
        .iter()
        .map(|url| &url["http://v.example.com/".len()..])
        .collect();
    assert_eq!(urls, ["0.mp4", "1.m3u8", "1.mp4"]);
}

#[test]
fn the_server_of_august_2017_moves_in() {
    let Some(moving) = Move::from("2017-08") else {
        return;
    };
    let said = moving.import(&[]);
    for line in [
        "a database of 2017-08",
        "rooms         4     4    0        0             0       0",
        "lives on air  1     1    0        0             0       0",
        "recordings    2     2    0        0             0       0",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
    assert_eq!(
        moving.rows(
            "roomnum, opened_at, title, ended_at, end_reason",
            "lives WHERE roomnum < 10003 ORDER BY roomnum"
        ),
        "10001 1502000000 'Cooking' 1502003700 'imported'\n\
        10002 1502010000 'Cooking again' 1502013600 'imported'"
    );
    assert_eq!(
        moving.rows("duration_s, file_bytes", "recordings ORDER BY id"),
        "3599 1000000\n3600 0"
    );
    let server = moving.server();
    all_log_in(&server, &[("anna", "secret-1"), ("otto", "secret-2")]);
    let lives = on_air(&server);
    assert_eq!(lives.len(), 1, "{lives:?}");
    assert_eq!(lives[0]["info"]["title"], "Otto now");
    assert_eq!(lives[0]["info"]["cover"], "http://c.example.com/4.png");
}

#[test]
fn the_server_of_march_2018_moves_in_with_every_odd_row() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    let said = moving.import(&["--report", "report.tsv"]);
    for line in [
        "a database of 2018-03",
        "accounts      18    15   0        0             0       3",
        "rooms         6     4    0        0             0       2",
        "lives on air  1     1    0        0             0       0",
        "recordings    4     3    0        0             1       0",
        "accounts (1): the password has blanks, which the PHP server did not compare: blanks",
        "accounts (1): no password: it is not UTF-8, so no client can send it: bytes",
        "accounts (1): uid was in the wrong encoding and was repaired: 中文",
        "rooms (1): title was in the wrong encoding and was repaired: 10003",
        "rooms (1): title fills its column and may be cut: 10002",
        "rooms (2): its host has no account here: 10004, 10005",
        "recordings (1): play_url fills its column and may be cut: 10004",
        "new rooms get numbers from 11020",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
    let report = fs::read_to_string(moving.folder.path().join("report.tsv")).expect("a report");
    let refused: Vec<_> = report
        .lines()
        .filter_map(|line| line.strip_prefix("refused\tt_account\t"))
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(refused.len(), 3, "{report}");
    assert!(refused.contains(&"con\\u000atrol"), "{report}");
    let secrets = ["secret-", "YW5uY", "c2VjcmV0", "c2hhcmVk"];
    for text in [&said, &report] {
        assert!(
            !secrets.iter().any(|secret| text.contains(secret)),
            "{text}"
        );
    }
    assert_eq!(moving.count("SELECT count(*) FROM sessions"), 0);
    let server = moving.server();
    let (long, longest_id) = ("q".repeat(37), "x".repeat(32));
    all_log_in(
        &server,
        &[
            ("anna", "secret-1"),
            ("Anna", "secret-2"),
            ("用户😀", "密码123456"),
            ("shell", "secret-3"),
            ("blanks", "abc"),
            ("long37", &long),
            ("timeless", "secret-4"),
            ("中文", "secret-5"),
            (&longest_id, "secret-7"),
            ("shared1", "secret-a"),
            ("cut", "secret-c"),
        ],
    );
    let client = server.client();
    client.login("ANNA", "secret-1").is(10005);
    client.login("blanks", "a b c").is(10006);
    client.login("long38", &"q".repeat(38)).is(10006);
    let titles: Vec<_> = recordings(&server)
        .iter()
        .map(|video| video["name"].as_str().expect("a text").to_owned())
        .collect();
    assert!(titles.contains(&"直播".to_owned()), "{titles:?}");
    // A host revives an imported room of theirs by themselves.
    let data = client.login("中文", "secret-5").ok();
    let room =
        json!({"title": "again", "type": "live", "roomnum": 10003, "groupid": "10003", "appid": 7});
    let fields = json!({"token": data["token"], "room": room});
    client.post("live", "reportroom", &fields).ok();
}

#[test]
fn blanks_and_wrong_encodings_stay_if_one_asks() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    moving.import(&["--blanks", "keep", "--no-repair"]);
    assert_eq!(
        moving.count("SELECT count(*) FROM accounts WHERE uid = '中文'"),
        0
    );
    let server = moving.server();
    server.client().login("blanks", "a b c").ok();
    server.client().login("blanks", "abc").is(10006);
}

#[test]
fn tokens_are_kept_if_one_asks_and_end_after_seven_days_whatever_happens() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    let said = moving.import(&["--keep-tokens"]);
    for line in [
        "sessions      1     1    0        0             0       0",
        "accounts (2): no session: other accounts have the same token: shared1, shared2",
        "accounts (1): no session: the token fills its column and may be incomplete: cut",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
    let life = "SELECT ends_at - last_used_at FROM sessions";
    let week = 7 * 24 * 3600;
    assert!((week + 60..week + 120).contains(&moving.count(life)));
    let server = moving.server();
    let token = "YW5uYTE1MjAwMDAxMDA=";
    let beat = json!({"token": token, "roomnum": 10006, "role": 1, "thumbup": 100});
    server.client().post("live", "heartbeat", &beat).ok();
    drop(server);
    let mut database = moving.database();
    diesel::connection::SimpleConnection::batch_execute(
        &mut database,
        "UPDATE sessions SET ends_at = CAST(strftime('%s') AS INTEGER)",
    )
    .expect("the week is over");
    let server = moving.server();
    server.client().post("live", "heartbeat", &beat).is(10009);
}

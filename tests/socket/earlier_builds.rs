//! Databases that earlier builds wrote: the server continues with them without loss.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};

use crate::client::User;
use crate::server::{Server, Settings, command, eventually};

/// A database of the first build that was in use, as a dump of the sqlite3 program: users, a
/// running live, an ended one, a recording, a push, a picture, and waiting events.
const FIRST_BUILD: &str = include_str!("../fixtures/first-build.sql");

/// A database that the last build with three migrations wrote before it was killed: lives that
/// ended for every reason, three running ones, recordings, and an event in every state.
const THIRD_SCHEMA: &str = include_str!("../fixtures/third-schema.sql");

/// The token of a session in that database.
const TOKEN_OF_ANNA: &str = "zFS6kxhuSulwA1dTTq1V4xuTWYvcOy_-bxCu2WmNOeew";

/// All users in that database except the host `otto`.
const PEOPLE: [&str; 10] = [
    "admin", "anna", "Anna", "berta", "carl", "dora", "emil", "frida", "gustav", "用户",
];

/// A server on a database with this content, after the SQL in `changes`.
fn server_on(content: &str, changes: &str, settings: &Settings) -> Server {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("zaibo.db");
    let mut dumped = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    dumped.batch_execute(content).expect("loaded");
    dumped.batch_execute(changes).expect("changed");
    drop(dumped);
    Server::start_in(folder, settings)
}

fn log_in(server: &Server, id: &str) -> User {
    let data = server.client().login(id, "password").ok();
    let token = data["token"].as_str().expect("a text").to_owned();
    with_token(server, id, token)
}

fn with_token(server: &Server, id: &str, token: String) -> User {
    User {
        client: server.client(),
        id: id.to_owned(),
        token,
        app: 1_400_000_000,
    }
}

/// The texts in the column `line` that a query finds in the database of a running server.
fn lines(server: &Server, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let path = server.folder().join("zaibo.db");
    let mut other = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    let busy = "PRAGMA busy_timeout = 4000";
    other.batch_execute(busy).expect("set");
    let rows: Vec<Row> = diesel::sql_query(query).load(&mut other).expect("rows");
    rows.into_iter().map(|row| row.line).collect()
}

/// The ids of the events that `zaibo inbox --state` lists, oldest first.
fn events(server: &Server, state: &str) -> Vec<u32> {
    let listed = command(server.folder(), &[])
        .args(["inbox", "--limit", "100", "--state", state])
        .output()
        .expect("the tool");
    let text = String::from_utf8(listed.stdout).expect("UTF-8");
    assert!(listed.status.success(), "{text}");
    let first = |line: &str| line.split(' ').next()?.parse().ok();
    let mut events: Vec<_> = text.lines().filter_map(first).collect();
    events.sort_unstable();
    events
}

#[test]
fn a_database_of_the_first_build_goes_on_as_if_nothing_had_happened() {
    let server = server_on(FIRST_BUILD, "", &[]);
    let (anna, otto) = (log_in(&server, "anna"), log_in(&server, "otto"));
    // These ids can no longer be registered.
    log_in(&server, "用户");
    log_in(&server, "anna\u{200b}");
    let lives = otto.lives_of(1_400_000_000);
    assert_eq!(lives.len(), 1);
    assert_eq!(lives[0]["info"]["roomnum"], 10001);
    assert_eq!(lives[0]["info"]["thumbup"], 5);
    anna.beat(10001, 1).ok();
    assert_eq!(otto.members(10001), [("anna".to_owned(), 1)]);
    let page = json!({"type": 0, "index": 0, "size": 10});
    let recordings = otto.live("recordlist", page).ok();
    let listed = recordings["videos"].as_array().expect("a list");
    assert!(
        listed.iter().any(|video| video["name"] == "My record"),
        "{recordings}"
    );
    assert_eq!(otto.create(), 10003, "no number is given out twice");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

#[test]
fn a_database_of_the_third_schema_shows_what_it_showed_and_goes_on() {
    // The sessions become fresh, and the dismissals are decided soon after the start.
    let used = "UPDATE sessions SET last_used_at = strftime('%s', 'now')";
    let grace = [("ZAIBO_ROOMS__DISMISSAL_GRACE_S", "6")];
    let server = server_on(THIRD_SCHEMA, used, &grace);
    // The cloud dismissed both of these lives; one of the hosts still beats.
    log_in(&server, "Anna").beat(10009, 1).ok();
    assert_eq!(events(&server, "pending"), [22, 23]);

    let anna = with_token(&server, "anna", TOKEN_OF_ANNA.to_owned());
    let lives: Vec<Value> = anna.lives_of(1_400_000_000);
    let hosts: Vec<&Value> = lives.iter().map(|live| &live["uid"]).collect();
    assert_eq!(hosts, ["otto", "anna"]);
    assert_eq!(
        lives[1]["info"],
        json!({"title": "Anna’s first", "roomnum": 10008, "type": "live", "groupid": "10008",
            "cover": "http://pictures/a.jpg", "thumbup": 5, "memsize": 0})
    );
    let other = anna.lives_of(1_500_000_000);
    assert_eq!(other[0]["info"]["title"], "Another Anna");
    assert_eq!(other[0]["info"]["thumbup"], 3);
    // Two pushes are running; the third is of a stream whose name is a word in capitals.
    for room in [10008, 10009, 10010] {
        assert_eq!(anna.play_url(room).ok()["stream"], "on", "{room}");
    }
    assert_eq!(anna.play_url(10010).ok()["cover"], "http://covers/otto.png");
    anna.beat(10008, 1).ok();
    assert_eq!(anna.members(10008), [("anna".to_owned(), 1)]);
    for id in PEOPLE {
        log_in(&server, id);
    }
    anna.beat(10008, 1).is(10009);

    let berta = log_in(&server, "berta");
    let recordings = eventually("the due recording to be listed", || {
        let page = json!({"type": 1, "index": 0, "size": 10});
        let list = berta.live("recordlist", page).ok();
        (list["total"] == 3).then(|| list["videos"].clone())
    });
    let files: Vec<&Value> = (0..3).map(|row| &recordings[row]["videoId"]).collect();
    assert_eq!(files, ["plain", "announced", "due"]);
    assert_eq!(recordings[0]["name"], "Anna’s first");
    assert_eq!(
        recordings[1],
        json!({"uid": "berta", "name": "Berta’s record", "title": "录制 “one”",
            "cover": "http://covers/record.jpg", "videoId": "announced", "playid": "announced",
            "playurl": ["http://vod/announced.mp4"], "createTime": 1_795_736_274_i64, "fileSize": 1000,
            "duration": 1})
    );

    let open = "SELECT roomnum || '' AS line FROM lives WHERE ended_at IS NULL ORDER BY roomnum";
    eventually("the dismissal to be decided", || {
        (lines(&server, open) == ["10005", "10008", "10009"]).then_some(())
    });
    let ended = "SELECT roomnum || ' ' || end_reason || ' ' || (ended_at - opened_at) AS line
        FROM lives WHERE ended_at IS NOT NULL ORDER BY roomnum";
    assert_eq!(
        lines(&server, ended),
        [
            "10001 host_timeout 2",
            "10002 dismissed 1",
            "10003 exit 2",
            "10004 superseded 0",
            "10006 logout 0",
            "10007 kicked 0",
            "10010 dismissed 6"
        ]
    );
    eventually("the refuted one to be on record", || {
        events(&server, "pending").is_empty().then_some(())
    });
    let done = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15, 17, 19, 20, 23];
    assert_eq!(events(&server, "done"), done);
    assert_eq!(events(&server, "kept"), [18, 22]);
    assert_eq!(events(&server, "unmatched"), [7, 16, 21]);
    assert_eq!(events(&server, "unplayable"), [13]);
    assert_eq!(events(&server, "due"), [0; 0]);
    assert_eq!(
        log_in(&server, "otto").create(),
        10011,
        "no number is given out twice"
    );
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

//! Background writes at the promised size: thousands of rooms whose hosts send likes, and thousands
//! of sessions in use.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::json;
use sha2::{Digest, Sha256};
use zaibo::clock::Clock;
use zaibo::database_url::{DatabaseUrl, Opening};
use zaibo::domain::{Uid, UnixTime};
use zaibo::store::{Person, Store, TokenHash};

use crate::client::Client;
use crate::server::{Server, eventually};

const SESSIONS: usize = 5000;
const ROOMS: usize = 3000;

/// How long ago the sessions were last used, in seconds: long ago, but the tokens are still valid.
const LAST_USED: i64 = 3 * 24 * 60 * 60;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn token(at: usize) -> String {
    format!("ztoken{at:038}")
}

/// Creates a database with `people` users who have sessions; the first `hosts` of them host lives.
fn seeded(people: usize, hosts: usize, used_at: UnixTime) -> Arc<tempfile::TempDir> {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let everybody = (0..people).map(|at| Person {
        uid: Uid::parse(&format!("u{at}")).expect("an id"),
        token: TokenHash(Sha256::digest(token(at)).into()),
    });
    let path = folder.path().join("zaibo.db");
    let opening = Opening::usual(DatabaseUrl::Sqlite(path));
    let clock = Clock::starting_at(used_at);
    Store::seed(
        &opening,
        everybody.collect(),
        hosts,
        "nobody logs in",
        clock,
    )
    .expect("seeded");
    folder
}

fn now() -> UnixTime {
    Clock::system().unix()
}

fn count(folder: &Path, condition: &str) -> i64 {
    let path = folder.join("zaibo.db");
    let mut database = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    let question = format!("SELECT count(*) AS count FROM {condition}");
    let rows: Vec<Count> = diesel::sql_query(question)
        .load(&mut database)
        .expect("a count");
    rows[0].count
}

/// Each of these users acts once, four of them at a time.
fn everybody(server: &Server, people: usize, act: impl Fn(&Client, usize) + Sync) {
    thread::scope(|scope| {
        for first in 0..4 {
            let (client, act) = (server.client(), &act);
            scope.spawn(move || {
                for at in (first..people).step_by(4) {
                    act(&client, at);
                }
            });
        }
    });
}

fn send_likes(client: &Client, at: usize) {
    let beat = json!({"token": token(at), "roomnum": 10001 + at, "role": 1, "thumbup": at + 1});
    client.post("live", "heartbeat", &beat).ok();
}

#[test]
fn likes_of_three_thousand_rooms_are_on_record_after_a_kill_and_after_a_stop() {
    for kill in [true, false] {
        let folder = seeded(ROOMS, ROOMS, now());
        let mut server = Server::start_in(folder, &[]);
        everybody(&server, ROOMS, send_likes);
        let liked = "lives WHERE likes = roomnum - 10000 AND total_members = 1";
        let all = i64::try_from(ROOMS).expect("few");
        if kill {
            eventually("the likes to be on record", || {
                (count(server.folder(), liked) == all).then_some(())
            });
            server.kill_nine();
        } else {
            assert!(server.terminate().success());
        }
        assert_eq!(count(server.folder(), liked), all);
        assert!(!server.log().contains("ERROR"), "{}", server.log());
    }
}

#[test]
fn uses_of_five_thousand_sessions_are_on_record_after_a_stop_and_all_go_on() {
    let seeded_at = now();
    let folder = seeded(
        SESSIONS,
        1,
        UnixTime::from_secs(seeded_at.as_secs() - LAST_USED),
    );
    let mut server = Server::start_in(folder, &[]);
    let ask = |client: &Client, at: usize| {
        let page = json!({"token": token(at), "type": "live", "index": 0, "size": 1});
        client.post("live", "roomlist", &page).ok();
    };
    everybody(&server, SESSIONS, ask);
    assert!(server.terminate().success());
    let used = format!("sessions WHERE last_used_at >= {}", seeded_at.as_secs());
    assert_eq!(
        count(server.folder(), &used),
        i64::try_from(SESSIONS).expect("few")
    );
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    let server = server.restart();
    everybody(&server, SESSIONS, ask);
}

//! An import at size: 100 000 accounts, 50 000 rooms and 20 000 recordings in one run, into both engines.

use super::Move;
use super::engines::IntoMariaDb;
use crate::server::Server;

#[test]
fn a_hundred_thousand_accounts_move_in_in_one_run() {
    let Some(moving) = large() else { return };
    is_whole(|words| moving.import(words), || moving.server());
}

#[test]
fn a_hundred_thousand_accounts_move_into_mariadb_in_one_run() {
    let Some(moving) = large() else { return };
    let mariadb = IntoMariaDb::of(&moving);
    is_whole(|words| mariadb.import(words), || mariadb.server());
}

/// The database of a large PHP server.
fn large() -> Option<Move> {
    let moving = Move::from("2018-03")?;
    moving.execute(
        "DELETE FROM t_account; DELETE FROM t_av_room; DELETE FROM t_video_record;
        DELETE FROM t_new_live_record;
        INSERT INTO t_account (uid, pwd, register_time)
            SELECT CONCAT('user-', seq), TO_BASE64(CONCAT('secret-', seq)), 1520000000 + seq
            FROM seq_1_to_100000;
        INSERT INTO t_av_room (id, uid, create_time, finish_time, title)
            SELECT 10000 + seq, CONCAT('user-', seq), 1520000000 + seq, 1520003600 + seq, CONCAT('直播 ', seq)
            FROM seq_1_to_50000;
        INSERT INTO t_video_record (uid, room_num, title, video_id, play_url, create_time)
            SELECT CONCAT('user-', seq), 10000 + seq, 'Live', seq,
                CONCAT('http://v.example.com/', seq, '.mp4'), 1520003600 + seq
            FROM seq_1_to_20000;",
    );
    Some(moving)
}

/// Imports twice, and logs two hundred of the users in.
fn is_whole(import: impl Fn(&[&str]) -> String, server: impl Fn() -> Server) {
    let words = ["--hash-memory-kib", "64"];
    let said = import(&words);
    for line in [
        "accounts      100000  100000  0        0             0       0",
        "rooms         50000   50000   0        0             0       0",
        "recordings    20000   20000   0        0             0       0",
        "hashing 100000 passwords took ",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
    let again = import(&words);
    let line = "accounts      100000  0    0        100000        0       0";
    assert!(again.contains(line), "{again}");
    let server = server();
    for number in (500..=100_000).step_by(500) {
        let (id, password) = (format!("user-{number}"), format!("secret-{number}"));
        server.client().login(&id, &password).ok();
    }
}

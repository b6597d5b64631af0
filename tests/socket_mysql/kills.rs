//! The database is killed a hundred times at work, and connections are lost in the middle of commits.
//! Every answer agrees with the record.

use crate::engine::Records;
use crate::load::{Load, Outcome};
use crate::mariadb::MariaDb;
use crate::place::{folder_on, server_by, server_on};
use crate::server::eventually;
use crate::slow_proxy::{Lost, SlowProxy};

const KILLS: usize = 100;
const WRITERS: usize = 8;

#[test]
fn a_hundred_kills_of_the_database_lose_nothing_that_was_acknowledged() {
    let Some(mut database) = MariaDb::start() else {
        return;
    };
    let server = server_on(database.url());
    let load = Load::start(&server, WRITERS);
    for _ in 0..KILLS {
        load.await_more(Outcome::Done, 20);
        database.kill_nine();
        database.start_again();
    }
    load.await_more(Outcome::Done, 20);
    let figures = load.stop(&mut Records::of(server.folder()));
    assert!(figures.done >= KILLS * 20, "{figures:?}");
    assert!(figures.not_done + figures.unknown > 0, "{figures:?}");
    // A server that is back within a second can be asked.
    assert!(figures.unknown <= KILLS / 10, "{figures:?}");
}

/// Whichever half of a commit is lost, the answer is 0 and the write is there once: it is asked for, or
/// done again.
#[test]
fn a_commit_that_is_lost_on_its_way_is_asked_about() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let proxy = SlowProxy::start(database.address());
    let server = server_by(folder_on(database.url()), &proxy.url(database.url()));
    let host = server.newcomer("host");
    for (nth, lost) in [Lost::Request, Lost::Answer]
        .repeat(10)
        .into_iter()
        .enumerate()
    {
        proxy.lose_next_commit(lost);
        let room = host.create();
        eventually("the commit to be lost", || {
            (proxy.commits_lost() == nth + 1).then_some(())
        });
        let rooms = Records::of(server.folder()).count(&format!("rooms WHERE roomnum >= {room}"));
        assert_eq!(rooms, 1);
    }
    assert_eq!(Records::of(server.folder()).count("rooms"), 20);
    let open = "lives WHERE ended_at IS NULL";
    assert_eq!(Records::of(server.folder()).count(open), 1);
}

#[test]
fn connections_that_are_cut_at_any_moment_leave_every_answer_true() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let proxy = SlowProxy::start(database.address());
    let server = server_by(folder_on(database.url()), &proxy.url(database.url()));
    let load = Load::start(&server, WRITERS);
    for _ in 0..50 {
        load.await_more(Outcome::Done, 10);
        proxy.cut();
    }
    load.await_more(Outcome::Done, 10);
    let figures = load.stop(&mut Records::of(server.folder()));
    assert!(figures.done >= 500, "{figures:?}");
}

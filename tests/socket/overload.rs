//! Overload on real sockets: a database that another process has locked, and very many connections,
//! half of them slow.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::raw::{Raw, head, request};
use crate::server::{Server, eventually};

const BEAT: &str = "/sxb/index.php?svc=live&cmd=heartbeat";

/// The number of open connections. Every second one is slow.
const CONNECTIONS: usize = 10_000;

/// The number of other files that this process may have open.
const OTHER_FILES: usize = 1000;

/// The most memory that one connection may cost the server, in bytes, slow or not.
const BYTES_EACH: u64 = 32 * 1024;

#[test]
fn while_another_holds_the_database_writes_are_refused_and_beats_go_on() {
    let server = Server::start(&[]);
    let (host, guest) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    guest.enter(room).ok();
    let path = server.folder().join("zaibo.db");
    let mut other = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    std::thread::scope(|scope| {
        let refused = scope.spawn(|| guest.live("create", json!({"type": "live"})));
        while !refused.is_finished() {
            guest.beat(room, 0).ok();
            assert_eq!(guest.members(room).len(), 2);
        }
        refused.join().expect("an answer").is(90001);
    });
    let mut metrics = Raw::connect(server.operators());
    metrics.send(head("GET", "/metrics", &[]));
    let figures = String::from_utf8(metrics.response().body).expect("text");
    let counted = r#"zaibo_busy_total{queue="writer"} 1"#;
    assert!(figures.contains(counted), "{figures}");
    eventually("the metrics to say that the database is held", || {
        (server.counted("zaibo_store_usable") == 0).then_some(())
    });
    other.batch_execute("COMMIT").expect("the end of the lock");
    eventually("the database to be free", || {
        let created = guest.live("create", json!({"type": "live"}));
        (created.code == 0).then_some(())
    });
    eventually("the metrics to say so", || {
        (server.counted("zaibo_store_usable") == 1).then_some(())
    });
}

#[test]
fn ten_thousand_connections_half_of_them_slow_starve_nobody_and_cost_little() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let body = json!({"token": host.token, "roomnum": room, "role": 1}).to_string();
    let whole = request("POST", BEAT, &[], &body);
    let before = server.resident();
    let connections = allowed();
    let mut crowd: Vec<Raw> = Vec::with_capacity(connections);
    for at in 0..connections {
        let mut raw = Raw::connect(server.address());
        match at % 4 {
            // Some stop in the middle of the head, some in the middle of the body.
            1 => raw.send(&whole[..20]),
            3 => raw.send(&whole[..whole.len() - 10]),
            _ => {
                raw.send(&whole);
                raw.response().answer().ok();
            }
        }
        crowd.push(raw);
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < connections as u64 * BYTES_EACH, "{grown} bytes");
    // Every client that is not slow is answered again on its connection.
    for raw in crowd.iter_mut().step_by(2) {
        raw.send(&whole);
        raw.response().answer().ok();
    }
    // The slow connections are closed, with or without an answer.
    for raw in crowd.iter_mut().skip(1).step_by(2) {
        match raw.try_response() {
            Ok(response) => assert!(matches!(response.status, 200 | 408), "{response:?}"),
            Err(cause) => assert!(
                matches!(
                    cause.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                ),
                "{cause}"
            ),
        }
    }
    host.beat(room, 1).ok();
}

/// The number of connections that the system allows this process, at most [`CONNECTIONS`].
fn allowed() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).expect("as many as are allowed");
    let files = maximum.map_or(usize::MAX, |most| usize::try_from(most).expect("64 bits"));
    CONNECTIONS.min(files.saturating_sub(OTHER_FILES))
}

/// After a restart all clients come back at once. The system completes their connections before the server
/// accepts them.
#[test]
fn a_thousand_clients_who_come_at_the_same_moment_need_not_come_again() {
    const CLIENTS: usize = 1000;
    let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn").expect("a limit");
    let allowed: usize = allowed.trim().parse().expect("a number");
    let server = Server::start(&[]);
    server.signal("-STOP");
    let limit = Duration::from_millis(900);
    let connect = |_| TcpStream::connect_timeout(&server.address(), limit).ok();
    let waiting: Vec<_> = (0..CLIENTS).map_while(connect).collect();
    server.signal("-CONT");
    assert!(
        waiting.len() >= CLIENTS.min(allowed),
        "{} of {CLIENTS}",
        waiting.len()
    );
    drop(waiting);
    server.newcomer("somebody").go_live();
}

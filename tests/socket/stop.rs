//! A graceful stop: requests in progress are answered, new ones are refused, and the exit status is
//! 0.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::json;

use crate::client::{Client, PASSWORD};
use crate::engine::Records;
use crate::raw::{Raw, head, request};
use crate::server::{Server, command, eventually, unique};

#[test]
fn requests_in_flight_are_answered_before_the_server_stops() {
    let mut server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let bodies = [
        (
            "live",
            "heartbeat",
            json!({"token": host.token, "roomnum": room, "role": 1}),
        ),
        (
            "live",
            "create",
            json!({"token": server.newcomer("other").token, "type": "live"}),
        ),
        (
            "account",
            "regist",
            json!({"id": unique("late"), "pwd": PASSWORD}),
        ),
        (
            "account",
            "login",
            json!({"id": server.newcomer("again").id, "pwd": PASSWORD}),
        ),
        (
            "live",
            "roomlist",
            json!({"token": host.token, "index": 0, "size": 10}),
        ),
    ];
    let mut flights: Vec<(Raw, String)> = bodies
        .into_iter()
        .map(|(svc, cmd, fields)| {
            let (path, body) = (format!("/?svc={svc}&cmd={cmd}"), fields.to_string());
            let length = body.len().to_string();
            let mut flight = Raw::connect(server.address());
            // The connection has been used before, like those of clients.
            flight.send(request("POST", &path, &[], "{}"));
            flight.response().answer().is(10003);
            let headers = [("Content-Length", &*length), ("Expect", "100-continue")];
            flight.send(head("POST", &path, &headers));
            // From now on the request is certainly being served.
            assert_eq!(flight.response().status, 100);
            (flight, body)
        })
        .collect();
    server.signal("-TERM");
    eventually("the door to be shut", || {
        TcpStream::connect(server.address()).is_err().then_some(())
    });
    for (flight, body) in &mut flights {
        flight.send(&*body);
    }
    for (flight, body) in &mut flights {
        let answer = flight.response().answer();
        assert_eq!(answer.code, 0, "{body}: {}", answer.info);
    }
    drop(flights);
    assert!(server.ended().success());
}

#[test]
fn an_idle_server_stops_with_status_0() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start(&[]);
        // This client's connection stays open.
        let host = server.newcomer("somebody");
        host.go_live();
        server.signal(signal);
        assert!(server.ended().success(), "{signal}");
    }
}

#[test]
fn a_server_whose_log_nobody_reads_any_more_serves_on_and_can_be_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = command(folder.path(), &[]).spawn().expect("a process");
    drop(child.stderr.take());
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("standard output"))
        .read_line(&mut first)
        .expect("a line");
    let address = first.trim().split("http://").nth(1).expect("an address");
    let client = Client::of(address.parse().expect("an address"));
    // Each of these requests is logged.
    for name in ["one", "two"] {
        client.regist(name, PASSWORD).ok();
    }
    client.login("one", PASSWORD).ok();
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    assert!(sent.expect("kill").success());
    let ended = eventually("the server to end", || child.try_wait().expect("a child"));
    assert!(ended.success(), "{ended}");
}

#[test]
fn who_asks_once_more_does_not_wait_for_a_database_that_somebody_holds() {
    let mut server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    host.live(
        "heartbeat",
        json!({"roomnum": room, "role": 1, "thumbup": 7}),
    )
    .ok();
    let path = server.folder().join("zaibo.db");
    let mut other = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    server.signal("-TERM");
    eventually("the server to stop", || {
        server.log().contains("stopping").then_some(())
    });
    // The first signal ends the requests, the next one ends the waiting. It is sent until the
    // server ends.
    let ended = eventually("the end", || {
        let _ = Command::new("kill")
            .args(["-INT", &server.id().to_string()])
            .stderr(Stdio::null())
            .status();
        server.has_ended()
    });
    assert_eq!(ended.code(), Some(1));
    assert!(
        !server.log().contains("everything is on record"),
        "{}",
        server.log()
    );
}

#[test]
fn who_asks_once_more_does_not_wait_for_a_request_that_never_comes() {
    let mut server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let beat = json!({"roomnum": room, "role": 1, "thumbup": 7});
    host.live("heartbeat", beat).ok();
    let mut slow = Raw::connect(server.address());
    let headers = [("Content-Length", "100"), ("Expect", "100-continue")];
    slow.send(head("POST", "/?svc=live&cmd=heartbeat", &headers));
    assert_eq!(slow.response().status, 100);
    server.signal("-TERM");
    server.logged("stopping");
    assert!(server.has_ended().is_none());
    server.signal("-TERM");
    // A request may take ten seconds. Half of that is long for an end at once.
    let ended = (0..50).find_map(|_| {
        thread::sleep(Duration::from_millis(100));
        server.has_ended()
    });
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
    assert!(server.log().contains("everything is on record"));
    assert_eq!(
        Records::of(server.folder()).count("lives WHERE likes = 7"),
        1
    );
}

//! Clients that do not read their answers: the answers fill no memory, and the connections are
//! closed.

use std::io::ErrorKind;

use serde_json::json;

use super::{STRANGER, command, succeeds};
use crate::raw::{Raw, head};
use crate::server::{Server, eventually};

/// The most memory that a connection may cost if its client does not read, in bytes.
const BYTES_EACH: u64 = 1024 * 1024;

const STALLED: &str = r#"zaibo_connections_cut_total{reason="stalled"}"#;

/// Sends until the server takes no more.
fn stuff(raw: &mut Raw, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        match raw.push(rest) {
            Ok(sent) => {
                rest = if sent == rest.len() {
                    bytes
                } else {
                    &rest[sent..]
                }
            }
            Err(full) if full.kind() == ErrorKind::WouldBlock => return,
            // The server has closed the connection.
            Err(_) => return,
        }
    }
}

#[test]
fn who_sends_requests_and_reads_no_answer_costs_little_and_is_hung_up_on() {
    const CONNECTIONS: usize = 8;
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    // What any client costs once, in each thread, is not theirs.
    let one = head("GET", "/healthz", &[]);
    for _ in 0..4 * CONNECTIONS {
        let mut polite = Raw::connect_from(STRANGER, server.address());
        polite.send(one.repeat(100));
        for _ in 0..100 {
            assert_eq!(polite.response().status, 200);
        }
        host.beat(room, 1).ok();
    }
    // Nor is the first look at the metrics.
    let _ = server.counted(STALLED);
    let before = server.resident();
    let many = one.repeat(4000);
    let mut silent: Vec<Raw> = (0..CONNECTIONS)
        .map(|_| Raw::connect_from(STRANGER, server.address()))
        .collect();
    silent.iter_mut().for_each(Raw::hurry);
    let mut most = 0;
    eventually("the server to hang up", || {
        silent.iter_mut().for_each(|raw| stuff(raw, &many));
        most = most.max(server.resident().saturating_sub(before));
        host.beat(room, 1).ok();
        (server.counted(STALLED) == CONNECTIONS as u64).then_some(())
    });
    assert!(most < CONNECTIONS as u64 * BYTES_EACH, "{most} bytes");
    succeeds(20, |_| host.beat(room, 1).code);
}

#[test]
fn who_pipelines_and_reads_is_answered_in_order() {
    const REQUESTS: usize = 5000;
    let server = Server::start(&[]);
    let mut raw = Raw::connect(server.address());
    let sending = {
        let mut half = raw.other_half();
        std::thread::spawn(move || {
            for number in 0..REQUESTS {
                let path = if number % 7 == 3 {
                    "/nowhere"
                } else {
                    "/healthz"
                };
                half.send(head("GET", path, &[]));
            }
        })
    };
    for number in 0..REQUESTS {
        let response = raw.response();
        let is_odd = number % 7 == 3;
        assert_eq!(
            response.header("content-type") == "application/json",
            is_odd
        );
        assert_eq!(response.status, 200);
    }
    sending.join().expect("sent");
}

#[test]
fn who_sends_requests_ahead_gets_every_answer_wherever_the_pieces_end() {
    let server = Server::start(&[]);
    let mut raw = Raw::connect(server.address());
    for padding in (1..200).step_by(7) {
        // The answer takes a moment, because the handler queries the database.
        let ask = head("GET", "/readyz", &[("X-Padding", &"x".repeat(padding))]);
        raw.send(ask.repeat(200));
        for _ in 0..200 {
            assert_eq!(raw.response().status, 200);
        }
    }
}

#[test]
fn who_sends_a_few_commands_ahead_gets_every_answer() {
    let server = Server::start(&[]);
    let (host, guest) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    let mut raw = Raw::connect(server.address());
    for padding in 0..50 {
        let visit = |operate| {
            let fields = json!({
                "token": guest.token, "roomnum": room, "role": 0, "operate": operate,
                "pad": "x".repeat(padding),
            });
            command("svc=live&cmd=reportmemid", &fields)
        };
        raw.send([visit(0), visit(1)].concat().repeat(7));
        for _ in 0..14 {
            raw.response().answer().ok();
        }
    }
    assert_eq!(host.members(room).len(), 1);
}

#[test]
fn who_begins_a_second_request_and_does_not_go_on_is_hung_up_on() {
    let server = Server::start(&[]);
    let mut raw = Raw::connect_from(STRANGER, server.address());
    raw.send(head("GET", "/healthz", &[]));
    assert_eq!(raw.response().status, 200);
    raw.send("GET /healthz HT");
    let gone = raw.try_response().expect_err("nothing more comes");
    assert_eq!(gone.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(
        server.counted(r#"zaibo_connections_cut_total{reason="slow"}"#),
        1
    );
}

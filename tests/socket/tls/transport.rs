//! Requests by HTTPS, and clients that do not get as far as a request.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustls::version::{TLS12, TLS13};
use serde_json::json;

use super::{connect, server, try_connect};
use crate::client::PASSWORD;
use crate::raw::{head, request};
use crate::server::{Server, TIMEOUT, eventually, unique};
use crate::transport::{BEAT, beat};

const HANDSHAKES: &str = r#"zaibo_connections_cut_total{reason="handshake"}"#;

/// How many handshakes the server has refused.
fn refused(server: &Server) -> u64 {
    server.counted(HANDSHAKES)
}

/// Waits for a figure: a connection is counted just after it is closed.
fn becomes(server: &Server, figure: &str, wanted: u64) {
    eventually(figure, || (server.counted(figure) == wanted).then_some(()));
}

/// Waits until the server hangs up, and returns what it sent before.
fn until_the_end(socket: &mut TcpStream) -> Vec<u8> {
    socket.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let mut said = Vec::new();
    let mut part = [0; 1024];
    loop {
        match socket.read(&mut part) {
            Ok(0) => return said,
            Ok(length) => said.extend_from_slice(&part[..length]),
            Err(cause) => {
                assert_eq!(cause.kind(), std::io::ErrorKind::ConnectionReset);
                return said;
            }
        }
    }
}

#[test]
fn both_versions_of_tls_serve_many_requests_on_one_connection() {
    let (server, made) = server();
    let listens = server.printed().concat();
    assert!(listens.contains("listens on https://"), "{listens}");
    let attempt = eventually("what to try", || server.printed().get(2).cloned());
    assert!(attempt.contains("curl -k 'https://"), "{attempt}");
    for version in [&TLS12, &TLS13] {
        for protocols in [&[][..], &[&b"http/1.1"[..]], &[b"h2", b"http/1.1"]] {
            let raw = try_connect(server.address(), &made, &[version], protocols);
            let mut raw = raw.expect("a handshake");
            let agreed = raw.inner().conn.alpn_protocol().map(<[u8]>::to_vec);
            let wanted = (!protocols.is_empty()).then(|| b"http/1.1".to_vec());
            assert_eq!(agreed, wanted);
            let id = unique("somebody");
            let body = json!({"id": id, "pwd": PASSWORD}).to_string();
            for (cmd, code) in [("regist", 0), ("regist", 10004), ("login", 0)] {
                raw.send(request(
                    "POST",
                    &format!("/?svc=account&cmd={cmd}"),
                    &[],
                    &body,
                ));
                assert_eq!(raw.response().answer().code, code);
            }
            // The largest body has several records.
            let large = request("POST", BEAT, &[], "x".repeat(60_000));
            raw.send(large);
            assert_eq!(raw.response().answer().code, 10002);
            let many = request("POST", BEAT, &[], beat("nobody")).repeat(200);
            raw.send(many);
            for _ in 0..200 {
                assert_eq!(raw.response().answer().code, 10009);
            }
        }
    }
    assert_eq!(refused(&server), 0);
}

#[test]
fn a_client_that_waits_to_be_told_to_send_its_body_is_told() {
    let (server, made) = server();
    let mut raw = connect(server.address(), &made);
    let body = beat("nobody");
    let length = body.len().to_string();
    let headers = [("Content-Length", &*length), ("Expect", "100-continue")];
    raw.send(head("POST", BEAT, &headers));
    assert_eq!(raw.response().status, 100);
    raw.send(body);
    assert_eq!(raw.response().answer().code, 10009);
}

#[test]
fn what_is_not_tls_is_cut_and_counted_and_the_log_stays_quiet() {
    let (server, made) = server();
    // The last line of a start.
    let before = server.logged("zaibo serves on");
    for (times, said) in [
        (20, &b"GET / HTTP/1.1\r\nHost: zaibo.test\r\n\r\n"[..]),
        (20, b"\x00\x01\x02rubbish rubbish rubbish"),
        // A record with a message that only servers send.
        (20, &[0x16, 3, 1, 0, 4, 2, 0, 0, 0]),
    ] {
        for _ in 0..times {
            let mut socket = TcpStream::connect(server.address()).expect("a connection");
            socket.write_all(said).expect("sent");
            let answer = until_the_end(&mut socket);
            // An alert of TLS at the most.
            assert!(answer.len() <= 7, "{answer:?}");
        }
    }
    // A client that offers nothing that the server has.
    let h2 = try_connect(server.address(), &made, &[&TLS13], &[b"h2"]);
    assert!(h2.is_err());
    becomes(&server, HANDSHAKES, 61);
    // Clients that go away are nobody's mistake.
    for said in [&b""[..], &[0x16, 3, 1, 2, 0, 1]] {
        let mut socket = TcpStream::connect(server.address()).expect("a connection");
        socket.write_all(said).expect("sent");
    }
    let mut raw = connect(server.address(), &made);
    raw.send(request("GET", "/healthz", &[], ""));
    assert_eq!(raw.response().status, 200);
    assert_eq!(refused(&server), 61);
    assert_eq!(server.log(), before);
}

#[test]
fn a_client_that_does_not_accept_the_certificate_is_counted_apart() {
    let (folder, expired) = super::folder(-3);
    let server = Server::start_in(folder, super::SETTINGS);
    for version in [&TLS12, &TLS13] {
        let refused = try_connect(server.address(), &expired, &[version], &[b"http/1.1"]);
        assert!(refused.is_err());
    }
    let of_certificate = r#"zaibo_connections_cut_total{reason="certificate"}"#;
    becomes(&server, of_certificate, 2);
    assert_eq!(refused(&server), 0);
}

#[test]
fn rubbish_after_the_handshake_ends_the_connection_and_hardly_shows_in_the_log() {
    let (server, made) = server();
    let before = server.logged("zaibo serves on").lines().count();
    for _ in 0..20 {
        let mut raw = connect(server.address(), &made);
        let socket = &mut raw.inner().sock;
        socket.write_all(b"rubbish rubbish rubbish").expect("sent");
        until_the_end(socket);
    }
    let mut raw = connect(server.address(), &made);
    raw.send(request("GET", "/healthz", &[], ""));
    assert_eq!(raw.response().status, 200);
    // At the most the one line in a while about malformed requests.
    let lines = server.log().lines().count() - before;
    assert!(lines <= 1, "{}", server.log());
}

#[test]
fn a_handshake_that_does_not_end_is_cut_like_a_head_that_does_not_end() {
    let (server, _) = server();
    // The beginning of a hello.
    let mut socket = TcpStream::connect(server.address()).expect("a connection");
    socket.write_all(&[0x16, 3, 1, 2, 0, 1]).expect("sent");
    assert_eq!(until_the_end(&mut socket), b"");
    assert_eq!(
        server.counted(r#"zaibo_connections_cut_total{reason="slow"}"#),
        1
    );
    assert_eq!(refused(&server), 0);
}

#[test]
fn connections_without_a_handshake_make_room_when_places_are_few() {
    let (folder, made) = super::folder(90);
    let settings = [
        super::SETTINGS,
        &[
            ("ZAIBO_HTTP__WORKERS", "1"),
            ("ZAIBO_HTTP__MAX_CONNECTIONS", "64"),
        ],
    ];
    let server = Server::start_in(folder, &settings.concat());
    let silent: Vec<_> = (0..64)
        .map(|_| TcpStream::connect(server.address()).expect("a connection"))
        .collect();
    let mut raw = connect(server.address(), &made);
    raw.send(request("GET", "/healthz", &[], ""));
    assert_eq!(raw.response().status, 200);
    let crowded = server.counted(r#"zaibo_connections_cut_total{reason="crowded"}"#);
    assert!(crowded >= 16, "{crowded}");
    drop(silent);
}

#[test]
fn a_client_that_takes_nothing_of_its_answers_is_cut() {
    let (server, made) = server();
    let mut raw = connect(server.address(), &made);
    raw.inner()
        .sock
        .set_write_timeout(Some(Duration::from_secs(2)))
        .expect("a timeout");
    let many = request("POST", BEAT, &[], beat("nobody")).repeat(100);
    // Until the server reads no more, because its answers are not taken.
    for _ in 0..10_000 {
        if raw.inner().write_all(&many).is_err() {
            break;
        }
    }
    eventually("the end of the connection", || {
        let stalled = server.counted(r#"zaibo_connections_cut_total{reason="stalled"}"#);
        (stalled == 1).then_some(())
    });
}

#[test]
fn a_stop_ends_handshakes_and_idle_connections_before_requests_in_flight() {
    let (mut server, made) = server();
    let mut begun = TcpStream::connect(server.address()).expect("a connection");
    begun.write_all(&[0x16, 3, 1, 2, 0, 1]).expect("sent");
    let mut silent = TcpStream::connect(server.address()).expect("a connection");
    let mut idle = connect(server.address(), &made);
    idle.send(request("GET", "/healthz", &[], ""));
    assert_eq!(idle.response().status, 200);
    let mut flight = connect(server.address(), &made);
    let body = beat("nobody");
    let length = body.len().to_string();
    let headers = [("Content-Length", &*length), ("Expect", "100-continue")];
    flight.send(head("POST", BEAT, &headers));
    assert_eq!(flight.response().status, 100);
    server.signal("-TERM");
    for socket in [&mut begun, &mut silent, &mut idle.inner().sock] {
        until_the_end(socket);
    }
    // So they did not wait for the time at which a stop is forced: that would have ended this one too.
    flight.send(body);
    assert_eq!(flight.response().answer().code, 10009);
    assert!(server.ended().success());
}

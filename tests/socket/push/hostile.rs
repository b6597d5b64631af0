//! Clients that want harm, or are in a hurry: what they may cost, and that nobody else notices them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use tungstenite::Message;

use zaibo::clock::Stopwatch;

use super::*;
use crate::raw::{Raw, head};
use crate::server::{Server, TIMEOUT, eventually};

/// A connection after the handshake of a WebSocket, and what comes at the same time as its head.
fn shaken(server: &Server, path: &str, more: &[u8]) -> TcpStream {
    let mut tcp = TcpStream::connect(server.address()).expect("a connection");
    tcp.set_read_timeout(Some(TIMEOUT)).expect("a socket");
    let headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut asked = head("GET", path, &headers);
    asked.extend_from_slice(more);
    tcp.write_all(&asked).expect("sent");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        tcp.read_exact(&mut byte).expect("an answer");
        answer.push(byte[0]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    tcp
}

/// A frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short");
    assert!(length < 126);
    let mut bytes = vec![first, 0x80 | length, 0, 0, 0, 0];
    bytes.extend_from_slice(payload);
    bytes
}

/// Reads until the server ends the connection, and returns what it said.
fn to_the_end(mut tcp: TcpStream) -> String {
    let mut bytes = Vec::new();
    // The end may be a reset, because bytes are left unread.
    let _ = tcp.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_frame_that_announces_more_than_is_allowed_ends_before_it_has_come() {
    let server = Server::start(&[]);
    let room = server.newcomer("host").go_live();
    let mut tcp = shaken(&server, &events(room), &[]);
    let head = [0x81, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    tcp.write_all(&head).expect("sent");
    let mut sent = 0;
    // More than the buffers of the system take, and far more than a frame may have.
    let much = 32 * 1024 * 1024;
    while sent < much && tcp.write_all(&[0; 4096]).is_ok() {
        sent += 4096;
    }
    assert!(sent < much, "it took everything");
}

#[test]
fn empty_parts_of_a_message_count_as_frames() {
    let server = Server::start(&[]);
    let room = server.newcomer("host").go_live();
    let mut tcp = shaken(&server, &events(room), &[]);
    let parts = [frame(0x01, b""), frame(0x00, b"").repeat(1000)].concat();
    let _ = tcp.write_all(&parts);
    let said = to_the_end(tcp);
    assert!(said.contains("too_many_frames"), "{said}");
}

#[test]
fn what_comes_with_the_handshake_is_heard_at_once() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let auth = json!({"t": "auth", "token": host.token}).to_string();
    let began = Stopwatch::start();
    let more = [
        frame(0x81, auth.as_bytes()),
        frame(0x81, br#"{"t":"ping","id":7}"#),
        frame(0x88, &1000_u16.to_be_bytes()),
    ];
    let said = to_the_end(shaken(&server, &events(room), &more.concat()));
    assert!(said.contains(r#"{"t":"pong","id":7}"#), "{said}");
    assert!(said.ends_with("\u{2}\u{3}\u{fffd}"), "a close is answered");
    // The next ping of the server would come after ten seconds.
    assert!(began.elapsed() < Duration::from_secs(9));
}

#[test]
fn who_says_nothing_may_come_back_and_pings_before_the_token_are_answered() {
    let server = Server::start(&[]);
    let room = server.newcomer("host").go_live();
    let mut socket = Socket::open(server.address(), &events(room));
    socket.0.send(Message::Ping("?".into())).expect("sent");
    let answered = socket.0.read().expect("an answer");
    assert_eq!(answered, Message::Pong("?".into()));
    let bye = socket.next_of("bye");
    assert_eq!((&bye["code"], &bye["retry"]), (&json!(4408), &json!(true)));
}

#[test]
fn whoever_asks_for_snapshots_without_a_pause_is_sent_away() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let mut socket = Socket::read(&host, host.go_live(), None);
    for _ in 0..5 {
        socket.send(&json!({"t": "resync"}));
    }
    assert_eq!(socket.closed(), 4429);
}

#[test]
fn a_ticket_is_of_no_use_to_a_token_that_ended() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let asked = json!({"room": room}).to_string();
    let ticket = v2(&host, "POST", "/v2/tickets", &asked)["ticket"].clone();
    let ticket = ticket.as_str().expect("a ticket");
    User::log_in(host.client.clone(), &host.id);
    let path = format!("{}?ticket={ticket}", events(room));
    assert_eq!(Socket::open(server.address(), &path).closed(), 4401);
}

#[test]
fn nobody_takes_tickets_without_end() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let mut raw = Raw::connect(server.address());
    let bearer = format!("Bearer {}", host.token);
    let statuses: Vec<_> = (0..70)
        .map(|_| {
            let headers = [("Authorization", bearer.as_str()), ("Content-Length", "2")];
            raw.send(head("POST", "/v2/tickets", &headers));
            raw.send("{}");
            raw.response().status
        })
        .collect();
    assert_eq!(statuses[..60], [200; 60]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_wish_to_upgrade_that_is_not_whole_is_no_wish() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let bearer = format!("Bearer {}", host.token);
    let mut raw = Raw::connect(server.address());
    let headers = [("Authorization", bearer.as_str()), ("Upgrade", "websocket")];
    raw.send(head("GET", "/v2/me", &headers));
    assert_eq!(raw.response().status, 200);
}

/// Changes of the room, each so large that the system does not keep many for a client.
const CHANGES: u64 = 160;
const LARGE: usize = 3800;
const STUCK: u64 = 200;

#[test]
fn readers_who_take_nothing_cost_bounded_memory_and_nobody_else_a_frame() {
    let server = Server::start(&[("ZAIBO_HTTP__CONNECTIONS_PER_PEER", "0")]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let open = |user: &User| {
        let mut socket = Socket::read(user, room, None);
        let snapshot = socket.next_of("snapshot");
        (socket, snapshot["seq"].as_u64().expect("a number"))
    };
    let stuck: Vec<_> = (0..STUCK).map(|_| open(&viewer)).collect();
    let (mut healthy, mut seen) = open(&host);
    let sent = || server.counted("zaibo_push_bytes_total{transport=\"websocket\"}");
    let (memory, before) = (server.resident(), sent());
    let mut published = 0;
    for n in 0..CHANGES {
        let about = json!({"text": "x".repeat(LARGE), "n": n});
        let body = json!({"metadata": about}).to_string();
        v2(&host, "PATCH", &format!("/v2/rooms/{room}"), &body);
        // One after the other, so that each is a frame of its own; and no snapshot comes between.
        let frame = healthy.next();
        assert_eq!(
            (&frame["t"], &frame["from"]),
            (&json!("events"), &json!(seen + 1))
        );
        assert_eq!(frame["events"][0]["room"]["metadata"], about);
        seen = frame["to"].as_u64().expect("a number");
        published += frame.to_string().len() as u64;
    }
    let all = published * (STUCK + 1);
    assert!(
        sent() - before < all * 3 / 4,
        "they are stuck, or this shows nothing"
    );
    let each = server.resident().saturating_sub(memory) / STUCK;
    assert!(
        each < 64 * 1024,
        "{each} bytes for each of those who are stuck"
    );
    drop(stuck);
    drop(healthy);
    eventually("their places are free again", || {
        let open = server.counted("zaibo_sockets{transport=\"websocket\"}");
        (open == 0).then_some(())
    });
}

//! Heads of requests that clients send and that actix's parser would refuse.

use crate::raw::{Raw, head, request};
use crate::server::shared;
use crate::transport::{BEAT, beat, exchange};

/// Headers that Java's present client sends with every request by default.
const OFFER: [(&str, &str); 3] = [
    ("Connection", "Upgrade, HTTP2-Settings"),
    ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"),
];

#[test]
fn a_client_that_offers_http_2_keeps_its_connection() {
    let server = shared();
    let user = server.newcomer("user");
    let mut raw = Raw::connect(server.address());
    for _ in 0..3 {
        raw.send(request("POST", BEAT, &OFFER, beat(&user.token)));
        let response = raw.response();
        assert_eq!(response.header("connection"), "");
        assert_eq!(response.answer().code, 0);
    }
}

#[test]
fn letters_beyond_ascii_in_an_address_are_answered_with_json() {
    let server = shared();
    let user = server.newcomer("user");
    let mut raw = Raw::connect(server.address());
    for path in [
        format!("{BEAT}&name=用户"),
        "/随心播?svc=live&cmd=heartbeat".to_owned(),
    ] {
        raw.send(request("POST", &path, &[], beat(&user.token)));
        assert_eq!(raw.response().answer().code, 0, "{path}");
    }
    let answer = exchange(&server, request("POST", "/?svc=用&cmd=户", &[], "")).answer();
    assert_eq!(answer.code, 10001);
}

#[test]
fn who_waits_to_be_told_whether_to_send_too_much_is_refused_at_once() {
    let server = shared();
    let waiting = [("Expect", "100-continue"), ("Content-Length", "999999999")];
    let response = exchange(&server, head("POST", BEAT, &waiting));
    assert_eq!(response.answer().code, 10002);
    let response = exchange(&server, head("POST", "/callback/live", &waiting));
    assert_eq!(response.status, 403);
    // A client that waits with an acceptable body is told to send it.
    let user = server.newcomer("user");
    let body = beat(&user.token);
    let length = body.len().to_string();
    let mut raw = Raw::connect(server.address());
    raw.send(head(
        "POST",
        BEAT,
        &[("Expect", "100-continue"), ("Content-Length", &length)],
    ));
    assert_eq!(raw.response().status, 100);
    raw.send(body);
    assert_eq!(raw.response().answer().code, 0);
}

//! The live API over real connections: slow bodies, bodies that are announced, heads alone, and requests that
//! are sent again.

use serde_json::{Value, json};

use crate::client::User;
use crate::raw::{Raw, Response, head, request};
use crate::server::Server;

/// The reason of a problem.
fn reason(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    body["reason"].as_str().expect("a reason").to_owned()
}

#[test]
fn who_is_signed_out_while_their_body_is_on_its_way_does_not_enter() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    let bearer = format!("Bearer {}", viewer.token);
    let path = format!("/v2/rooms/{room}/members/me");
    let mut slow = Raw::connect(server.address());
    let headers = [("Authorization", bearer.as_str()), ("Content-Length", "2")];
    slow.send(head("PUT", &path, &headers));
    slow.send("{");
    let out = json!({"token": viewer.token});
    server.client().post("account", "logout", &out).is(0);
    slow.send("}");
    let refused = slow.response();
    assert_eq!(refused.status, 401);
    assert_eq!(reason(&refused.body), "token_unknown");
    let members = host.members(room);
    assert_eq!(members.len(), 1, "{members:?}");
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_sent() {
    let server = Server::start(&[]);
    let mut raw = Raw::connect(server.address());
    let headers = [("Expect", "100-continue"), ("Content-Length", "999999")];
    raw.send(head("POST", "/v2/login", &headers));
    let refused = raw.response();
    assert_eq!(refused.status, 413);
    assert_eq!(reason(&refused.body), "body_not_taken");
}

#[test]
fn without_a_token_nobody_has_to_send_a_body() {
    let server = Server::start(&[]);
    let mut raw = Raw::connect(server.address());
    raw.send(head("POST", "/v2/rooms", &[("Content-Length", "1000")]));
    let refused = raw.response();
    assert_eq!(refused.status, 401);
    assert_eq!(reason(&refused.body), "token_missing");
}

/// A connection on which a user has just liked a room, with an idempotency key.
fn likes(user: &User, room: i64, key: &str, count: u32) -> Raw {
    let bearer = format!("Bearer {}", user.token);
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", key)];
    let path = format!("/v2/rooms/{room}/likes");
    let body = json!({"count": count}).to_string();
    let mut raw = Raw::connect(user.client.address);
    raw.send(request("POST", &path, &headers, body));
    raw
}

/// The likes of a room after a success, and whether this answer was given before.
fn liked(answer: &Response) -> (u64, bool) {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let is_again = answer.header("idempotency-replayed") == "true";
    (body["likes"].as_u64().expect("a number"), is_again)
}

#[test]
fn what_is_sent_again_under_its_key_is_done_once_and_another_body_is_refused() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let first = likes(&viewer, room, "one", 3).response();
    assert_eq!(liked(&first), (3, false));
    let again = likes(&viewer, room, "one", 3).response();
    assert_eq!(liked(&again), (3, true));
    assert_eq!(first.body, again.body);
    let other = likes(&viewer, room, "one", 4).response();
    assert_eq!(other.status, 422);
    assert_eq!(reason(&other.body), "idempotency_mismatch");
    // Both are on their way before the first is answered.
    let pair = [(); 2].map(|()| likes(&viewer, room, "two", 5));
    let mut pair = pair.map(|mut raw| liked(&raw.response()));
    pair.sort_unstable();
    assert_eq!(pair, [(8, false), (8, true)]);
    // A key is its sender's own.
    let theirs = likes(&host, room, "one", 4).response();
    assert_eq!(liked(&theirs), (12, false));
    let listed = host.listed().expect("a live");
    assert_eq!(listed["thumbup"], 12);
}

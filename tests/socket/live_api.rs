//! The live API over real connections: slow bodies, bodies that are announced, heads alone.

use serde_json::{Value, json};

use crate::raw::{Raw, head};
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

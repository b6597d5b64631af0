//! Health and metrics for operators, at an address of their own.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use serde_json::json;

use crate::raw::{Raw, Response, head, request};
use crate::server::{Server, command, eventually};

pub(crate) fn get(at: SocketAddr, path: &str) -> Response {
    let mut raw = Raw::connect(at);
    raw.send(request("GET", path, &[], ""));
    raw.response()
}

#[test]
fn what_was_counted_is_told_to_operators_and_to_nobody_else() {
    let server = Server::start(&[]);
    let (door, operators) = (server.address(), server.operators());
    let mut refused = Raw::connect(door);
    refused.send(request("POST", "/callback/trtc", &[], "{}"));
    assert_eq!(refused.response().status, 403);
    let figures = get(operators, "/metrics");
    let text = String::from_utf8(figures.body).expect("text");
    let counted = r#"refused_total{reason="callback.trtc_key is not set",sender="trtc"} 1"#;
    assert!(figures.status == 200 && text.contains(counted), "{text}");
    // A registration is a commit, and it is counted before it is answered. Whoever asks for the metrics
    // makes one more at the most.
    let before = server.counted("zaibo_store_commit_writes_sum");
    for _ in 0..3 {
        server.newcomer("somebody");
    }
    assert!(server.counted("zaibo_store_commit_writes_sum") > before + 3);
    assert_eq!(server.counted("zaibo_store_usable"), 1);
    let refused = get(door, "/metrics");
    assert_eq!((refused.status, refused.body.len()), (404, 0));
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(door, path).status, 200, "{path}");
        assert_eq!(get(operators, path).status, 200, "{path}");
    }
    // No other path is served there.
    for path in ["/", "/?svc=live&cmd=roomlist", "/callback/live"] {
        assert_eq!(get(operators, path).status, 404, "{path}");
    }
}

#[test]
fn connections_are_counted_while_they_are_open() {
    let server = Server::start(&[]);
    assert!(server.counted("zaibo_connections_limit") > 0);
    let held = [(); 2].map(|()| Raw::connect(server.address()));
    for (held, open) in [(Some(held), 2), (None, 0)] {
        eventually("the connections to be counted", || {
            (server.counted("zaibo_connections_open") == open).then_some(())
        });
        drop(held);
    }
}

#[test]
fn the_usual_address_may_be_taken_and_the_server_starts_without_it() {
    // If another process already uses the port, it is taken as well.
    let _taken = TcpListener::bind("127.0.0.1:9464");
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let mut zaibo = command(folder.path(), &[]);
    zaibo.env_remove("ZAIBO_OPS__LISTEN");
    let server = Server::of(zaibo, folder, &[]);
    server.newcomer("somebody").go_live();
    let warning = eventually("a warning", || {
        let log = server.log();
        let warning = log.lines().find(|line| line.contains("9464"));
        warning.map(str::to_owned)
    });
    assert!(
        warning.contains("WARN") && warning.contains("ops.listen"),
        "{warning}"
    );
    assert_eq!(server.printed().len(), 3, "no line for operators");
}

#[test]
fn operators_are_answered_until_the_last_request_is() {
    let mut server = Server::start(&[]);
    let (door, operators) = (server.address(), server.operators());
    let body = json!({"id": "late", "pwd": "password"}).to_string();
    let length = body.len().to_string();
    let mut flight = Raw::connect(door);
    // The connection has been used before, like those of clients.
    let path = "/?svc=account&cmd=regist";
    flight.send(request("POST", path, &[], "{}"));
    flight.response().answer().is(10003);
    let headers = [("Content-Length", &*length), ("Expect", "100-continue")];
    flight.send(head("POST", path, &headers));
    assert_eq!(flight.response().status, 100);
    server.signal("-TERM");
    eventually("the door to be shut", || {
        std::net::TcpStream::connect(door).is_err().then_some(())
    });
    assert_eq!(get(operators, "/healthz").status, 200);
    flight.send(body);
    flight.response().answer().ok();
    drop(flight);
    assert!(server.ended().success());
}

//! The id of a request: every answer has one, a trusted proxy may give it, and the log of a failure
//! names it together with the user and the room.

use std::collections::HashSet;
use std::fs;

use serde_json::json;

use crate::client::PASSWORD;
use crate::raw::{Raw, Response, request};
use crate::server::{Server, unique};

const BEAT: &str = "/?svc=live&cmd=heartbeat";

fn ask(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let mut raw = Raw::connect(server.address());
    raw.send(request("POST", path, headers, body));
    raw.response()
}

fn id_of(server: &Server, path: &str, headers: &[(&str, &str)]) -> String {
    let response = ask(server, path, headers, "{}");
    response.header("x-request-id").to_owned()
}

#[test]
fn every_answer_has_an_id_of_its_own_whichever_protocol_gives_it() {
    let server = Server::start(&[]);
    let paths = [BEAT, "/?svc=no&cmd=no", "/callback/live", "/callback/vod"];
    let asked = paths.iter().cycle().take(40);
    let ids: HashSet<String> = asked.map(|path| id_of(&server, path, &[])).collect();
    assert_eq!(ids.len(), 40);
    let is_plain = |id: &String| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(ids.iter().all(is_plain), "{ids:?}");
}

#[test]
fn the_id_that_a_proxy_gave_is_answered_if_the_proxy_is_trusted_and_the_id_is_plain() {
    let given = [("X-Request-Id", "proxy-1.a_B")];
    let trusting = Server::start(&[("ZAIBO_HTTP__TRUSTED_PROXIES", "[\"127.0.0.1\"]")]);
    for path in [BEAT, "/callback/live"] {
        assert_eq!(id_of(&trusting, path, &given), "proxy-1.a_B");
    }
    for odd in ["a b", "a,b", "caf\u{e9}", &"x".repeat(65)] {
        assert_ne!(id_of(&trusting, BEAT, &[("X-Request-Id", odd)]), odd);
    }
    let server = Server::start(&[]);
    assert_ne!(id_of(&server, BEAT, &given), "proxy-1.a_B");
}

#[test]
fn the_log_of_a_failure_names_the_request_the_user_and_the_room_once() {
    let server = Server::start(&[("ZAIBO_HTTP__TRUSTED_PROXIES", "[\"127.0.0.1\"]")]);
    let user = server.newcomer("failing");
    let room = user.create();
    for ending in ["", "-wal", "-shm"] {
        fs::remove_file(server.folder().join(format!("zaibo.db{ending}"))).expect("deleted");
    }
    let mut fields = json!({"room": user.announcement(room)});
    fields["token"] = user.token.clone().into();
    let given = [
        ("X-Request-Id", "proxy-7.x"),
        ("X-Forwarded-For", "192.0.2.7"),
    ];
    let path = "/?svc=live&cmd=reportroom";
    // A broken database makes a fault of every request. The log has the first one.
    for id in ["proxy-7.x", "proxy-8", "proxy-9"] {
        let given = [("X-Request-Id", id), given[1]];
        ask(&server, path, &given, &fields.to_string())
            .answer()
            .is(90000);
    }
    server.client().regist(&unique("late"), PASSWORD).is(90000);
    let log = server.logged("command=\"regist\"");
    assert!(
        !log.contains("proxy-8") && !log.contains("proxy-9"),
        "{log}"
    );
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("proxy-7.x"))
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    for named in [
        "ERROR",
        "request failed",
        "request=proxy-7.x",
        &format!("user={}", user.id),
        &format!("room={room}"),
    ] {
        assert!(lines[0].contains(named), "{named} is not in {}", lines[0]);
    }
    assert!(!log.contains(&user.token), "no token is logged");
}

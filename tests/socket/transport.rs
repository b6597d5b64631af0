//! The ways in which requests arrive: paths, methods, content types, connections. Only `svc` and
//! `cmd` of the query matter.

use std::thread;

use serde_json::{Value, json};

use crate::client::{Answer, User};
use crate::raw::{Raw, Response, head, request};
use crate::server::{Server, shared, unique};

/// A beat of a user who is in no room: it succeeds whenever it is understood.
pub(crate) fn beat(token: &str) -> String {
    json!({"token": token, "roomnum": -1, "role": 0}).to_string()
}

pub(crate) fn exchange(server: &Server, bytes: impl AsRef<[u8]>) -> Response {
    let mut raw = Raw::connect(server.address());
    raw.send(bytes);
    raw.response()
}

pub(crate) fn post(
    server: &Server,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Answer {
    exchange(server, request("POST", path, headers, body)).answer()
}

pub(crate) const BEAT: &str = "/sxb/index.php?svc=live&cmd=heartbeat";

pub(crate) fn server_and_user() -> (crate::server::Shared, User) {
    let server = shared();
    let user = server.newcomer("user");
    (server, user)
}

#[test]
fn any_path_will_do_with_or_without_a_file_name() {
    let (server, user) = server_and_user();
    for path in [
        "/",
        "/index.php",
        "/sxb/index.php",
        "/sxb_dev/index.php",
        "/sxb_new/",
        "/sxb_dev",
        "//",
        "/a/b/c/d.html",
        "/%E7%9B%B4%E6%92%AD/",
        "/index.php/live",
        "/a%2Fb",
        "/..",
        "/healthz/x",
    ] {
        let path = format!("{path}?svc=live&cmd=heartbeat");
        post(&server, &path, &[], beat(&user.token)).ok();
    }
    for query in [
        "cmd=heartbeat&svc=live",
        "timeStamp=1&sign=abc&svc=live&cmd=heartbeat&",
        "svc=live&cmd=heart%62eat",
    ] {
        post(&server, &format!("/?{query}"), &[], beat(&user.token)).ok();
    }
}

#[test]
fn any_content_type_will_do() {
    let (server, user) = server_and_user();
    for kind in [
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "text/plain",
        "nonsense",
        "",
    ] {
        post(&server, BEAT, &[("Content-Type", kind)], beat(&user.token)).ok();
    }
    post(&server, BEAT, &[], beat(&user.token)).ok();
}

#[test]
fn the_method_does_not_matter() {
    let (server, user) = server_and_user();
    for method in ["POST", "PUT", "DELETE", "PATCH", "GET"] {
        exchange(&server, request(method, BEAT, &[], beat(&user.token)))
            .answer()
            .ok();
    }
    let get = exchange(&server, head("GET", BEAT, &[])).answer();
    get.says(10003, "Lack of token");
}

#[test]
fn an_answer_is_plain_json_without_charset_compression_or_cookies() {
    let (server, user) = server_and_user();
    let headers = [
        ("Accept-Encoding", "gzip, deflate, br"),
        ("Origin", "http://page.test"),
    ];
    let list = json!({"token": user.token, "index": 0, "size": 50}).to_string();
    let path = "/?svc=live&cmd=roomlist";
    let response = exchange(&server, request("POST", path, &headers, list));
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("content-encoding"), "");
    assert_eq!(response.header("set-cookie"), "");
    response.answer().ok();
}

#[test]
fn a_preflight_lets_every_page_send_json() {
    let server = shared();
    let asked = [
        ("Origin", "http://page.test"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    for path in [BEAT, "/sxb_new/?svc=account&cmd=login", "/"] {
        let response = exchange(&server, head("OPTIONS", path, &asked));
        assert!((200..300).contains(&response.status), "{response:?}");
        assert_eq!(response.header("access-control-allow-origin"), "*");
        let allowed = |name: &str| -> Vec<String> {
            let list = response.header(name).to_ascii_lowercase();
            list.split(',')
                .map(|entry| entry.trim().to_owned())
                .collect()
        };
        let methods = allowed("access-control-allow-methods");
        assert!(
            ["post", "get"]
                .iter()
                .all(|method| methods.iter().any(|known| known == method))
        );
        assert!(allowed("access-control-allow-headers").contains(&"content-type".to_owned()));
        assert_eq!(response.body, b"");
    }
}

#[test]
fn only_the_query_names_the_command() {
    let (server, user) = server_and_user();
    let mut body: Value = serde_json::from_str(&beat(&user.token)).expect("JSON");
    body["svc"] = "account".into();
    body["cmd"] = "logout".into();
    let body = body.to_string();
    post(&server, BEAT, &[], &body).ok();
    post(&server, "/", &[], &body).says(10001, "Invalid request.");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    post(&server, "/index.php", &form, "svc=live&cmd=heartbeat").says(10001, "Invalid request.");
    for query in [
        "?svc=live",
        "?cmd=heartbeat",
        "?svc=&cmd=",
        "?svc=live&cmd=",
        "?svc=live&cmd=nothing",
        "?svc=nobody&cmd=heartbeat",
        "?svc=Live&cmd=Heartbeat",
        "?svc[]=live&cmd=heartbeat",
        "?svc=live%00&cmd=heartbeat",
        "?svc=../live&cmd=heartbeat",
        "?svc=%FF&cmd=%FF",
    ] {
        post(&server, &format!("/{query}"), &[], &body).says(10001, "Invalid request.");
        // An unknown command is reported before a bad body.
        post(&server, &format!("/{query}"), &[], "{").says(10001, "Invalid request.");
    }
    user.beat(-1, 0).ok();
}

#[test]
fn a_connection_serves_many_requests_one_after_the_other_and_all_at_once() {
    let (server, user) = server_and_user();
    let mut raw = Raw::connect(server.address());
    let good = request("POST", BEAT, &[], beat(&user.token));
    let (bad, unknown) = (
        request("POST", BEAT, &[], "{"),
        request("POST", "/", &[], "{}"),
    );
    for _ in 0..100 {
        raw.send(&good);
        raw.response().answer().ok();
        raw.send(&bad);
        raw.response().answer().is(10002);
    }
    let many: Vec<&[u8]> = (0..40).flat_map(|_| [&*good, &*unknown, &*bad]).collect();
    raw.send(many.concat());
    for _ in 0..40 {
        raw.response().answer().ok();
        raw.response().answer().is(10001);
        raw.response().answer().is(10002);
    }
}

#[test]
fn an_old_client_of_http_1_0_is_answered_and_hung_up_on() {
    let (server, user) = server_and_user();
    let body = beat(&user.token);
    let length = body.len();
    let old = format!("POST {BEAT} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}");
    let mut raw = Raw::connect(server.address());
    raw.send(old);
    raw.response().answer().ok();
    assert!(raw.try_response().is_err(), "the connection is closed");
}

#[test]
fn clients_with_slow_bodies_do_not_hold_up_others() {
    let (server, user) = server_and_user();
    let body = beat(&user.token);
    let (first, rest) = body.split_at(5);
    let length = body.len().to_string();
    let mut slow: Vec<Raw> = (0..64)
        .map(|_| {
            let mut raw = Raw::connect(server.address());
            raw.send(head("POST", BEAT, &[("Content-Length", &length)]));
            raw.send(first);
            raw
        })
        .collect();
    for _ in 0..50 {
        user.beat(-1, 0).ok();
    }
    for raw in &mut slow {
        raw.send(rest);
    }
    for raw in &mut slow {
        raw.response().answer().ok();
    }
}

#[test]
fn clients_that_hang_up_in_the_middle_do_no_harm() {
    let (server, user) = server_and_user();
    for cut in [1, 30, 80, 120] {
        let mut raw = Raw::connect(server.address());
        let whole = request("POST", BEAT, &[], beat(&user.token));
        raw.send(&whole[..cut]);
    }
    user.beat(-1, 0).ok();
}

#[test]
fn many_clients_are_served_at_once() {
    let server = shared();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let user = server.newcomer(&unique("user"));
                let room = user.go_live();
                for _ in 0..20 {
                    user.beat(room, 1).ok();
                }
                assert_eq!(user.listed().expect("a live")["memsize"], 1);
            });
        }
    });
}

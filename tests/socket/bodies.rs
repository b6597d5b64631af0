//! The bodies that are accepted: JSON in any notation, arriving in any number of pieces.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::client::PASSWORD;
use crate::raw::{Raw, head, request};
use crate::server::{Server, shared};
use crate::transport::{BEAT, beat, exchange, post, server_and_user};

const LIMIT: usize = 65536;

#[test]
fn a_body_without_fields_is_no_fields() {
    let server = shared();
    for body in [
        "", "{}", "[]", "[1,2]", "\"text\"", "0", "17", "1.5", "true", "false", " {} \r\n",
    ] {
        post(&server, BEAT, &[], body).says(10003, "Lack of token");
        post(&server, "/?svc=account&cmd=regist", &[], body).says(10003, "Lack of id");
    }
}

#[test]
fn what_is_not_json_is_said_to_be_none() {
    let (server, user) = server_and_user();
    let good = beat(&user.token);
    let bodies: &[&[u8]] = &[
        b"null",
        b"{",
        b"{]",
        b"svc=live&cmd=heartbeat",
        b"{'token': 'x'}",
        b"{\"token\": \"x\",}",
        b"{\"token\": \"a\tb\"}",
        b"NaN",
        b"01",
        b"\"\\ud800\"",
        b"\xff\xfe{\x00}\x00",
        b"{\"token\": \"\xc3\x28\"}",
        b"{\"\xe9\": 1}",
        &[b"\xef\xbb\xbf", good.as_bytes()].concat(),
        &[good.as_bytes(), b" x"].concat(),
        &[good.as_bytes(), b"{}"].concat(),
        &[good.as_bytes(), b"\0"].concat(),
    ];
    for body in bodies {
        let answer = post(&server, BEAT, &[], body);
        let text = String::from_utf8_lossy(body);
        assert_eq!(
            (answer.code, &*answer.info),
            (10002, "HTTP Request Json Parse Error"),
            "{text}"
        );
    }
}

#[test]
fn eleven_containers_may_stand_within_each_other_and_no_more() {
    let (server, user) = server_and_user();
    let nested = |containers: usize, open: &str, close: &str| {
        let inner = containers - 1;
        let (open, close) = (open.repeat(inner), close.repeat(inner));
        let beat = beat(&user.token);
        let fields = beat.strip_suffix('}').expect("an object");
        format!("{fields},\"x\":{open}0{close}}}")
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        post(&server, BEAT, &[], nested(11, open, close)).ok();
        post(&server, BEAT, &[], nested(12, open, close)).is(10002);
        post(&server, BEAT, &[], nested(9000, open, close)).is(10002);
    }
}

#[test]
fn of_a_repeated_field_the_last_one_counts_and_unknown_ones_do_not() {
    let (server, user) = server_and_user();
    let token = &user.token;
    let last = format!(
        r#"{{"token":"no","token":[],"token":"{token}","roomnum":[],"roomnum":-1,"role":9,"role":0}}"#
    );
    post(&server, BEAT, &[], last).ok();
    let wrong_last = format!(r#"{{"token":"{token}","token":"no","roomnum":-1,"role":0}}"#);
    post(&server, BEAT, &[], wrong_last).is(10009);
    let escaped = format!(
        r#"{{"tok\u0065n":"{token}","roomnum":-1,"role":0,"":{{}},"isIOS":1,"直播":[{{}}]}}"#
    );
    post(&server, BEAT, &[], escaped).ok();
}

#[test]
fn numbers_may_come_as_text_where_clients_send_them_so() {
    let (server, host) = server_and_user();
    let viewer = server.newcomer("viewer");
    let room = host.create();
    let text = room.to_string();
    let mut announced = host.announcement(room);
    announced["roomnum"] = text.clone().into();
    announced["appid"] = host.app.to_string().into();
    host.live("reportroom", json!({"room": announced})).ok();
    assert_eq!(host.listed().expect("a live")["roomnum"], room);
    let fields =
        json!({"roomnum": text, "role": 0, "operate": 0, "index": 0, "size": 9, "type": "live"});
    for cmd in [
        "reportmemid",
        "heartbeat",
        "request",
        "roomidlist",
        "getroomplayurl",
        "exitroom",
    ] {
        viewer.live(cmd, fields.clone()).ok();
    }
    host.live("exitroom", fields).ok();
    assert_eq!(host.listed(), None);
    let login = json!({"id": viewer.id, "pwd": PASSWORD, "appid": "1400027849"});
    viewer.client.post("account", "login", &login).ok();
}

#[test]
fn a_body_up_to_the_limit_is_taken_and_a_larger_one_refused_unread() {
    let (server, user) = server_and_user();
    let padded = |length: usize| {
        let beat = beat(&user.token);
        beat.clone() + &" ".repeat(length - beat.len())
    };
    post(&server, BEAT, &[], padded(LIMIT)).ok();
    user.client
        .send("live", "heartbeat", padded(LIMIT + 1))
        .is(10002);
    user.client
        .send("live", "heartbeat", padded(50 * LIMIT))
        .is(10002);
    // The body is announced but never sent; the answer does not wait for it.
    let announced = (LIMIT + 1).to_string();
    exchange(
        &server,
        head("POST", BEAT, &[("Content-Length", &announced)]),
    )
    .answer()
    .is(10002);
    // The length is not announced.
    let mut raw = Raw::connect(server.address());
    raw.send(head("POST", BEAT, &[("Transfer-Encoding", "chunked")]));
    for _ in 0..5 {
        raw.offer(format!("4000\r\n{}\r\n", " ".repeat(0x4000)));
    }
    raw.response().answer().is(10002);
    user.beat(-1, 0).ok();
}

#[test]
fn a_body_may_come_in_chunks_and_in_single_bytes() {
    let (server, user) = server_and_user();
    let body = beat(&user.token);
    let mut raw = Raw::connect(server.address());
    raw.send(head("POST", BEAT, &[("Transfer-Encoding", "chunked")]));
    for piece in body.as_bytes().chunks(7) {
        raw.send(format!("{:x}\r\n", piece.len()));
        raw.send(piece);
        raw.send("\r\n");
    }
    raw.send("0\r\n\r\n");
    raw.response().answer().ok();
    for byte in request("POST", BEAT, &[], &body) {
        raw.send([byte]);
    }
    raw.response().answer().ok();
}

#[test]
fn the_time_that_a_client_takes_to_send_its_body_is_not_the_time_of_its_answer() {
    let server = Server::start(&[]);
    let body = beat("nobody");
    let (first, second) = body.split_at(10);
    let length = body.len().to_string();
    let headers = [("Content-Length", &*length), ("Expect", "100-continue")];
    let mut raw = Raw::connect(server.address());
    raw.send(head("POST", BEAT, &headers));
    // From now on the request is certainly being served.
    assert_eq!(raw.response().status, 100);
    raw.send(first);
    thread::sleep(Duration::from_secs(3));
    raw.send(second);
    raw.response().answer().is(10009);
    let within = |limit: &str| {
        let labels = r#"{api="v1",command="heartbeat",le="#;
        server.counted(&format!(
            r#"zaibo_http_request_seconds_bucket{labels}"{limit}"}}"#
        ))
    };
    // The pause is longer than the first of these limits.
    assert_eq!((within("2.5"), within("+Inf")), (1, 1));
}

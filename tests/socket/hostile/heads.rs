//! Bytes that are not HTTP: they are counted and logged once, and do not fill the log.

use super::STRANGER;
use crate::raw::Raw;
use crate::server::{Server, Settings, eventually};

/// A TLS hello, RTSP, a head without a host, and random bytes.
const MALFORMED: [&[u8]; 5] = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"OPTIONS rtsp://zaibo.test/live RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x00\x01\x02\x03\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
];

const COUNTED: &str = "zaibo_malformed_requests_total";

fn malformed_heads_are_told_once(settings: &Settings) {
    const ROUNDS: usize = 200;
    let server = Server::start(settings);
    let host = server.newcomer("host");
    let room = host.go_live();
    for _ in 0..ROUNDS {
        for malformed in MALFORMED {
            let mut raw = Raw::connect_from(STRANGER, server.address());
            raw.offer(malformed);
            if let Ok(refused) = raw.try_response() {
                assert_eq!(refused.status, 400);
            }
        }
        host.beat(room, 1).ok();
    }
    let all = (ROUNDS * MALFORMED.len()) as u64;
    eventually("all of them to be counted", || {
        (server.counted(COUNTED) == all).then_some(())
    });
    let log = server.logged("no HTTP");
    assert!(!log.contains("ERROR"), "{log}");
    let told = log.lines().filter(|line| line.contains("no HTTP")).count();
    assert!(told < 3, "{log}");
}

#[test]
fn malformed_heads_are_counted_and_told_of_once_a_minute() {
    malformed_heads_are_told_once(&[]);
}

#[test]
fn whatever_the_filter_of_the_log_is() {
    malformed_heads_are_told_once(&[("ZAIBO_LOG__FILTER", "warn,actix_http=trace")]);
}

//! The server is killed a hundred times. Meanwhile the cloud sends ten thousand events and repeats
//! those that were not acknowledged, and another process opens the database again and again. In the
//! end each event is in the inbox once, and each recording is listed once.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::{TRTC_KEY, Teller, files, recorded};
use crate::engine::Records;
use crate::server::{Server, command, eventually};

const EVENTS: usize = 10_000;
const ROUNDS: usize = 100;
const SENDERS: usize = 8;

/// The n-th event, in one of the rooms.
fn event(n: usize, rooms: &[i64]) -> (&'static str, Value) {
    let room = rooms[n % rooms.len()];
    let push = |started: bool| {
        json!({"event_type": i64::from(started), "stream_id": "custom", "stream_param": format!("groupid={room}"),
            "sequence": (n / 10).to_string(), "event_time": 1_700_000_000 + n})
    };
    let trtc = |number: i64| {
        json!({"EventGroupId": 1, "EventType": number, "CallbackTs": 1_700_000_000_000_i64,
            "EventInfo": {"RoomId": room, "EventMsTs": 1_700_000_000_000_i64 + n as i64, "UserId": "anna"}})
    };
    match n % 10 {
        0 => ("live", push(true)),
        1 => ("live", push(false)),
        2..=4 => ("live", recorded(room, &format!("file{n}"))),
        5 => (
            "vod",
            json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": format!("file{}", n - 1),
                "MediaBasicInfo": {"MediaUrl": "http://other", "SourceInfo": {"SourceType": "Record"}}}}),
        ),
        6 => (
            "vod",
            json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": [format!("file{}", n - 4)]}}),
        ),
        7 => ("trtc", trtc(103)),
        8 => ("trtc", trtc(104)),
        _ => ("live", json!({"event_type": 321, "stream_id": "s", "n": n})),
    }
}

/// Sends the events in `left` until `enough` of them are acknowledged or none is left, then kills
/// the server.
fn tell(server: &Server, left: &Mutex<VecDeque<(&'static str, Value)>>, enough: usize) {
    let acknowledged = AtomicUsize::new(0);
    let next = || left.lock().expect("events").pop_front();
    let work = || {
        let teller = Teller::of(server);
        while let Some((sender, event)) = next() {
            let told = teller.try_tell(sender, &event);
            let known = told == Some(200);
            if known {
                // Some events are sent again although they were acknowledged.
                if acknowledged
                    .fetch_add(1, Ordering::Relaxed)
                    .is_multiple_of(10)
                {
                    let _ = teller.try_tell(sender, &event);
                }
            } else {
                left.lock().expect("events").push_back((sender, event));
            }
            if told.is_none() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(work)).collect();
        eventually("events to be acknowledged", || {
            look(server);
            let done = senders.iter().all(|sender| sender.is_finished());
            (done || acknowledged.load(Ordering::Relaxed) >= enough).then_some(())
        });
        server.signal("-KILL");
    });
}

/// Opens the database from this process while the server runs, reads from it, and closes it.
fn look(server: &Server) {
    Records::of(server.folder()).count("inbox");
}

#[test]
fn a_hundred_kills_lose_no_event_and_double_none() {
    let mut server = Server::start(&[("ZAIBO_CALLBACK__TRTC_KEY", TRTC_KEY)]);
    let hosts: Vec<_> = (0..20).map(|_| server.newcomer("host")).collect();
    let rooms: Vec<_> = hosts.iter().map(|host| host.create()).collect();
    let left = Mutex::new((0..EVENTS).map(|n| event(n, &rooms)).collect());
    for _ in 0..ROUNDS {
        tell(&server, &left, EVENTS / ROUNDS);
        server.ended();
        server = server.restart();
    }
    let teller = Teller::of(&server);
    for (sender, event) in left.into_inner().expect("events") {
        assert_eq!(teller.tell(sender, &event), 200);
    }
    let mut listed = files(&hosts[0].at(server.client()));
    listed.sort();
    let mut expected: Vec<_> = (0..EVENTS)
        .filter(|n| matches!(n % 10, 3 | 4))
        .map(|n| format!("file{n}"))
        .collect();
    expected.sort();
    assert_eq!(listed.len(), expected.len());
    assert_eq!(listed, expected);
    let inbox = command(server.folder(), &[])
        .args(["inbox", "--limit", "20000"])
        .output()
        .expect("the tool");
    let text = String::from_utf8(inbox.stdout).expect("UTF-8");
    let (summary, _) = text.split_once('\n').expect("a summary");
    let count = |of: &str| {
        let mut counts = summary.split(", ");
        let found = counts.find_map(|count| count.strip_prefix(of));
        found.and_then(|count| count.trim().parse::<usize>().ok())
    };
    let expected = [
        ("live done", 5000),
        ("live kept", 1000),
        ("trtc done", 2000),
        ("vod done", 2000),
    ];
    for (of, many) in expected {
        assert_eq!(count(of), Some(many), "{summary}");
    }
    assert_eq!(text.lines().count(), EVENTS + 3, "{summary}");
}

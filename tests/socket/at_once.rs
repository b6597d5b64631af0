//! What arrives at once, on many connections: the outcome is one that some order would have had.

use std::sync::Barrier;
use std::thread;

use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::callbacks::{Teller, files, recorded};
use crate::client::{PASSWORD, User};
use crate::engine::Records;
use crate::server::{Server, eventually};

const ROUNDS: i64 = 100;

/// Runs all of them at the same moment, and returns what they return.
fn at_once<T: Send>(works: Vec<Box<dyn FnOnce() -> T + Send + '_>>) -> Vec<T> {
    let barrier = Barrier::new(works.len());
    thread::scope(|scope| {
        let begun: Vec<_> = works
            .into_iter()
            .map(|work| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    work()
                })
            })
            .collect();
        begun
            .into_iter()
            .map(|one| one.join().expect("done"))
            .collect()
    })
}

/// A start or a stop of the stream of a room.
fn push(room: i64, sequence: i64, started: bool, at: i64) -> Value {
    json!({"event_type": i64::from(started), "stream_id": "custom", "stream_param": format!("groupid={room}"),
        "sequence": sequence.to_string(), "event_time": at})
}

#[test]
fn events_of_one_room_on_many_connections_leave_what_the_last_one_says() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let tellers: Vec<_> = (0..6).map(|_| Teller::of(&server)).collect();
    let mut records = Records::of(server.folder());
    let version =
        format!("SELECT CAST(broadcast_version AS CHAR) AS line FROM rooms WHERE roomnum = {room}");
    let mut last = 0;
    for round in 0..ROUNDS {
        let begin = 1_700_000_000 + round * 100;
        // Three pushes: begun, stopped; the picture is the last event.
        let picture = json!({"event_type": 200, "stream_id": "custom", "create_time": begin + 50,
            "pic_full_url": format!("http://pictures/{round}.jpg"), "stream_param": format!("groupid={room}")});
        let mut events: Vec<Value> = (0..2)
            .flat_map(|nth| {
                let sequence = round * 10 + nth;
                [
                    push(room, sequence, true, begin + nth),
                    push(room, sequence, false, begin + 20 + nth),
                ]
            })
            .collect();
        events.extend([picture, push(room, round * 10 + 5, true, begin + 30)]);
        let works = events.iter().zip(&tellers);
        let works = works.map(|(event, teller)| -> Box<dyn FnOnce() -> u16 + Send + '_> {
            Box::new(move || teller.tell("live", event))
        });
        assert_eq!(at_once(works.collect()), [200; 6]);
        let now: i64 = records.lines(&version)[0].parse().expect("a number");
        assert!(now >= last + 6, "{now} after {last}");
        last = now;
        let shows = format!("http://pictures/{round}.jpg");
        eventually("the picture of the last event", || {
            let listed = host.listed().expect("a live");
            (listed["cover"] == shows).then_some(())
        });
    }
}

#[test]
fn logins_at_once_leave_one_session() {
    let server = Server::start(&[]);
    let client = server.client();
    client.regist("anna", PASSWORD).ok();
    let clients: Vec<_> = (0..4).map(|_| server.client()).collect();
    for _ in 0..20 {
        let works = clients
            .iter()
            .map(|client| -> Box<dyn FnOnce() -> User + Send + '_> {
                Box::new(|| User::log_in(client.clone(), "anna"))
            });
        let users = at_once(works.collect());
        let valid = users.iter().filter(|user| user.beat(-1, 0).code == 0);
        assert_eq!(valid.count(), 1);
    }
    assert_eq!(Records::of(server.folder()).count("sessions"), 1);
}

#[test]
fn two_senders_report_one_file_at_once_and_both_are_heard() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let [live, vod] = [Teller::of(&server), Teller::of(&server)];
    for round in 0..ROUNDS {
        let file = format!("file{round}");
        let of_live = recorded(room, &file);
        // Only this one has a cover, and it names no room.
        let of_vod = json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": file,
            "MediaBasicInfo": {"MediaUrl": "http://other", "CoverUrl": format!("http://covers/{round}.jpg"),
            "SourceInfo": {"SourceType": "Record"}}}});
        let works: Vec<Box<dyn FnOnce() -> u16 + Send>> = vec![
            Box::new(|| live.tell("live", &of_live)),
            Box::new(|| vod.tell("vod", &of_vod)),
        ];
        assert_eq!(at_once(works), [200, 200]);
    }
    assert_eq!(files(&host).len(), 100);
    let mut records = Records::of(server.folder());
    let both = "recordings WHERE cover LIKE 'http://covers/%' AND duration_s = 60";
    assert_eq!(records.count(both), ROUNDS);
    assert_eq!(records.count("inbox WHERE state <> 'done'"), 0);
}

/// Only the name of a stream can be known before the answer to its room's creation: to nobody but the
/// cloud, and by chance.
#[test]
fn events_and_the_room_of_their_stream_that_come_at_once_find_each_other() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let mut next = host.create() + 1;
    let tellers = [Teller::of(&server), Teller::of(&server)];
    let mut found = 0;
    for round in 0..ROUNDS {
        let stream = Md5::digest(format!("{next}_{}_main", host.id));
        let stream = base16ct::lower::encode_string(&stream);
        let mut events = [
            recorded(next, &format!("file{round}")),
            push(next, round, true, 1_700_000_000 + round),
        ];
        for event in &mut events {
            event["stream_id"] = stream.as_str().into();
            event["stream_param"] = "".into();
        }
        let mut works: Vec<Box<dyn FnOnce() -> i64 + Send + '_>> = vec![Box::new(|| host.create())];
        for (event, teller) in events.iter().zip(&tellers) {
            works.push(Box::new(move || teller.tell("live", event).into()));
        }
        let done = at_once(works);
        assert_eq!(done[1..], [200; 2]);
        // A transaction that is tried again gets another number.
        if done[0] == next {
            let unmatched = "inbox WHERE state = 'unmatched'";
            let unmatched = format!("{unmatched} AND stream = '{stream}'");
            let mut records = Records::of(server.folder());
            assert_eq!(records.count(&unmatched), 0, "round {round}");
            found += 1;
        }
        next = done[0] + 1;
    }
    assert!(found > ROUNDS / 2, "{found} rooms got the expected number");
}

//! Ids and keys mean the same on every engine: byte for byte, however long, and with every blank.

use serde_json::{Value, json};

use crate::callbacks::{Teller, files, recorded};
use crate::client::{PASSWORD, User};
use crate::engine::Records;
use crate::server::Server;

#[test]
fn ids_that_differ_in_any_byte_are_different_users() {
    let server = Server::start(&[]);
    let client = server.client();
    let ids = ["a", "A", "ä", "å", "用户😀", "用户😁", "ß", "ss", "s s"];
    for id in ids {
        client.regist(id, PASSWORD).ok();
    }
    for id in ids {
        client.regist(id, PASSWORD).is(10004);
        let user = User::log_in(server.client(), id);
        assert_eq!(user.members(user.go_live()), [(id.to_owned(), 1)]);
    }
    for id in ["a ", " a", "a\t", "a\u{a0}", "用户😀 "] {
        assert_ne!(client.regist(id, PASSWORD).code, 0, "{id:?}");
        client.login(id, PASSWORD).is(10005);
    }
}

/// Announces a recording of the caller's room.
fn announce(host: &User, room: i64, uid: &str, name: &str) {
    let fields = json!({"roomnum": room, "uid": uid, "name": name, "type": 1, "cover": ""});
    host.live("reportrecord", fields).ok();
}

#[test]
fn a_blank_at_the_end_makes_another_key() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let teller = Teller::of(&server);
    for name in ["k", "k ", "K", "k\u{301}"] {
        announce(&host, room, &host.id, name);
        announce(&host, room, &host.id, name);
    }
    let mut records = Records::of(server.folder());
    assert_eq!(records.count("announcements"), 4);
    for file in ["k", "k ", "K"] {
        for _ in 0..2 {
            assert_eq!(teller.tell("live", &recorded(room, file)), 200);
        }
    }
    assert_eq!(records.count("recordings"), 3);
    assert_eq!(records.count("inbox"), 3);
    for stream in ["s", "s "] {
        let push = json!({"event_type": 1, "stream_id": stream, "sequence": "1", "event_time": 1_700_000_000});
        assert_eq!(teller.tell("live", &push), 200);
    }
    assert_eq!(records.count("pushes"), 2);
}

#[test]
fn recordings_are_found_by_exactly_the_id_of_their_host() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let teller = Teller::of(&server);
    assert_eq!(teller.tell("live", &recorded(room, "f")), 200);
    let listed = |uid: &str| -> Value {
        let page = json!({"type": 0, "index": 0, "size": 10, "s_uid": uid});
        host.live("recordlist", page).ok()["total"].clone()
    };
    assert_eq!(listed(&host.id), 1);
    let upper = host.id.to_uppercase();
    for other in [&*format!("{} ", host.id), &*upper, "host"] {
        assert_eq!(listed(other), 0, "{other:?}");
    }
}

#[test]
fn many_files_that_are_deleted_at_once_are_one_event() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let teller = Teller::of(&server);
    let ids: Vec<String> = (0..1000).map(|n| format!("52858908000000{n:05}")).collect();
    for file in &ids[..3] {
        assert_eq!(teller.tell("live", &recorded(room, file)), 200);
    }
    assert_eq!(files(&host).len(), 3);
    let deleted = json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ids}});
    for _ in 0..2 {
        assert_eq!(teller.tell("vod", &deleted), 200);
    }
    assert!(files(&host).is_empty());
    let events = "inbox WHERE event = 'FileDeleted' AND state = 'done'";
    assert_eq!(Records::of(server.folder()).count(events), 1);
}

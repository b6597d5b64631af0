//! A room is read by WebSocket, by SSE and by polls.

use std::collections::BTreeMap;

use serde_json::json;
use tungstenite::Message;

use super::*;
use crate::raw::{Raw, head};
use crate::server::Server;

#[test]
fn a_reader_begins_with_the_room_and_is_told_what_old_clients_do_in_it() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let mut socket = Socket::read(&viewer, room, None);
    let snapshot = socket.next();
    assert_eq!(
        (&snapshot["t"], &snapshot["why"]),
        (&json!("snapshot"), &json!("first"))
    );
    assert_eq!(snapshot["room"]["state"], "live");
    assert_eq!(snapshot["members"]["total"], 2);
    assert_eq!(snapshot["members"]["complete"], true);
    let rows = snapshot["members"]["items"].as_array().expect("rows");
    let roles: BTreeMap<_, _> = rows
        .iter()
        .map(|row| (row["uid"].as_str(), row["role"].as_str()))
        .collect();
    assert_eq!(roles[&Some(host.id.as_str())], Some("host"));
    assert_eq!(roles[&Some(viewer.id.as_str())], Some("viewer"));
    let late = server.newcomer("late");
    late.enter(room).is(0);
    let joined = socket.event("member.joined");
    assert_eq!(joined["uid"], late.id.as_str());
    assert_eq!(joined["members"], 3);
    like(&host, room, 7);
    assert_eq!(socket.event("likes")["likes"], 7);
    late.leave(room).is(0);
    let left = socket.event("member.left");
    assert_eq!(
        (&left["uid"], &left["reason"]),
        (&json!(late.id), &json!("leave"))
    );
    host.exit(room).is(0);
    assert_eq!(socket.event("room.ended")["reason"], "exit");
    assert_eq!(socket.closed(), 1000);
}

#[test]
fn who_was_cut_off_reads_on_where_they_were_and_who_was_long_away_begins_anew() {
    let server = Server::start(&[("ZAIBO_PUSH__HISTORY_EVENTS", "16")]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let mut steady = Socket::read(&host, room, None);
    let first = position(&steady.next_of("snapshot"));
    like(&host, room, 1);
    let mut socket = Socket::read(&viewer, room, Some(&first));
    let resumed = socket.next();
    assert_eq!(
        (&resumed["t"], position(&resumed)),
        (&json!("resumed"), first.clone())
    );
    assert_eq!(socket.event("likes")["likes"], 1);
    drop(socket);
    for likes in 2..40 {
        like(&host, room, likes);
        while steady.event("likes")["likes"] != likes {}
    }
    let mut socket = Socket::read(&viewer, room, Some(&first));
    let snapshot = socket.next();
    assert_eq!(
        (&snapshot["t"], &snapshot["why"]),
        (&json!("snapshot"), &json!("gap"))
    );
    assert_eq!(snapshot["room"]["likes"], 39);
    for unreadable in ["", "nonsense", "1.x:-1"] {
        let mut socket = Socket::read(&viewer, room, Some(unreadable));
        assert_eq!(socket.next()["why"], "gap", "{unreadable}");
    }
    socket.send(&json!({"t": "resync"}));
    assert_eq!(socket.next_of("snapshot")["why"], "gap");
}

#[test]
fn each_end_has_its_code() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    let address = server.address();
    let mut stranger = Socket::read(&viewer, room, None);
    assert_eq!(stranger.closed(), 4403);
    assert_eq!(Socket::try_open(address, &events(99)).err(), Some(404));
    assert_eq!(Socket::try_open(address, "/v2/me").err(), Some(404));
    let mut nobody = Socket::open(address, &events(room));
    nobody.send(&json!({"t": "auth", "token": "nobody's"}));
    assert_eq!(nobody.closed(), 4401);
    for bad in ["no JSON", r#"{"t":"ping"}"#, "{}"] {
        let mut socket = Socket::open(address, &events(room));
        socket.0.send(Message::text(bad)).expect("sent");
        assert_eq!(socket.closed(), 4400, "{bad}");
    }
    viewer.enter(room).is(0);
    let reader = || {
        let mut socket = Socket::read(&viewer, room, None);
        socket.next_of("snapshot");
        socket
    };
    let mut binary = reader();
    binary.0.send(Message::binary(vec![1])).expect("sent");
    assert_eq!(binary.closed(), 4400);
    let mut long = reader();
    long.0.send(Message::text("x".repeat(5000))).expect("sent");
    assert_eq!(long.closed(), 4400);
    let mut many = reader();
    for id in 0..60 {
        let ping = json!({"t": "ping", "id": id}).to_string();
        let _ = many.0.write(Message::text(ping));
    }
    let _ = many.0.flush();
    assert_eq!(many.closed(), 4429);
    let mut leaver = reader();
    viewer.leave(room).is(0);
    assert_eq!(leaver.closed(), 4403);
    let other = server.newcomer("other");
    let elsewhere = other.go_live();
    viewer.enter(room).is(0);
    let mut mover = reader();
    viewer.enter(elsewhere).is(0);
    assert_eq!(mover.closed(), 4409);
    viewer.enter(room).is(0);
    let mut signed_out = reader();
    let out = json!({"token": viewer.token});
    viewer.client.post("account", "logout", &out).is(0);
    assert_eq!(signed_out.closed(), 4401);
}

#[test]
fn a_client_may_ask_by_its_socket_and_its_frames_are_signs_of_life() {
    let server = Server::start(&[("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", "3")]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let mut socket = Socket::read(&viewer, room, None);
    socket.next_of("snapshot");
    for id in 0..8 {
        socket.send(&json!({"t": "ping", "id": id}));
        assert_eq!(socket.next_of("pong")["id"], id);
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert_eq!(host.members(room).len(), 2);
    socket.send(&json!({"t": "beat", "role": "linked", "id": "b"}));
    assert_eq!(socket.event("member.role")["role"], "linked");
    socket.send(&json!({"t": "dance"}));
    let refused = socket.next_of("err");
    assert_eq!(refused["problem"]["field"], "/t");
    assert_eq!(socket.next_of("bye")["reason"], "silent");
    assert_eq!(host.members(room).len(), 1);
}

#[test]
fn a_ticket_opens_one_room_once_and_a_stopping_server_says_when_to_come_back() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let asked = json!({"room": room});
    let ticket = v2(&viewer, "POST", "/v2/tickets", &asked.to_string())["ticket"].clone();
    let ticket = ticket.as_str().expect("a ticket");
    let path = format!("{}?ticket={ticket}", events(room));
    let elsewhere = format!("/v2/rooms/{room}1/events?ticket={ticket}x");
    assert!(Socket::try_open(server.address(), &elsewhere).is_err());
    let mut socket = Socket::open(server.address(), &path);
    assert_eq!(socket.next()["t"], "snapshot");
    assert_eq!(Socket::try_open(server.address(), &path).err(), Some(401));
    server.signal("-TERM");
    let bye = socket.next_of("bye");
    assert_eq!(bye["reason"], "stopping");
    assert_eq!(bye["retry"], true);
}

#[test]
fn a_stream_of_server_sent_events_has_the_same_frames_and_comes_back_by_its_last_id() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let mut stream = Stream::open(&viewer, &events(room), &[]);
    let (name, id, snapshot) = stream.next();
    assert_eq!((name.as_str(), id), ("snapshot", position(&snapshot)));
    like(&host, room, 3);
    let (name, id, frame) = stream.next();
    assert_eq!(name, "events");
    assert_eq!(frame["events"][0]["likes"], 3);
    drop(stream);
    like(&host, room, 4);
    let mut again = Stream::open(&viewer, &events(room), &[("Last-Event-ID", &id)]);
    assert_eq!(again.next().2["t"], "resumed");
    assert_eq!(again.next().2["events"][0]["likes"], 4);
    host.exit(room).is(0);
    let ended = loop {
        let (name, _, frame) = again.next();
        if name == "bye" {
            break frame;
        }
    };
    assert_eq!(ended["code"], 1000);
}

#[test]
fn a_poll_answers_at_once_with_what_there_is_and_waits_for_what_comes() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let poll = |since: Option<&str>| {
        let since = since.map_or_else(String::new, |since| format!("?since={since}"));
        let path = format!("{}{since}", events(room));
        let answer = v2(&viewer, "GET", &path, "");
        answer["frames"].as_array().expect("frames").clone()
    };
    let frames = poll(None);
    assert_eq!(frames[0]["t"], "snapshot");
    let since = position(&frames[0]);
    let liking = std::thread::spawn({
        let host = host.clone();
        move || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            like(&host, room, 5);
        }
    });
    let frames = poll(Some(&since));
    assert_eq!(frames[0]["t"], "resumed");
    assert_eq!(frames[1]["events"][0]["likes"], 5);
    liking.join().expect("liked");
}

#[test]
fn who_comes_back_after_the_end_is_told_of_it_and_a_stranger_is_not() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let stranger = server.newcomer("stranger");
    let room = host.go_live();
    viewer.enter(room).is(0);
    let mut socket = Socket::read(&viewer, room, None);
    let since = position(&socket.next_of("snapshot"));
    drop(socket);
    like(&host, room, 9);
    host.exit(room).is(0);
    let mut again = Socket::read(&viewer, room, Some(&since));
    assert_eq!(again.next()["t"], "resumed");
    let missed = again.next_of("events").to_string();
    assert!(missed.contains(r#""likes":9"#), "{missed}");
    assert_eq!(again.closed(), 1000);
    let polled = v2(
        &viewer,
        "GET",
        &format!("{}?since={since}", events(room)),
        "",
    );
    let frames = polled["frames"].as_array().expect("frames");
    assert!(
        frames[1..]
            .iter()
            .any(|frame| frame.to_string().contains("room.ended"))
    );
    assert_eq!(frames.last().expect("a frame")["code"], 1000);
    let mut without = Socket::read(&viewer, room, None);
    assert_eq!(without.closed(), 1000, "there is no snapshot any more");
    let mut other = Socket::read(&stranger, room, Some(&since));
    assert_eq!(other.closed(), 4404);
}

#[test]
fn a_socket_that_is_no_websocket_is_refused_and_the_connection_goes_on() {
    let server = Server::start(&[]);
    let mut raw = Raw::connect(server.address());
    let headers = [("Connection", "Upgrade"), ("Upgrade", "websocket")];
    raw.send(head("GET", "/v2/rooms/10001/events", &headers));
    let refused = raw.response();
    assert_eq!(refused.status, 422);
}

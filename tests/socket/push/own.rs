//! The own stream: what concerns one user, on all their devices.

use std::time::Duration;

use serde_json::{Value, json};

use zaibo::clock::Stopwatch;

use super::*;
use crate::callbacks::{Teller, recorded};
use crate::server::Server;

const OWN: &str = "/v2/me/events";

/// The types of the events in a frame.
fn types(frame: &Value) -> Vec<&str> {
    let events = frame["events"].as_array().expect("events");
    let types = events.iter().map(|event| event["type"].as_str());
    types.map(|kind| kind.expect("a type")).collect()
}

#[test]
fn the_host_hears_who_asks_and_the_viewer_that_they_may_also_by_old_commands() {
    let server = Server::start(&[("ZAIBO_ROOMS__MIC_POLICY", "approve")]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    let mut of_host = Socket::begin(&host, OWN, None, None);
    let me = of_host.next_of("me");
    assert_eq!(
        me["me"],
        json!({"uid": host.id, "room": room, "role": "host"})
    );
    assert_eq!(me["why"], "first");
    let mut of_viewer = Socket::begin(&viewer, OWN, None, None);
    assert_eq!(of_viewer.next_of("me")["me"]["room"], Value::Null);
    viewer.enter(room).is(0);
    let entered = of_viewer.next_of("you");
    assert_eq!(types(&entered), ["you.entered"]);
    assert_eq!(
        (&entered["events"][0]["room"], &entered["events"][0]["role"]),
        (&json!(room), &json!("viewer"))
    );
    let asked = json!({"token": viewer.token, "roomnum": room});
    viewer.client.post("live", "request", &asked);
    let asked = of_host.next_of("you");
    assert_eq!(types(&asked), ["mic.requested"], "{asked}");
    assert_eq!(asked["events"][0]["uid"], viewer.id.as_str());
    viewer.leave(room).is(0);
    let left = loop {
        let frame = of_viewer.next_of("you");
        if types(&frame).contains(&"you.left") {
            break frame;
        }
    };
    let mut events = left["events"].as_array().expect("events").iter();
    let left = events.find(|event| event["type"] == "you.left");
    assert_eq!(left.expect("an event")["reason"], "leave");
}

#[test]
fn it_comes_with_a_room_on_every_way_and_goes_on_where_the_reader_was() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let (room, elsewhere) = (host.go_live(), server.newcomer("other").go_live());
    viewer.enter(room).is(0);
    let mut socket = Socket::begin(&viewer, &events(room), None, Some(""));
    let seen = position(&socket.next_of("me"));
    let of_room = position(&socket.next_of("snapshot"));
    let path = format!("{}?you=", events(room));
    let mut stream = Stream::open(&viewer, &path, &[]);
    let (name, id, _) = stream.next();
    assert_eq!(name, "me");
    let before = Stream::open(&viewer, &path, &[("Last-Event-ID", &id)]).next_of("snapshot");
    assert_eq!(before["why"], "gap", "the room was not told yet");
    let (name, id, _) = stream.next();
    assert_eq!(
        (name, id),
        ("snapshot".to_owned(), format!("{of_room},{seen}"))
    );
    viewer.enter(elsewhere).is(0);
    let told = socket.next_of("you");
    assert_eq!(types(&told)[0], "you.entered");
    assert_eq!(socket.closed(), 4409);
    let polled = v2(&viewer, "GET", &format!("{OWN}?since={seen}"), "");
    let moved = polled["frames"][0].clone();
    assert_eq!(moved["t"], "you");
    assert_eq!(
        types(&moved),
        ["you.entered", "you.left"],
        "the new room takes them in, then the old one lets them go"
    );
    assert_eq!(moved["events"][1]["reason"], "moved");
    let mut again = Stream::open(&viewer, OWN, &[("Last-Event-ID", &seen)]);
    assert_eq!(types(&again.next().2)[0], "you.entered");
    let unknown = v2(&viewer, "GET", &format!("{OWN}?since=you.x:9"), "");
    let me = &unknown["frames"][0];
    assert_eq!((&me["t"], &me["why"]), (&json!("me"), &json!("gap")));
    assert_eq!(me["me"]["room"], elsewhere);
}

#[test]
fn a_ticket_for_the_own_stream_opens_nothing_else() {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).is(0);
    let ticket = || {
        let issued = v2(&viewer, "POST", "/v2/tickets", "{}");
        issued["ticket"].as_str().expect("a ticket").to_owned()
    };
    let wrong = format!("{}?ticket={}", events(room), ticket());
    assert_eq!(Socket::try_open(server.address(), &wrong).err(), Some(401));
    let mut socket = Socket::open(server.address(), &format!("{OWN}?ticket={}", ticket()));
    assert_eq!(socket.next()["t"], "me");
    socket.send(&json!({"t": "beat", "id": 1}));
    assert_eq!(socket.next_of("err")["problem"]["status"], 403);
}

#[test]
fn a_session_that_ends_ends_its_sockets_and_streams_at_once() {
    let server = Server::start(&[]);
    let viewer = server.newcomer("viewer");
    let mut before = Socket::begin(&viewer, OWN, None, None);
    before.next_of("me");
    let mut stream = Stream::open(&viewer, OWN, &[]);
    stream.next();
    let again = User::log_in(viewer.client.clone(), &viewer.id);
    let began = Stopwatch::start();
    assert_eq!(before.closed(), 4401);
    let ended = loop {
        let (name, _, frame) = stream.next();
        if name == "bye" {
            break frame;
        }
    };
    assert_eq!(ended["code"], 4401);
    // By themselves they would look at the token after ten seconds and more.
    assert!(began.elapsed() < Duration::from_secs(9));
    let mut after = Socket::begin(&again, OWN, None, None);
    assert_eq!(after.next()["t"], "me");
}

#[test]
fn the_host_is_told_of_a_recording_that_can_be_played() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let mut socket = Socket::begin(&host, OWN, None, None);
    socket.next_of("me");
    let teller = Teller::of(&server);
    assert_eq!(teller.tell("live", &recorded(room, "f1")), 200);
    let told = socket.next_of("you");
    assert_eq!(types(&told), ["recording.ready"]);
    assert_eq!(told["events"][0]["room"], room);
}

//! Push by HTTPS: a WebSocket over TLS is told the same as one over a socket.

use serde_json::{Value, json};

use super::{Encrypted, NAME, connect, server};
use crate::client::PASSWORD;
use crate::push::{Socket, events};
use crate::raw::request;

/// The data of a command of 2016 that succeeds.
fn tell(raw: &mut Encrypted, svc: &str, cmd: &str, fields: &Value) -> Value {
    let path = format!("/?svc={svc}&cmd={cmd}");
    raw.send(request("POST", &path, &[], fields.to_string()));
    raw.response().answer().ok()
}

#[test]
fn a_websocket_over_tls_is_told_of_the_room_of_what_happens_and_of_the_stop() {
    let (mut server, made) = server();
    let mut host = connect(server.address(), &made);
    let account = json!({"id": "anna", "pwd": PASSWORD});
    tell(&mut host, "account", "regist", &account);
    let token = tell(&mut host, "account", "login", &account)["token"].take();
    let created = json!({"token": token, "type": "live"});
    let room = tell(&mut host, "live", "create", &created)["roomnum"].take();
    let announced = json!({"token": token, "room": {
        "title": "A live", "type": "live", "roomnum": room, "groupid": room.to_string(), "cover": "",
        "appid": 1_400_000_000, "device": 1, "videotype": 0,
    }});
    tell(&mut host, "live", "reportroom", &announced);

    let path = events(room.as_i64().expect("a number"));
    let url = format!("wss://{NAME}{path}");
    let mut wire = connect(server.address(), &made);
    let mut socket = Socket::over(wire.inner(), &url).expect("a handshake");
    socket.send(&json!({"t": "auth", "token": token}));
    let snapshot = socket.next();
    assert_eq!(
        (&snapshot["t"], &snapshot["room"]["title"]),
        (&json!("snapshot"), &json!("A live"))
    );
    let beat = json!({"token": token, "roomnum": room, "role": 1, "thumbup": 7});
    tell(&mut host, "live", "heartbeat", &beat);
    assert_eq!(socket.event("likes")["likes"], 7);
    socket.send(&json!({"t": "ping", "id": 1}));
    assert_eq!(socket.next_of("pong")["id"], 1);

    // Where there is no such room, the answer to the handshake says so.
    let mut wire = connect(server.address(), &made);
    let elsewhere = format!("wss://{NAME}{}", events(99));
    assert_eq!(Socket::over(wire.inner(), &elsewhere).err(), Some(404));

    server.signal("-TERM");
    assert_eq!(socket.closed(), 1001);
    assert!(server.ended().success());
}

//! What the crowd says in the live API: its requests, and its frames by WebSocket.

use serde_json::{Value, json};

use super::command::Command;
use super::wire::{PAGE, Request};

pub(crate) fn create(token: &str, key: String) -> Request {
    Request::modern(Command::NewRoom, token, 0, &json!({})).once(key)
}

pub(crate) fn go_live(token: &str, room: i64, host: &str) -> Request {
    let body = json!({"title": format!("Live of {host}"), "appid": 1_400_000_000, "device": "pc"});
    Request::modern(Command::GoLive, token, room, &body)
}

/// A request that its command and its room say all of.
pub(crate) fn bare(command: Command, token: &str, room: i64) -> Request {
    Request::modern(command, token, room, &json!({}))
}

/// What a beat says: a host their likes, and others whether they are on mic.
fn beat_fields(on_mic: bool, likes: Option<u64>) -> Value {
    match likes {
        Some(likes) => json!({"likes": likes}),
        None => json!({"role": if on_mic { "linked" } else { "viewer" }}),
    }
}

pub(crate) fn beat(token: &str, room: i64, on_mic: bool, likes: Option<u64>) -> Request {
    Request::modern(Command::BeatRoom, token, room, &beat_fields(on_mic, likes))
}

pub(crate) fn like(token: &str, room: i64, count: u64, key: String) -> Request {
    Request::modern(Command::Like, token, room, &json!({"count": count})).once(key)
}

/// The members of a room, or the rooms.
pub(crate) fn list(command: Command, token: &str, room: i64) -> Request {
    bare(command, token, room).with_query(&format!("limit={PAGE}"))
}

/// The first frame by WebSocket; `since` is the position from which it is to go on.
pub(crate) fn auth_frame(token: &str, since: Option<String>) -> String {
    let mut frame = json!({"t": "auth", "token": token});
    if let Some(since) = since {
        frame["since"] = since.into();
    }
    frame.to_string()
}

/// A beat by WebSocket.
pub(crate) fn beat_frame(id: u64, on_mic: bool, likes: Option<u64>) -> String {
    let mut frame = beat_fields(on_mic, likes);
    (frame["t"], frame["id"]) = ("beat".into(), id.into());
    frame.to_string()
}

/// Asks for a snapshot by WebSocket.
pub(crate) const RESYNC: &str = r#"{"t":"resync"}"#;

//! Events of the video cloud: each is recorded once and has its effect once, in any order.

mod bounds;
mod dismissals;
mod effects;
mod files;
mod hints;
mod longest;
mod order;
mod retention;
mod trust;
mod waiting;

use serde_json::{Value, json};
use zaibo::domain::{RoomNum, StreamName, Uid, VideoType};

use crate::world::{DAWN, World};

/// The events of the inbox as `sender event state`, oldest first.
pub(crate) fn inbox(world: &World) -> Vec<String> {
    let rows = "SELECT CONCAT_WS(' ', sender, event, state) AS line FROM inbox ORDER BY id";
    world.records().lines(rows)
}

/// The code of the stream that a host sends from their room.
pub(crate) fn stream(room: i64, host: &str) -> String {
    let (room, host) = (RoomNum::new(room), Uid::parse(host));
    let name = StreamName::of_host(
        room.expect("valid"),
        &host.expect("valid"),
        VideoType::Camera,
    );
    format!("8888_{name}")
}

/// An event: a push of a stream starts or stops, `at` seconds after dawn.
fn push(stream: &str, sequence: &str, started: bool, at: i64) -> Value {
    json!({"event_type": i64::from(started), "stream_id": stream, "channel_id": stream, "sequence": sequence,
        "event_time": DAWN + at, "appid": 12345678, "t": DAWN + at + 600, "sign": "x"})
}

/// An event: a file of a stream was recorded, between these seconds after dawn.
pub(crate) fn recorded(stream: &str, file: &str, from: i64, to: i64) -> Value {
    json!({"event_type": 100, "stream_id": stream, "channel_id": stream, "file_id": file, "file_format": "mp4",
        "start_time": DAWN + from, "end_time": DAWN + to, "duration": to - from, "file_size": 1000,
        "video_url": format!("http://vod/{file}.mp4"), "t": DAWN + to + 600, "sign": "x"})
}

/// An event of TRTC about a room or one of its members, `at_ms` milliseconds after dawn.
fn trtc(number: i64, room: i64, user: &str, at_ms: i64) -> Value {
    json!({"EventGroupId": 1, "EventType": number, "CallbackTs": DAWN * 1000 + at_ms,
        "EventInfo": {"RoomId": room, "EventTs": DAWN + at_ms / 1000, "EventMsTs": DAWN * 1000 + at_ms, "UserId": user}})
}

/// An event: the group of a room is destroyed, `at` seconds after dawn.
fn destroyed(room: i64, at: i64) -> Value {
    json!({"CallbackCommand": "Group.CallbackAfterGroupDestroyed", "GroupId": room.to_string(),
        "Type": "AVChatRoom", "EventTime": ((DAWN + at) * 1000).to_string()})
}

/// The listed recordings, without the fields that are always the same.
pub(crate) async fn recordings(world: &World, token: &str) -> Vec<Value> {
    let data = world
        .ok(
            "recordlist",
            token,
            json!({"type": 0, "index": 0, "size": 100}),
        )
        .await;
    let list = data["videos"].as_array().expect("a list").clone();
    assert_eq!(data["total"], list.len());
    list
}

/// The ids of the listed files, newest first.
async fn files(world: &World, token: &str) -> Vec<String> {
    let list = recordings(world, token).await;
    list.iter()
        .map(|video| video["videoId"].as_str().expect("a text").to_owned())
        .collect()
}

/// The state of a room's stream as clients see it: `on`, `off`, or null.
async fn shows(world: &World, token: &str, room: i64) -> Value {
    let data = world
        .ok("getroomplayurl", token, json!({"roomnum": room}))
        .await;
    data["stream"].clone()
}

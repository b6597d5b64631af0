//! Frames as clients get them: one JSON text each, the same on every way.

use serde::Serialize;

use super::super::shape::{Me, Room, Row};
use super::event::Event;
use super::own_event::OwnEventShape;
use crate::domain::{OwnPosition, Position, Why};
use crate::service::{Frame, OwnTold, Service, Snapshot, Summary};

/// A JSON text. The shapes here have no keys that are not texts, so this does not fail.
pub(super) fn text(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}

#[derive(Serialize)]
struct Events<'f> {
    t: &'static str,
    inc: String,
    from: u64,
    to: u64,
    events: Vec<Event<'f>>,
}

/// All changes of a tick.
pub(super) fn events(frame: &Frame, summary: &Summary) -> String {
    let told = frame.changes.iter();
    text(&Events {
        t: "events",
        inc: frame.incarnation.to_string(),
        from: frame.from,
        to: frame.to,
        events: told.filter_map(|told| Event::of(told, summary)).collect(),
    })
}

#[derive(Serialize)]
struct Whole {
    t: &'static str,
    inc: String,
    seq: u64,
    room: Room,
    members: Members,
}

#[derive(Serialize)]
struct Members {
    total: u32,
    /// Whether `items` are all of them.
    complete: bool,
    items: Vec<Row>,
}

/// The whole room, without its last field, which differs from reader to reader: see [`with_why`].
pub(super) fn snapshot(snapshot: &Snapshot, summary: &Summary, service: &Service) -> String {
    let position = snapshot.position;
    let mut text = text(&Whole {
        t: "snapshot",
        inc: position.incarnation.to_string(),
        seq: position.seq,
        room: Room::at(
            position,
            &snapshot.profile,
            snapshot.stats,
            summary,
            service,
        ),
        members: Members {
            total: snapshot.stats.members,
            complete: snapshot.is_complete,
            items: snapshot.members.iter().map(Row::of).collect(),
        },
    });
    text.pop();
    text
}

/// A snapshot for a reader.
pub(super) fn with_why(snapshot: &str, why: Why) -> String {
    format!(r#"{snapshot},"why":"{}"}}"#, why.as_str())
}

#[derive(Serialize)]
struct Resumed {
    t: &'static str,
    inc: String,
    seq: u64,
}

/// The client's position was honoured.
pub(super) fn resumed(since: Position) -> String {
    text(&Resumed {
        t: "resumed",
        inc: since.incarnation.to_string(),
        seq: since.seq,
    })
}

#[derive(Serialize)]
struct Own {
    t: &'static str,
    inc: String,
    seq: u64,
    me: Me,
    why: &'static str,
}

/// Who the client is and where, at that position of their own stream.
pub(super) fn me(position: OwnPosition, me: Me, why: Why) -> String {
    text(&Own {
        t: "me",
        inc: position.incarnation(),
        seq: position.seq,
        me,
        why: why.as_str(),
    })
}

#[derive(Serialize)]
struct OwnEvents<'f> {
    t: &'static str,
    inc: String,
    from: u64,
    to: u64,
    events: Vec<OwnEventShape<'f>>,
}

/// What concerns the client alone, up to that position.
pub(super) fn you(position: OwnPosition, told: &[OwnTold]) -> String {
    text(&OwnEvents {
        t: "you",
        inc: position.incarnation(),
        from: told.first().map_or(position.seq, |first| first.seq),
        to: position.seq,
        events: told.iter().map(OwnEventShape::of).collect(),
    })
}

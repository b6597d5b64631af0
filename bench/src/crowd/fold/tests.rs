//! The cases that every client of push can replay, and what they do not show.
#![expect(clippy::unwrap_used, reason = "a test")]

use serde_json::json;

use super::*;

/// Frames, and the state that they make.
const CASES: &str = include_str!("../../../../docs/push-cases.jsonl");

fn frame(frame: &Value) -> Frame {
    Frame::parse(frame.to_string().as_bytes()).unwrap()
}

/// The state after these frames.
fn folded(frames: &[Value]) -> State {
    let mut state = State::default();
    for value in frames {
        state.fold(&frame(value));
    }
    state
}

fn rows(items: &Value) -> BTreeMap<String, Role> {
    let row = |row: &Value| Some((text_of(&row["uid"])?, Role::parse(&row["role"])));
    all(items, row).unwrap().into_iter().collect()
}

#[test]
fn every_case_of_the_documents_makes_its_state() {
    let mut cases = 0;
    for line in CASES.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (name, expected) = (&case["name"], &case["state"]);
        let frames = case["frames"].as_array().unwrap();
        let state = folded(frames);
        let known = state.position.as_ref();
        let seen = position(&expected["position"]);
        assert_eq!(known, seen.as_ref(), "{name}");
        let Some(_) = known else { continue };
        let members = &expected["members"];
        assert_eq!(rows(&members["items"]), state.rows, "{name}");
        assert_eq!(members["complete"], state.is_complete, "{name}");
        assert_eq!(members["total"], state.counts.members, "{name}");
        assert_eq!(expected["room"]["likes"], state.counts.likes, "{name}");
        let has_ended = expected["room"]["state"] == "ended";
        assert_eq!(has_ended, state.has_ended, "{name}");
        assert_eq!(case["resync"], state.is_stale, "{name}");
        cases += 1;
    }
    assert!(cases > 70, "{cases}");
}

fn snapshot(seq: u64) -> Value {
    let items = json!([{"uid": "anna", "role": "host"}, {"uid": "vera", "role": "viewer"}]);
    json!({"t": "snapshot", "inc": "1.a", "seq": seq, "why": "first", "room": {"likes": 3, "state": "live"},
        "members": {"total": 2, "complete": true, "items": items}})
}

fn events(inc: &str, from: u64, to: u64) -> Value {
    let event = json!({"seq": to, "type": "likes", "likes": 10 + to});
    json!({"t": "events", "inc": inc, "from": from, "to": to, "events": [event]})
}

#[test]
fn a_frame_that_was_left_out_is_a_gap_until_a_snapshot_comes() {
    for (inc, from, is_gap) in [
        ("1.a", 11, false),
        ("1.a", 10, false),
        ("1.a", 12, true),
        ("1.b", 11, true),
    ] {
        let mut state = State::default();
        state.fold(&frame(&snapshot(10)));
        let next = frame(&events(inc, from, 12));
        let found = matches!(state.fold(&next), Folded::Gap(_));
        assert_eq!(found, is_gap, "{inc}:{from}");
        let likes = if is_gap { 3 } else { 22 };
        assert_eq!(state.counts.likes, likes, "{inc}:{from}");
        let later = frame(&events("1.a", 13, 13));
        let is_silent = matches!(state.fold(&later), Folded::Nothing);
        assert_eq!(is_silent, is_gap, "one gap is told once");
        state.fold(&frame(&snapshot(20)));
        assert!(!state.is_stale);
    }
}

#[test]
fn what_is_resumed_elsewhere_is_told() {
    let mut state = folded(&[snapshot(10)]);
    for (seq, is_here) in [(10, true), (9, false), (11, false)] {
        let resumed = frame(&json!({"t": "resumed", "inc": "1.a", "seq": seq}));
        let folded = state.fold(&resumed);
        assert!(
            matches!(folded, Folded::Resumed(here) if here == is_here),
            "{seq}"
        );
    }
}

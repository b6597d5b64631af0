//! What a reader objects to: each planted fault is found, and what is right is not.
#![expect(clippy::unwrap_used, reason = "a test")]

use serde_json::{Value, json};

use super::*;
use crate::crowd::figures::Figures;
use crate::crowd::fold::{Counts, Position};
use crate::crowd::truth::Limits;

const fn s(seconds: u64) -> At {
    Duration::from_secs(seconds)
}

/// Person 0 hosts and person 1 reads, both since second 2.
struct World {
    truth: Truth,
    ledger: Ledger,
    figures: Figures,
    reader: Reader,
    deeds: Vec<Option<Deed>>,
}

impl World {
    fn new() -> Self {
        let limits = Limits {
            member_timeout: s(35),
            host_timeout: s(90),
        };
        let mut truth = Truth::new(limits, 3);
        truth.created(0, 10001, s(1));
        truth.announced(0, s(1), s(2));
        truth.entering(1, 0, s(1));
        truth.entered(1, s(1), s(2));
        Self {
            truth,
            ledger: Ledger::default(),
            figures: Figures::new().unwrap(),
            reader: Reader::new(1, "c-000001", 0, 10001, "token"),
            deeds: vec![None; 3],
        }
    }

    fn at<T>(&mut self, now: At, judge: impl FnOnce(&mut Reader, &mut Court<'_>) -> T) -> T {
        let mut court = Court {
            truth: &self.truth,
            deeds: &self.deeds,
            ids: "c-",
            late: s(2),
            now,
            ledger: &mut self.ledger,
            pushed: &mut self.figures.pushed,
        };
        judge(&mut self.reader, &mut court)
    }

    fn hear(&mut self, now: At, frame: &Value) {
        let frame = Frame::parse(frame.to_string().as_bytes()).unwrap();
        self.at(now, |reader, court| reader.take(&frame, court));
    }

    fn ends(&mut self, code: u64, reason: &str) -> Option<String> {
        let bye = Bye::Said(code, reason.to_owned());
        self.reader.objection(&bye, &self.truth)
    }

    fn found(&self, promise: Promise) -> u64 {
        self.ledger.of(promise).count
    }
}

fn snapshot(seq: u64, why: &str) -> Value {
    let items = json!([{"uid": "c-000000", "role": "host"}, {"uid": "c-000001", "role": "viewer"}]);
    json!({"t": "snapshot", "inc": "1.a", "seq": seq, "why": why, "room": {"likes": 0, "state": "live"},
        "members": {"total": 2, "complete": true, "items": items}})
}

fn joined(from: u64, to: u64) -> Value {
    let event = json!({"seq": to, "type": "member.joined", "uid": "c-000002", "role": "viewer", "order": 3,
        "members": 3});
    json!({"t": "events", "inc": "1.a", "from": from, "to": to, "events": [event]})
}

#[test]
fn an_event_that_is_left_out_is_a_gap_and_what_follows_it_is_not_another() {
    let mut world = World::new();
    world.hear(s(3), &snapshot(10, "first"));
    world.hear(s(3), &joined(11, 11));
    assert_eq!(world.found(Promise::Gaps), 0);
    world.hear(s(3), &joined(13, 13));
    world.hear(s(3), &joined(14, 14));
    assert_eq!(world.found(Promise::Gaps), 1);
    let example = &world.ledger.of(Promise::Gaps).examples[0];
    assert!(example.contains("1.a:13 to 13 after 1.a:11"), "{example}");
}

#[test]
fn who_was_cut_off_for_a_short_time_gets_no_snapshot() {
    for (cut_at, found) in [(1, 0), (2, 1)] {
        let mut world = World::new();
        world.hear(s(1), &snapshot(10, "first"));
        (world.reader.cut, world.reader.begun) = (Some(s(cut_at)), None);
        world.hear(s(6), &snapshot(12, "gap"));
        assert_eq!(world.found(Promise::Resumes), found, "cut at {cut_at}");
        // Later ones are about other things.
        world.hear(s(6), &snapshot(13, "lagged"));
        assert_eq!(world.found(Promise::Resumes), found, "cut at {cut_at}");
    }
}

#[test]
fn another_position_than_the_own_is_not_resumed() {
    for (seq, found) in [(10, 0), (11, 1)] {
        let mut world = World::new();
        world.hear(s(3), &snapshot(10, "first"));
        let resumed = json!({"t": "resumed", "inc": "1.a", "seq": seq});
        world.hear(s(3), &resumed);
        assert_eq!(world.found(Promise::Resumes), found, "{seq}");
    }
}

#[test]
fn a_socket_ends_for_its_reason_only() {
    let mut world = World::new();
    world.hear(s(3), &snapshot(10, "first"));
    for (code, reason) in [
        (1000, "ended"),
        (4403, "left"),
        (4409, "moved"),
        (4408, "silent"),
        (4404, "room_unknown"),
    ] {
        assert!(world.ends(code, reason).is_some(), "{code}");
    }
    world.truth.leaving(1, s(4));
    assert_eq!(world.ends(4403, "left"), None);
    assert!(world.ends(4403, "not_member").is_some());
    assert!(world.ends(1000, "ended").is_some());
    world.truth.ending(0, s(5));
    let sudden = world.ends(1000, "ended").unwrap();
    assert!(sudden.contains("without room.ended"), "{sudden}");
    let end = json!({"seq": 11, "type": "room.ended", "reason": "exit"});
    let end = json!({"t": "events", "inc": "1.a", "from": 11, "to": 11, "events": [end]});
    world.hear(s(6), &end);
    assert_eq!(world.ends(1000, "ended"), None);
}

#[test]
fn an_event_is_measured_from_what_was_done_after_the_reader_began() {
    let mut world = World::new();
    let deed = |sent| Deed {
        live: 0,
        is_leaving: false,
        sent,
    };
    world.hear(s(5), &snapshot(10, "first"));
    for (seq, (sent, measured)) in (11..).zip([(s(4), 0), (s(5), 1)]) {
        world.deeds[2] = Some(deed(sent));
        world.hear(s(6), &joined(seq, seq));
        assert_eq!(world.figures.pushed.delays().len(), measured);
    }
}

fn look(seq: u64) -> Look {
    Look {
        position: Position {
            inc: "1.a".to_owned(),
            seq,
        },
        counts: Counts::default(),
        asked: s(5),
        answered: s(6),
    }
}

#[test]
fn a_state_is_compared_when_it_is_as_new_as_the_look() {
    let right = Counts {
        members: 2,
        likes: 0,
    };
    let wrong = Counts {
        members: 2,
        likes: 1,
    };
    for (seq, exact, compared, found) in [
        (10, Some(right), 1, 0),
        (10, Some(wrong), 1, 1),
        // The figures are those of a later position.
        (9, Some(wrong), 1, 0),
        (11, Some(wrong), 0, 0),
        (10, None, 1, 0),
    ] {
        let mut world = World::new();
        world.hear(s(5), &snapshot(10, "first"));
        world.at(s(6), |reader, court| {
            let certain = Certain::new(court.truth, court.ids, 0, s(5), s(6));
            reader.examine(&certain, &look(seq), exact, court);
        });
        assert_eq!(world.figures.pushed.compared, compared, "{seq}");
        assert_eq!(world.found(Promise::Tidings), found, "{seq}");
    }
}

#[test]
fn who_was_never_told_of_is_found_in_the_state() {
    let mut world = World::new();
    world.hear(s(5), &snapshot(10, "first"));
    world.hear(s(5), &joined(11, 11));
    world.at(s(6), |reader, court| {
        let certain = Certain::new(court.truth, court.ids, 0, s(5), s(6));
        reader.examine(&certain, &look(11), None, court);
        // It is told once.
        reader.examine(&certain, &look(11), None, court);
    });
    assert_eq!(world.found(Promise::Tidings), 1);
}

#[test]
fn what_was_answered_is_told_within_the_limit() {
    for (told, found) in [(s(8), 0), (s(9), 1)] {
        let mut world = World::new();
        world.hear(s(5), &snapshot(10, "first"));
        world.reader.behind = Some(look(11));
        world.hear(told, &joined(11, 11));
        assert_eq!(world.found(Promise::Prompt), found, "{told:?}");
    }
}

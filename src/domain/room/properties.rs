//! Whatever happens in a room, in whatever order: its members are those of a simple model.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::tests::{millis, uid};
use super::*;
use crate::sampling::percent;

const RULES: Rules = Rules::USUAL;

#[derive(Clone, Debug)]
enum Step {
    Enter(u8, Role),
    Beat(u8, Role),
    Leave(u8),
    Mic(u8, bool),
    Wait(u64),
}

fn role_claims() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Viewer), Just(Role::Host), Just(Role::Linked)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0u8..6;
    proptest::collection::vec(
        prop_oneof![
            (who.clone(), role_claims()).prop_map(|(who, role)| Step::Enter(who, role)),
            (who.clone(), role_claims()).prop_map(|(who, role)| Step::Beat(who, role)),
            who.clone().prop_map(Step::Leave),
            (who, any::<bool>()).prop_map(|(who, on)| Step::Mic(who, on)),
            (1u64..20_000).prop_map(Step::Wait),
        ],
        0..80,
    )
}

/// What happens in a room whose host is user 0, told by what it has to do with silence and the mic.
fn happens(steps: Vec<Step>) -> (bool, bool) {
    let people: Vec<Uid> = (0..6).map(|n| uid(&format!("u{n}"))).collect();
    let number = RoomNum::new(10001).expect("valid");
    let host = people[0].clone();
    let mut room = Room::new(number, host, RULES, RoomStats::default(), millis(0));
    room.go_live(millis(0));
    let (mut now, mut silent, mut linked) = (0, false, false);
    for step in steps {
        let who = |who: u8| &people[usize::from(who)];
        match step {
            Step::Enter(n, role) => drop(room.enter(who(n), role, millis(now))),
            Step::Beat(n, role) => drop(room.beat(who(n), role, millis(now))),
            Step::Leave(n) => drop(room.leave(who(n), millis(now))),
            Step::Mic(n, on) => drop(room.report_mic(who(n), on, millis(now))),
            Step::Wait(span) => {
                now += span;
                silent |= !room.sweep(millis(now), usize::MAX).gone.is_empty();
            }
        }
        linked |= room
            .page(0, 9)
            .1
            .iter()
            .any(|(_, role)| *role == Role::Linked);
    }
    (silent, linked)
}

#[test]
fn in_many_cases_somebody_falls_silent_and_somebody_is_on_mic() {
    let silent = percent(steps(), |steps| happens(steps).0);
    let linked = percent(steps(), |steps| happens(steps).1);
    assert!(silent >= 30 && linked >= 30, "{silent} %, {linked} %");
}

proptest! {
    /// User 0 is the host. The model knows when each member last gave a sign of life.
    #[test]
    fn members_are_exactly_those_who_entered_and_were_not_silent(steps in steps()) {
        let people: Vec<Uid> = (0..6).map(|n| uid(&format!("u{n}"))).collect();
        let number = RoomNum::new(10001).expect("valid");
        let mut room = Room::new(number, people[0].clone(), RULES, RoomStats::default(), millis(0));
        room.go_live(millis(0));
        let mut model: HashMap<u8, u64> = HashMap::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Enter(who, role) => {
                    room.enter(&people[usize::from(who)], role, millis(now)).expect("on air");
                    model.insert(who, now);
                }
                Step::Beat(who, role) => {
                    let member = room.beat(&people[usize::from(who)], role, millis(now));
                    prop_assert_eq!(member, model.contains_key(&who));
                    model.entry(who).and_modify(|last| *last = now);
                }
                Step::Leave(who) => {
                    room.leave(&people[usize::from(who)], millis(now));
                    model.remove(&who);
                }
                Step::Mic(who, on) => {
                    let _ = room.report_mic(&people[usize::from(who)], on, millis(now));
                    model.entry(who).and_modify(|last| *last = now);
                }
                Step::Wait(span) => {
                    now += span;
                    room.sweep(millis(now), usize::MAX);
                    model.retain(|who, last| *who == 0 || now - *last < 35_000);
                }
            }
            let (total, rows) = room.page(0, 100);
            let seen: BTreeSet<String> = rows.iter().map(|(uid, _)| uid.to_string()).collect();
            prop_assert_eq!(seen.len(), rows.len(), "a member is listed twice");
            prop_assert_eq!(total, rows.len());
            prop_assert_eq!(seen, model.keys().map(|who| format!("u{who}")).collect::<BTreeSet<_>>());
            prop_assert!(rows.iter().filter(|(_, role)| *role == Role::Linked).count() <= RULES.mic_seats);
            prop_assert!(rows.iter().all(|(uid, role)| (*role == Role::Host) == (*uid == people[0])));
            let ranks: Vec<_> = rows.iter().map(|(_, role)| [2, 0, 1][usize::from(role.number())]).collect();
            prop_assert!(ranks.is_sorted(), "the order of the list is broken");
            let paged: Vec<_> = (0..total).flat_map(|row| room.page(row, 1).1).collect();
            prop_assert_eq!(paged, rows, "paging skips or repeats");
        }
    }
}

//! In any order of steps, the members of a room are those of a simple model, and its events describe
//! every change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;
use crate::domain::room::mic::MicAsk;
use crate::sampling::percent;

/// A step. Users are numbers, and 0 is the host.
#[derive(Clone, Debug)]
enum Step {
    Enter(u8, RoleClaim),
    Beat(u8, RoleClaim),
    Leave(u8),
    /// Another room seats the user, and this room is notified.
    Move(u8),
    /// Another room seats the user, and this room is not notified.
    Lose(u8),
    Ask(u8),
    Mic(u8, bool),
    Grant(u8, bool),
    Likes(u32),
    Send(u8, u32),
    GoLive(u8),
    Stream(bool),
    Wait(u64),
}

fn role_claims() -> impl Strategy<Value = RoleClaim> {
    prop_oneof![
        Just(RoleClaim::OffMic),
        Just(RoleClaim::Keep),
        Just(RoleClaim::OnMic)
    ]
}

/// Steps that this room is notified of.
fn step() -> impl Strategy<Value = Step> {
    let who = 0u8..6;
    prop_oneof![
        2 => (who.clone(), role_claims()).prop_map(|(who, role)| Step::Enter(who, role)),
        2 => (who.clone(), role_claims()).prop_map(|(who, role)| Step::Beat(who, role)),
        1 => who.clone().prop_map(Step::Leave),
        1 => who.clone().prop_map(Step::Move),
        1 => who.clone().prop_map(Step::Ask),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Step::Mic(who, on)),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Step::Grant(who, on)),
        1 => (who, 1u32..3).prop_map(|(who, count)| Step::Send(who, count)),
        1 => (0u32..3).prop_map(Step::Likes),
        1 => (0u8..2).prop_map(Step::GoLive),
        1 => any::<bool>().prop_map(Step::Stream),
        2 => (1u64..20_000).prop_map(Step::Wait),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 0..80)
}

/// A policy, and steps. This room is not notified of some of them.
fn stories() -> impl Strategy<Value = (MicPolicy, Vec<Step>)> {
    let policy = prop_oneof![Just(MicPolicy::Open), Just(MicPolicy::Approve)];
    let step = prop_oneof![15 => step(), 1 => (0u8..6).prop_map(Step::Lose)];
    (policy, proptest::collection::vec(step, 0..80))
}

fn stream(on: bool) -> StreamShown {
    StreamShown {
        on: Some(on),
        picture: None,
    }
}

fn user(number: u8) -> Uid {
    uid(&format!("u{number}"))
}

/// A live room whose host, user 0, has not entered yet, and the current time in milliseconds.
struct Scene {
    room: Room,
    now: u64,
}

impl Scene {
    fn new(mic_policy: MicPolicy) -> Self {
        let number = RoomNum::new(10001).expect("valid");
        let rules = Rules {
            mic_policy,
            ..RULES
        };
        let before = RoomStats::default();
        let mut room = Room::new(number, user(0), Arc::default(), rules, before, at(0));
        room.announce(profile("first"), at(0));
        Self { room, now: 0 }
    }

    /// Performs a step. False if the room did not accept a beat or a request for the mic.
    fn take(&mut self, step: &Step) -> bool {
        let (room, now) = (&mut self.room, millis(self.now));
        match *step {
            Step::Enter(who, role) => {
                room.enter(&user(who), role, now).expect("live");
            }
            Step::Beat(who, role) => return room.beat(&user(who), role, now),
            Step::Leave(who) => drop(room.leave(&user(who), LeaveReason::Leave, now)),
            Step::Move(who) | Step::Lose(who) => {
                if let Some(seat) = room.members.get(&user(who)).cloned() {
                    seat.vacate();
                    if matches!(step, Step::Move(_)) {
                        room.vacate(&seat, now);
                    }
                }
            }
            Step::Ask(who) => return room.request_mic(&user(who), now).is_ok(),
            Step::Mic(who, on) => drop(room.report_mic(&user(who), on, now)),
            Step::Grant(who, on) => drop(room.grant_mic(&user(0), &user(who), on)),
            Step::Likes(likes) => room.report_likes(&user(0), likes).expect("the host"),
            Step::Send(who, count) => drop(room.send_likes(&user(who), count, now)),
            Step::Stream(on) => self.room.show_stream(stream(on)),
            Step::GoLive(title) => room.announce(profile(&title.to_string()), now),
            Step::Wait(span) => {
                self.now += span;
                room.sweep(millis(self.now), usize::MAX);
            }
        }
        true
    }

    /// The state of the room, as the room itself shows it.
    fn picture(&self) -> Picture {
        let rows = self.room.members_behind(None, None, usize::MAX).1;
        let members: BTreeMap<_, _> = rows
            .into_iter()
            .map(|row| (row.uid, (row.role, row.place)))
            .collect();
        let asks = |uid: &Uid| {
            let seat = self.room.members.get(uid);
            seat.map(|seat| self.room.members.note(seat.entry()).mic)
        };
        let with = |ask: MicAsk| {
            let them = members.keys().filter(|uid| asks(uid) == Some(ask));
            them.cloned().collect()
        };
        Picture {
            requested: with(MicAsk::Requested),
            granted: with(MicAsk::Granted),
            on_mic: self.room.members.linked(),
            likes: self.room.stats().likes.shown(),
            profile: Arc::clone(&self.room.profile),
            stream: self.room.stream.clone(),
            has_ended: self.room.has_ended,
            members,
        }
    }
}

/// The state of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Picture {
    members: BTreeMap<Uid, (Role, MemberPlace)>,
    requested: BTreeSet<Uid>,
    granted: BTreeSet<Uid>,
    on_mic: usize,
    likes: u32,
    profile: Arc<Profile>,
    stream: StreamShown,
    has_ended: bool,
}

impl Picture {
    /// Applies an event, which must fit the state before it.
    fn apply(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::Joined {
                uid,
                role,
                place,
                members,
            } => {
                assert_eq!(self.members.insert(uid, (role, place)), None);
                assert_eq!(count(self.members.len()), members);
            }
            RoomEvent::Left {
                uid, role, members, ..
            } => {
                let had = self.members.remove(&uid).map(|(role, _)| role);
                assert_eq!(had, Some(role));
                assert_eq!(count(self.members.len()), members);
            }
            RoomEvent::RoleChanged {
                uid,
                from,
                to,
                place,
            } => {
                let had = self.members.insert(uid, (to, place)).map(|(role, _)| role);
                assert_eq!(had, Some(from));
                assert_ne!(from, to);
            }
            RoomEvent::Likes { likes } => {
                assert_ne!(std::mem::replace(&mut self.likes, likes), likes);
            }
            RoomEvent::MicRequested { uid } => assert!(self.requested.insert(uid)),
            RoomEvent::MicGranted { uid } => {
                self.requested.remove(&uid);
                assert!(self.granted.insert(uid));
            }
            RoomEvent::MicWithdrawn { uid, .. } => {
                assert!(self.requested.remove(&uid) | self.granted.remove(&uid));
            }
            RoomEvent::MicOn { uid } => {
                self.requested.remove(&uid);
                self.granted.remove(&uid);
                self.on_mic += 1;
            }
            RoomEvent::MicOff { .. } => self.on_mic -= 1,
            RoomEvent::Live { profile } => {
                assert_eq!(self.profile.live_at, None);
                self.profile = profile;
            }
            RoomEvent::Changed { profile } => {
                assert_ne!(self.profile, profile);
                self.profile = profile;
            }
            RoomEvent::StreamChanged { shown, .. } => {
                assert_ne!(std::mem::replace(&mut self.stream, shown.clone()), shown);
            }
            RoomEvent::Ended { stats, .. } => {
                assert_eq!(stats.likes.shown(), self.likes);
                assert!(!std::mem::replace(&mut self.has_ended, true));
            }
        }
    }
}

/// Whether somebody falls silent in these steps, and whether somebody goes on mic.
fn happens(steps: Vec<Step>) -> (bool, bool) {
    let mut scene = Scene::new(MicPolicy::Open);
    for step in &steps {
        scene.take(step);
    }
    let events = scene.room.take_events();
    let any = |holds: fn(&RoomEvent) -> bool| events.iter().any(|numbered| holds(&numbered.event));
    let reason = |event: &RoomEvent| matches!(event, RoomEvent::Left { reason, .. } if *reason == LeaveReason::Silent);
    (
        any(reason),
        any(|event| event.kind() == RoomEventKind::MicOn),
    )
}

#[test]
fn in_many_cases_somebody_falls_silent_and_somebody_is_on_mic() {
    let silent = percent(steps(), |steps| happens(steps).0);
    let linked = percent(steps(), |steps| happens(steps).1);
    assert!(silent >= 30 && linked >= 30, "{silent} %, {linked} %");
}

#[test]
fn in_many_cases_there_is_an_event_of_each_kind_and_somebody_leaves_from_the_mic() {
    let events = |(policy, steps): (MicPolicy, Vec<Step>)| {
        let mut scene = Scene::new(policy);
        for step in &steps {
            scene.take(step);
        }
        scene.room.end(EndReason::Exit);
        scene.room.take_events()
    };
    for kind in RoomEventKind::ALL {
        let has = percent(stories(), |story| {
            events(story).iter().any(|it| it.event.kind() == kind)
        });
        assert!(has >= 25, "{kind:?}: {has} %");
    }
    let from_mic = |reason: LeaveReason| {
        percent(stories(), |story| {
            let reason = MicOffReason::Left(reason);
            let is = |it: &Numbered| matches!(&it.event, RoomEvent::MicOff { reason: why, .. } if *why == reason);
            events(story).iter().any(is)
        })
    };
    let [silent, moved] = [LeaveReason::Silent, LeaveReason::Moved].map(from_mic);
    assert!(silent >= 5 && moved >= 5, "{silent} %, {moved} %");
}

proptest! {
    /// The model remembers the last sign of life of each member.
    #[test]
    fn members_are_exactly_those_who_entered_and_were_not_silent(steps in steps()) {
        let mut scene = Scene::new(MicPolicy::Open);
        let mut model: HashMap<u8, u64> = HashMap::new();
        for step in steps {
            let done = scene.take(&step);
            let now = scene.now;
            match step {
                Step::Enter(who, _) => {
                    model.insert(who, now);
                }
                Step::Beat(who, _) => {
                    prop_assert_eq!(done, model.contains_key(&who));
                    model.entry(who).and_modify(|last| *last = now);
                }
                Step::Leave(who) | Step::Move(who) | Step::Lose(who) => {
                    model.remove(&who);
                }
                Step::Ask(who) => {
                    if done {
                        model.insert(who, now);
                    }
                }
                Step::Mic(who, _) | Step::Send(who, _) => {
                    model.entry(who).and_modify(|last| *last = now);
                }
                Step::Grant(..) | Step::Likes(_) | Step::GoLive(_) | Step::Stream(_) => {}
                Step::Wait(_) => model.retain(|who, last| *who == 0 || now - *last < 35_000),
            }
            let room = &scene.room;
            let (total, rows) = room.page(0, 100);
            let seen: BTreeSet<String> = rows.iter().map(|(uid, _)| uid.to_string()).collect();
            prop_assert_eq!(seen.len(), rows.len(), "a member is listed twice");
            prop_assert_eq!(total, rows.len());
            prop_assert_eq!(seen, model.keys().map(|who| format!("u{who}")).collect::<BTreeSet<_>>());
            prop_assert!(rows.iter().filter(|(_, role)| *role == Role::Linked).count() <= RULES.mic_seats);
            prop_assert!(rows.iter().all(|(uid, role)| (*role == Role::Host) == (*uid == user(0))));
            let ranks: Vec<_> = rows.iter().map(|(_, role)| [2, 0, 1][usize::from(role.number())]).collect();
            prop_assert!(ranks.is_sorted(), "the order of the list is broken");
            let paged: Vec<_> = (0..total).flat_map(|row| room.page(row, 1).1).collect();
            prop_assert_eq!(paged, rows, "paging skips or repeats");
        }
    }

    #[test]
    fn who_follows_the_events_from_the_first_one_knows_all_that_is_true((policy, steps) in stories()) {
        let mut scene = Scene::new(policy);
        let mut picture = Picture::default();
        let mut seq = 0;
        let mut follow = |scene: &mut Scene| {
            for numbered in scene.room.take_events() {
                seq += 1;
                assert_eq!(numbered.seq, seq, "a gap or a repeat");
                picture.apply(numbered.event);
            }
            assert_eq!(picture, scene.picture());
            let linked = picture.members.values().filter(|(role, _)| *role == Role::Linked);
            assert_eq!(linked.count(), picture.on_mic);
        };
        follow(&mut scene);
        for step in &steps {
            scene.take(step);
            follow(&mut scene);
        }
        scene.room.end(EndReason::Exit);
        follow(&mut scene);
        while !scene.room.dismiss(2).is_empty() {
            follow(&mut scene);
        }
        prop_assert_eq!(scene.room.stats().members, 0);
    }
}

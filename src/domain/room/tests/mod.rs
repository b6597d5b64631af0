//! The rules of a room, as stories without a clock: every story gives its own times.

use super::*;
use crate::domain::{Likes, MicPolicy, ProfileChange, UnixTime};

mod events;
mod guests;
mod presence_hints;
mod properties;

const RULES: Rules = Rules::USUAL;

pub(super) fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("valid")
}

pub(super) fn at(seconds: u64) -> Moment {
    Moment::from_millis(seconds * 1000)
}

pub(super) fn millis(millis: u64) -> Moment {
    Moment::from_millis(millis)
}

/// The profile of a live with that title.
pub(super) fn profile(title: &str) -> Arc<Profile> {
    let titled = ProfileChange {
        title: Some(title.to_owned()),
        ..ProfileChange::default()
    };
    let live = Profile::default().on_air(titled, UnixTime::from_secs(0));
    Arc::new(live.expect("it has a title"))
}

/// A room of `host`, opened at second 0, with nobody in it.
fn empty_with(rules: Rules, before: RoomStats) -> Room {
    let number = RoomNum::new(10001).expect("valid");
    Room::new(number, uid("host"), Arc::default(), rules, before, at(0))
}

fn prepared_with(rules: Rules) -> Room {
    let mut room = empty_with(rules, RoomStats::default());
    room.enter(&uid("host"), RoleClaim::Keep, at(0))
        .expect("the host enters");
    room
}

/// A live that began at second 0, with its host in it.
fn live_with(rules: Rules) -> Room {
    let mut room = prepared_with(rules);
    room.announce(profile("first"), at(0));
    room
}

pub(super) fn live() -> Room {
    live_with(RULES)
}

fn listed(room: &Room) -> Vec<(String, Role)> {
    let (total, rows) = room.page(0, usize::MAX);
    assert_eq!(total, rows.len());
    rows.into_iter()
        .map(|(uid, role)| (uid.to_string(), role))
        .collect()
}

pub(super) fn names(room: &Room) -> Vec<String> {
    listed(room).into_iter().map(|(uid, _)| uid).collect()
}

fn role(room: &Room, name: &str) -> Option<Role> {
    listed(room)
        .into_iter()
        .find(|(uid, _)| uid == name)
        .map(|(_, role)| role)
}

pub(super) fn gone(sweep: Sweep) -> Vec<String> {
    sweep
        .gone
        .into_iter()
        .map(|seat| seat.uid().to_string())
        .collect()
}

#[test]
fn a_silent_viewer_is_gone_after_thirty_five_seconds_but_the_host_stays() {
    let mut room = live();
    room.enter(&uid("anna"), RoleClaim::OffMic, at(1))
        .expect("enters");
    assert_eq!(gone(room.sweep(millis(35_999), usize::MAX)), [""; 0]);
    let sweep = room.sweep(at(36), usize::MAX);
    assert!(!sweep.host_silent);
    assert_eq!(gone(sweep), ["anna"]);
    assert_eq!(names(&room), ["host"]);
}

#[test]
fn whoever_beats_within_the_limit_is_never_dropped() {
    let mut room = live();
    room.enter(&uid("anna"), RoleClaim::OffMic, at(0))
        .expect("enters");
    for second in (0..3400).step_by(34) {
        room.beat(&uid("host"), RoleClaim::Keep, at(second));
        assert!(room.beat(&uid("anna"), RoleClaim::OffMic, at(second)));
        assert_eq!(
            gone(room.sweep(millis(second * 1000 + 34_999), usize::MAX)),
            [""; 0]
        );
    }
}

#[test]
fn a_stamp_on_the_seat_counts_like_a_beat() {
    let mut room = live();
    let seat = room
        .enter(&uid("anna"), RoleClaim::OffMic, at(0))
        .expect("enters");
    assert!(seat.stamp(at(30)));
    assert_eq!(gone(room.sweep(at(64), usize::MAX)), [""; 0]);
    assert_eq!(room.next_deadline(), at(65));
    assert_eq!(gone(room.sweep(at(65), usize::MAX)), ["anna"]);
    assert!(!seat.stamp(at(66)));
}

#[test]
fn a_live_whose_host_is_silent_for_ninety_seconds_is_to_be_ended_and_not_earlier() {
    let mut room = live();
    assert!(!room.sweep(millis(89_999), usize::MAX).host_silent);
    assert!(room.sweep(at(90), usize::MAX).host_silent);
    room.beat(&uid("host"), RoleClaim::Keep, at(90));
    assert!(!room.sweep(at(179), usize::MAX).host_silent);
}

#[test]
fn a_host_who_left_their_own_room_has_ninety_seconds_to_come_back() {
    let mut room = live();
    room.beat(&uid("host"), RoleClaim::Keep, at(50));
    room.leave(&uid("host"), LeaveReason::Leave, at(60));
    assert!(!room.sweep(at(139), usize::MAX).host_silent);
    assert!(room.sweep(at(140), usize::MAX).host_silent);
}

#[test]
fn only_the_host_enters_before_they_have_gone_live() {
    let mut room = prepared_with(RULES);
    assert_eq!(
        room.enter(&uid("anna"), RoleClaim::OffMic, at(0)).err(),
        Some(Refusal::NoSuchRoom)
    );
    assert_eq!(
        room.request_mic(&uid("anna"), at(0)).err(),
        Some(Refusal::NoSuchRoom)
    );
    room.announce(profile("first"), at(1));
    assert!(room.enter(&uid("anna"), RoleClaim::OffMic, at(1)).is_ok());
}

#[test]
fn entering_again_is_the_same_membership() {
    let mut room = live();
    let first = room
        .enter(&uid("anna"), RoleClaim::OffMic, at(0))
        .expect("enters");
    let again = room
        .enter(&uid("anna"), RoleClaim::OffMic, at(5))
        .expect("enters");
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(room.stats().members, 2);
}

#[test]
fn the_host_keeps_their_role_whatever_they_claim() {
    let mut room = live();
    for claim in [RoleClaim::OnMic, RoleClaim::OffMic, RoleClaim::Keep] {
        room.beat(&uid("host"), claim, at(1));
        assert_eq!(role(&room, "host"), Some(Role::Host));
    }
    assert_eq!(room.report_mic(&uid("host"), false, at(1)), Ok(()));
    room.request_mic(&uid("host"), at(1)).expect("no demotion");
    assert_eq!(role(&room, "host"), Some(Role::Host));
}

#[test]
fn a_viewer_who_claims_to_be_host_stays_a_viewer() {
    let mut room = live();
    room.enter(&uid("anna"), RoleClaim::Keep, at(0))
        .expect("enters");
    assert_eq!(role(&room, "anna"), Some(Role::Viewer));
    room.beat(&uid("anna"), RoleClaim::OnMic, at(1));
    room.beat(&uid("anna"), RoleClaim::Keep, at(2));
    assert_eq!(role(&room, "anna"), Some(Role::Linked));
}

#[test]
fn a_claimed_seat_is_given_while_there_is_one_and_a_claimed_zero_frees_it() {
    let mut room = live();
    for name in ["a", "b", "c", "d"] {
        room.enter(&uid(name), RoleClaim::OnMic, at(0))
            .expect("enters");
    }
    assert_eq!(role(&room, "c"), Some(Role::Linked));
    assert_eq!(role(&room, "d"), Some(Role::Viewer));
    room.beat(&uid("a"), RoleClaim::OffMic, at(1));
    room.beat(&uid("d"), RoleClaim::OnMic, at(2));
    assert_eq!(role(&room, "a"), Some(Role::Viewer));
    assert_eq!(role(&room, "d"), Some(Role::Linked));
}

#[test]
fn asking_for_and_reporting_a_seat_is_refused_while_all_are_taken() {
    let mut room = live_with(Rules {
        mic_seats: 1,
        ..RULES
    });
    for name in ["anna", "otto"] {
        room.enter(&uid(name), RoleClaim::OffMic, at(0))
            .expect("enters");
    }
    assert_eq!(room.report_mic(&uid("anna"), true, at(0)), Ok(()));
    assert_eq!(
        room.report_mic(&uid("otto"), true, at(0)),
        Err(Refusal::MicSeatsFull)
    );
    assert_eq!(
        room.request_mic(&uid("otto"), at(0)).err(),
        Some(Refusal::MicSeatsFull)
    );
    assert_eq!(
        room.request_mic(&uid("stranger"), at(0)).err(),
        Some(Refusal::MicSeatsFull)
    );
    assert_eq!(names(&room), ["host", "anna", "otto"]);
    assert!(
        room.request_mic(&uid("anna"), at(0)).is_ok(),
        "they have what they ask for"
    );
    room.leave(&uid("anna"), LeaveReason::Leave, at(1));
    assert_eq!(room.report_mic(&uid("otto"), true, at(1)), Ok(()));
}

#[test]
fn who_asks_for_a_seat_without_being_a_member_becomes_one() {
    let mut room = live();
    room.request_mic(&uid("anna"), at(0))
        .expect("a seat is free");
    assert_eq!(role(&room, "anna"), Some(Role::Viewer));
}

#[test]
fn who_is_not_a_member_can_not_report_their_mic() {
    let mut room = live();
    for on in [true, false] {
        assert_eq!(
            room.report_mic(&uid("anna"), on, at(0)),
            Err(Refusal::NoSuchRoom)
        );
    }
}

#[test]
fn where_the_host_approves_nobody_goes_on_mic_without_it() {
    let mut room = live_with(Rules {
        mic_policy: MicPolicy::Approve,
        ..RULES
    });
    let (host, anna) = (uid("host"), uid("anna"));
    room.request_mic(&anna, at(0)).expect("a seat is free");
    assert_eq!(
        room.report_mic(&anna, true, at(0)),
        Err(Refusal::MicNotGranted)
    );
    room.beat(&anna, RoleClaim::OnMic, at(1));
    assert_eq!(role(&room, "anna"), Some(Role::Viewer));
    assert_eq!(
        room.grant_mic(&anna, &anna, true),
        Err(Refusal::NotYourRoom)
    );
    assert_eq!(
        room.grant_mic(&host, &uid("stranger"), true),
        Err(Refusal::NoSuchRoom)
    );
    assert_eq!(room.grant_mic(&host, &anna, true), Ok(()));
    assert_eq!(room.report_mic(&anna, true, at(2)), Ok(()));
    assert_eq!(room.grant_mic(&host, &anna, false), Ok(()));
    assert_eq!(role(&room, "anna"), Some(Role::Viewer));
    assert_eq!(
        room.report_mic(&anna, true, at(3)),
        Err(Refusal::MicNotGranted),
        "once granted, once used"
    );
}

#[test]
fn the_list_is_the_host_then_the_linked_then_the_viewers_each_in_order() {
    let mut room = live();
    for name in ["a", "b", "c", "d"] {
        room.enter(&uid(name), RoleClaim::OffMic, at(0))
            .expect("enters");
    }
    room.report_mic(&uid("c"), true, at(1)).expect("free");
    room.report_mic(&uid("b"), true, at(2)).expect("free");
    assert_eq!(names(&room), ["host", "c", "b", "a", "d"]);
    room.report_mic(&uid("c"), false, at(3)).expect("off");
    assert_eq!(names(&room), ["host", "b", "a", "c", "d"]);
}

#[test]
fn likes_are_what_the_host_says_and_what_members_send() {
    let mut room = live();
    room.enter(&uid("anna"), RoleClaim::OffMic, at(0))
        .expect("enters");
    let (host, anna) = (uid("host"), uid("anna"));
    assert_eq!(room.report_likes(&host, 7), Ok(()));
    let reported = room.report_likes(&anna, 1000);
    assert_eq!(reported, Err(Refusal::NotYourRoom));
    assert_eq!(room.send_likes(&anna, 3, at(1)), Ok(()));
    assert_eq!(room.send_likes(&host, 2, at(1)), Ok(()));
    let sent = room.send_likes(&uid("otto"), 1000, at(1));
    assert_eq!(sent, Err(Refusal::NotMember));
    assert_eq!(room.report_likes(&host, 5), Ok(()));
    let likes = room.stats().likes;
    assert_eq!(likes, Likes { told: 5, sent: 5 });
    assert_eq!(likes.shown(), 10);
}

#[test]
fn who_sends_likes_is_there() {
    let mut room = live();
    let anna = uid("anna");
    room.enter(&anna, RoleClaim::Keep, at(0)).expect("enters");
    room.send_likes(&anna, 1, at(30)).expect("a member");
    room.beat(&uid("host"), RoleClaim::Keep, at(30));
    assert_eq!(gone(room.sweep(at(60), usize::MAX)), [""; 0]);
    let seat = room.members.get(&anna).expect("a member").clone();
    // Another room has taken the seat.
    seat.vacate();
    let sent = room.send_likes(&anna, 1, at(61));
    assert_eq!(sent, Err(Refusal::NotMember));
}

#[test]
fn likes_stop_at_the_largest_count_and_tell_no_change_there() {
    let mut room = live();
    let host = uid("host");
    room.enter(&host, RoleClaim::Keep, at(0)).expect("enters");
    room.report_likes(&host, u32::MAX).expect("the host");
    room.take_events();
    room.send_likes(&host, 100, at(1)).expect("a member");
    assert_eq!(room.stats().likes.shown(), u32::MAX);
    assert_eq!(room.take_events(), []);
    // What was sent is not lost.
    room.report_likes(&host, 0).expect("the host");
    assert_eq!(room.stats().likes.shown(), 100);
}

#[test]
fn the_figures_count_people_and_not_entries() {
    let mut room = live();
    for name in ["a", "b", "a", "c"] {
        room.enter(&uid(name), RoleClaim::OffMic, at(0))
            .expect("enters");
        room.leave(&uid(name), LeaveReason::Leave, at(0));
    }
    assert_eq!(
        room.stats(),
        RoomStats {
            members: 1,
            peak: 2,
            total: 4,
            likes: Likes::default()
        }
    );
}

#[test]
fn figures_from_before_a_restart_are_not_lost() {
    let before = RoomStats {
        members: 9,
        peak: 50,
        total: 80,
        likes: Likes { told: 30, sent: 3 },
    };
    let room = empty_with(RULES, before);
    assert_eq!(
        room.stats(),
        RoomStats {
            members: 0,
            ..before
        }
    );
}

#[test]
fn a_room_that_is_dropped_vacates_every_seat() {
    let mut room = live();
    let seat = room
        .enter(&uid("anna"), RoleClaim::OffMic, at(0))
        .expect("enters");
    drop(room);
    assert!(!seat.stamp(at(1)));
}

#[test]
fn a_seat_that_was_taken_elsewhere_is_cleared_and_a_new_one_is_not() {
    let mut room = live();
    let anna = uid("anna");
    let old = room.enter(&anna, RoleClaim::OffMic, at(0)).expect("enters");
    old.vacate();
    let new = room.enter(&anna, RoleClaim::OffMic, at(1)).expect("enters");
    room.vacate(&old, at(2));
    assert_eq!(names(&room), ["host", "anna"]);
    room.vacate(&new, at(2));
    assert_eq!(names(&room), ["host"]);
}

#[test]
fn a_sweep_checks_no_more_members_than_it_may_and_the_next_one_goes_on() {
    let mut room = live_with(RULES);
    for n in 0..10 {
        room.enter(&uid(&format!("u{n}")), RoleClaim::OffMic, at(1))
            .expect("enters");
    }
    let gone = [4, 4, 4].map(|most| {
        let sweep = room.sweep(at(1000), most);
        (sweep.checks, sweep.gone.len())
    });
    assert_eq!(gone, [(4, 4), (4, 4), (2, 2)]);
}

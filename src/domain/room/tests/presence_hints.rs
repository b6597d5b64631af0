//! The cloud's hints about members, as stories: hints shorten the tolerated silence, and heartbeats
//! decide.

use super::*;

/// A time by the cloud's clock, in milliseconds.
fn cloud(seconds: i64) -> i64 {
    1_700_000_000_000 + seconds * 1000
}

/// A live that Anna entered at second 0.
fn with_anna() -> Room {
    let mut room = live();
    room.enter(&uid("anna"), RoleClaim::OffMic, at(0))
        .expect("enters");
    room
}

#[test]
fn who_was_seen_going_and_stays_silent_is_gone_after_fifteen_seconds() {
    let mut room = with_anna();
    room.presence_hint(&uid("anna"), false, cloud(10), at(10), at(10));
    assert_eq!(room.next_deadline(), at(25));
    assert_eq!(gone(room.sweep(millis(24_999), usize::MAX)), [""; 0]);
    assert_eq!(gone(room.sweep(at(25), usize::MAX)), ["anna"]);
}

#[test]
fn who_was_seen_going_and_beats_on_stays() {
    let mut room = with_anna();
    for second in (5..300).step_by(10) {
        room.presence_hint(
            &uid("anna"),
            false,
            cloud(second),
            at(second.unsigned_abs()),
            at(second.unsigned_abs()),
        );
        room.beat(
            &uid("anna"),
            RoleClaim::OffMic,
            at(second.unsigned_abs() + 4),
        );
        room.beat(&uid("host"), RoleClaim::Keep, at(second.unsigned_abs() + 4));
        assert_eq!(
            gone(room.sweep(at(second.unsigned_abs() + 10), usize::MAX)),
            [""; 0]
        );
    }
    assert_eq!(names(&room), ["host", "anna"]);
}

#[test]
fn a_suspicion_is_over_with_the_next_beat_and_then_the_usual_limit_holds() {
    let mut room = with_anna();
    room.presence_hint(&uid("anna"), false, cloud(10), at(10), at(10));
    room.beat(&uid("anna"), RoleClaim::OffMic, at(20));
    assert_eq!(gone(room.sweep(millis(54_999), usize::MAX)), [""; 0]);
    assert_eq!(gone(room.sweep(at(55), usize::MAX)), ["anna"]);
}

#[test]
fn a_second_suspicion_counts_from_when_it_came() {
    let mut room = with_anna();
    room.presence_hint(&uid("anna"), false, cloud(1), at(1), at(1));
    room.beat(&uid("anna"), RoleClaim::OffMic, at(10));
    room.presence_hint(&uid("anna"), false, cloud(20), at(20), at(20));
    assert_eq!(gone(room.sweep(millis(34_999), usize::MAX)), [""; 0]);
    assert_eq!(gone(room.sweep(at(35), usize::MAX)), ["anna"]);
}

#[test]
fn seen_coming_back_or_in_the_wrong_order_is_no_suspicion() {
    let mut room = with_anna();
    room.presence_hint(&uid("anna"), false, cloud(10), at(10), at(10));
    room.presence_hint(&uid("anna"), true, cloud(12), at(12), at(12));
    // An older report that arrives late: she had gone before she came back.
    room.presence_hint(&uid("anna"), false, cloud(11), at(11), at(13));
    assert_eq!(gone(room.sweep(millis(34_999), usize::MAX)), [""; 0]);
    assert_eq!(gone(room.sweep(at(35), usize::MAX)), ["anna"]);
}

#[test]
fn being_told_again_of_the_same_going_does_not_prolong_the_suspicion() {
    let mut room = with_anna();
    room.presence_hint(&uid("anna"), false, cloud(10), at(10), at(10));
    room.presence_hint(&uid("anna"), false, cloud(14), at(14), at(20));
    assert_eq!(gone(room.sweep(at(25), usize::MAX)), ["anna"]);
}

#[test]
fn a_suspicion_never_outlasts_the_usual_limit() {
    let mut room = with_anna();
    room.presence_hint(&uid("anna"), false, cloud(30), at(30), at(30));
    assert_eq!(gone(room.sweep(at(35), usize::MAX)), ["anna"]);
}

#[test]
fn a_suspicion_of_an_earlier_membership_does_not_touch_a_later_one() {
    let mut room = with_anna();
    room.presence_hint(&uid("anna"), false, cloud(10), at(10), at(10));
    room.leave(&uid("anna"), LeaveReason::Leave, at(11));
    room.enter(&uid("anna"), RoleClaim::OffMic, at(12))
        .expect("enters");
    assert_eq!(gone(room.sweep(at(30), usize::MAX)), [""; 0]);
}

#[test]
fn a_host_who_was_seen_going_has_forty_five_seconds_and_loses_nothing_by_it_if_they_beat() {
    let mut room = live();
    room.presence_hint(&uid("host"), false, cloud(10), at(10), at(10));
    assert_eq!(room.next_deadline(), at(55));
    assert!(!room.sweep(millis(54_999), usize::MAX).host_silent);
    assert!(room.sweep(at(55), usize::MAX).host_silent);
    room.beat(&uid("host"), RoleClaim::Keep, at(55));
    assert!(!room.sweep(at(144), usize::MAX).host_silent);
    assert!(room.sweep(at(145), usize::MAX).host_silent);
}

#[test]
fn that_somebody_went_before_their_last_sign_of_life_does_not_count() {
    let mut room = with_anna();
    room.beat(&uid("anna"), RoleClaim::OffMic, at(60));
    room.beat(&uid("host"), RoleClaim::Keep, at(60));
    // Both went a minute ago, and have given signs of life since.
    room.presence_hint(&uid("anna"), false, cloud(0), at(0), at(61));
    room.presence_hint(&uid("host"), false, cloud(0), at(0), at(61));
    assert_eq!(room.next_deadline(), at(35), "a look at her usual deadline");
    assert_eq!(gone(room.sweep(millis(94_999), usize::MAX)), [""; 0]);
    assert_eq!(gone(room.sweep(at(95), usize::MAX)), ["anna"]);
    assert!(!room.sweep(millis(149_999), usize::MAX).host_silent);
    assert!(room.sweep(at(150), usize::MAX).host_silent);
}

#[test]
fn a_coming_that_was_told_too_early_leaves_no_room_for_an_older_going() {
    let mut room = live();
    // The cloud saw her go and come back before she was a member here.
    room.presence_hint(&uid("anna"), true, cloud(20), at(20), at(20));
    room.enter(&uid("anna"), RoleClaim::OffMic, at(30))
        .expect("enters");
    room.presence_hint(&uid("anna"), false, cloud(10), at(10), at(31));
    assert_eq!(gone(room.sweep(millis(64_999), usize::MAX)), [""; 0]);
    assert_eq!(gone(room.sweep(at(65), usize::MAX)), ["anna"]);
}

#[test]
fn clocks_may_differ_by_a_few_seconds() {
    let mut room = with_anna();
    room.beat(&uid("anna"), RoleClaim::OffMic, at(10));
    room.presence_hint(&uid("anna"), false, cloud(6), at(6), at(11));
    assert_eq!(gone(room.sweep(at(26), usize::MAX)), ["anna"]);
}

#[test]
fn strangers_are_not_looked_at() {
    let mut room = live();
    room.presence_hint(&uid("nobody"), false, cloud(10), at(10), at(10));
    room.presence_hint(&uid("nobody"), true, cloud(11), at(11), at(11));
    assert_eq!(names(&room), ["host"]);
    assert_eq!(room.next_deadline(), at(90));
}

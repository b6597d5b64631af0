//! What is certain, and what is not.

use super::*;

const fn s(seconds: u64) -> At {
    Duration::from_secs(seconds)
}

const LIMITS: Limits = Limits {
    member_timeout: s(35),
    host_timeout: s(90),
};

/// Person 0 hosts live 0; person 1 entered it, from second 4 to second 5.
fn one_viewer() -> Truth {
    let mut truth = Truth::new(LIMITS, 2);
    assert_eq!(truth.created(0, 10001, s(1)), 0);
    truth.announced(0, s(2), s(3));
    truth.entering(1, 0, s(4));
    assert_eq!(truth.expect(0, 1, s(4), s(4)), Expected::Unknown);
    truth.entered(1, s(4), s(5));
    truth
}

#[test]
fn who_entered_is_listed_and_who_left_is_not_and_what_was_on_its_way_is_unknown() {
    let mut truth = one_viewer();
    assert_eq!(truth.expect(0, 1, s(4), s(6)), Expected::Unknown);
    assert_eq!(truth.expect(0, 1, s(5), s(6)), Expected::Listed);
    truth.leaving(1, s(7));
    assert_eq!(truth.expect(0, 1, s(5), s(8)), Expected::Unknown);
    truth.left(1, s(9));
    assert_eq!(truth.expect(0, 1, s(8), s(10)), Expected::Unknown);
    let left = Expected::Absent(Why::Left(s(9)));
    assert_eq!(truth.expect(0, 1, s(9), s(10)), left);
    assert_eq!(truth.counts(0, s(9), s(10))[0], (1, 1));
}

#[test]
fn who_fell_silent_is_listed_until_the_limit_and_a_second_after_it_no_more() {
    let mut truth = one_viewer();
    assert_eq!(truth.expect(0, 1, s(38), s(39)), Expected::Listed);
    assert_eq!(truth.expect(0, 1, s(39), s(40)), Expected::Unknown);
    let silent = Expected::Absent(Why::Silent(s(5)));
    assert_eq!(truth.expect(0, 1, s(41), s(42)), silent);
    truth.beating(1, false);
    assert_eq!(truth.expect(0, 1, s(42), s(43)), Expected::Unknown);
    truth.beat(1, false, 0, s(42), s(44));
    assert_eq!(truth.expect(0, 1, s(43), s(45)), Expected::Unknown);
    assert_eq!(truth.expect(0, 1, s(44), s(45)), Expected::Listed);
}

#[test]
fn nobody_is_certain_in_a_live_whose_host_was_silent_or_ended_it() {
    let mut truth = one_viewer();
    for beat in [30, 60, 85] {
        truth.beating(1, false);
        truth.beat(1, false, 0, s(beat), s(beat));
    }
    assert_eq!(truth.expect(0, 1, s(91), s(92)), Expected::Listed);
    assert_eq!(truth.expect(0, 1, s(92), s(93)), Expected::Unknown);
    truth.ending(0, s(93));
    truth.ended(0, s(94));
    let ended = Expected::Absent(Why::Ended(s(94)));
    assert_eq!(truth.expect(0, 1, s(94), s(95)), ended);
    assert_eq!(truth.expect_live(0, s(94), s(95)), ended);
}

#[test]
fn likes_are_between_what_was_acknowledged_and_what_was_sent() {
    let mut truth = one_viewer();
    truth.lives[0].likes.count(5);
    assert_eq!(truth.beating(0, false), 5);
    assert_eq!(truth.counts(0, s(9), s(10))[1], (0, 5));
    truth.beat(0, false, 5, s(10), s(11));
    assert_eq!(truth.counts(0, s(11), s(12))[1], (5, 5));
    assert_eq!(truth.counts(0, s(10), s(12))[1], (0, 5));
}

#[test]
fn who_could_not_enter_another_room_is_still_in_the_first() {
    let mut truth = one_viewer();
    truth.created(0, 10002, s(6));
    truth.entering(1, 1, s(7));
    assert_eq!(truth.expect(0, 1, s(5), s(8)), Expected::Unknown);
    truth.refused(1, s(9));
    assert_eq!(truth.expect(0, 1, s(9), s(10)), Expected::Listed);
    assert_eq!(
        truth.expect(1, 1, s(9), s(10)),
        Expected::Absent(Why::Elsewhere)
    );
}

#[test]
fn a_member_may_be_on_mic_from_their_claim_until_they_are_known_to_be_off() {
    let mut truth = one_viewer();
    assert!(!truth.may_be_on_mic(0, 1, s(6)));
    truth.beating(1, true);
    assert!(truth.may_be_on_mic(0, 1, s(6)));
    truth.beat(1, true, 0, s(6), s(7));
    truth.beating(1, false);
    truth.beat(1, false, 0, s(8), s(9));
    assert!(truth.may_be_on_mic(0, 1, s(8)));
    assert!(!truth.may_be_on_mic(0, 1, s(9)));
    // They leave, come back, and go on mic again.
    truth.leaving(1, s(10));
    truth.left(1, s(11));
    truth.entering(1, 0, s(12));
    truth.entered(1, s(12), s(13));
    assert!(!truth.may_be_on_mic(0, 1, s(13)));
    truth.beating(1, true);
    assert!(truth.may_be_on_mic(0, 1, s(14)));
}

#[test]
fn likes_that_members_send_are_added_and_are_a_sign_of_life() {
    let mut truth = one_viewer();
    truth.lives[0].likes.count(5);
    truth.beating(0, false);
    truth.beat(0, false, 5, s(6), s(7));
    truth.liking(1, 0, 3);
    assert_eq!(truth.counts(0, s(39), s(39))[1], (5, 8));
    truth.liked(1, 0, 3, s(38), s(39));
    assert_eq!(truth.counts(0, s(39), s(39))[1], (8, 8));
    assert_eq!(truth.counts(0, s(38), s(39))[1], (5, 8));
    assert_eq!(truth.expect(0, 1, s(39), s(40)), Expected::Listed);
}

#[test]
fn who_may_have_been_heard_is_no_ghost_yet() {
    let mut truth = one_viewer();
    truth.may_be_heard(1, 0, s(9));
    assert_eq!(truth.expect(0, 1, s(44), s(45)), Expected::Unknown);
    let silent = Expected::Absent(Why::Silent(s(9)));
    assert_eq!(truth.expect(0, 1, s(45), s(46)), silent);
    truth.beating(1, false);
    assert_eq!(truth.expect(0, 1, s(45), s(46)), Expected::Unknown);
    truth.unanswered(1);
    assert_eq!(truth.expect(0, 1, s(45), s(46)), silent);
}

#[test]
fn who_left_or_whose_live_ended_is_in_it_no_more() {
    let mut truth = one_viewer();
    assert!(!truth.has_gone(0, 1));
    truth.leaving(1, s(6));
    assert!(truth.has_gone(0, 1));
    assert_eq!(truth.over(0, 1), None);
    truth.left(1, s(7));
    assert_eq!(truth.over(0, 1), Some(s(7)));
    truth.ending(0, s(8));
    truth.ended(0, s(9));
    assert!(truth.is_ending(0) && !truth.has_gone(0, 0));
    assert_eq!(
        (truth.over(0, 0), truth.over(0, 1)),
        (Some(s(9)), Some(s(7)))
    );
}

#[test]
fn who_enters_the_room_that_they_are_in_may_stay_on_mic_if_they_do_not_say_otherwise() {
    for keeps_role in [false, true] {
        let mut truth = one_viewer();
        truth.beating(1, true);
        truth.beat(1, true, 0, s(6), s(7));
        truth.entering(1, 0, s(8));
        truth.entered_as(1, keeps_role, s(8), s(9));
        assert_eq!(truth.may_be_on_mic(0, 1, s(9)), keeps_role);
        truth.entering(1, 0, s(10));
        truth.entered_as(1, false, s(10), s(11));
        assert!(!truth.may_be_on_mic(0, 1, s(11)));
    }
}

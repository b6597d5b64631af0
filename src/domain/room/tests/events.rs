//! The events of each transition, as stories that check the content of every event.

use super::*;

use super::RoomEvent::{
    Changed, Ended, Joined, Left, Likes, Live, MicGranted, MicOff, MicOn, MicRequested,
    MicWithdrawn, RoleChanged,
};

/// The place in every event here. That it is the right one, and the role in `Left`, is checked by the
/// properties.
const SOMEWHERE: MemberPlace = MemberPlace::FIRST;

/// The events since the last call.
fn news(room: &mut Room) -> Vec<RoomEvent> {
    let events = room.take_events().into_iter();
    events.map(|numbered| plain(numbered.event)).collect()
}

fn plain(mut event: RoomEvent) -> RoomEvent {
    match &mut event {
        Joined { place, .. } | RoleChanged { place, .. } => *place = SOMEWHERE,
        Left { role, .. } => *role = Role::Viewer,
        _ => {}
    }
    event
}

fn anna() -> Uid {
    uid("anna")
}

/// Anna has another role.
fn role_changed(from: Role, to: Role) -> RoomEvent {
    let uid = anna();
    let place = SOMEWHERE;
    RoleChanged {
        uid,
        from,
        to,
        place,
    }
}

fn left(name: &str, reason: LeaveReason, members: u32) -> RoomEvent {
    let uid = uid(name);
    Left {
        uid,
        role: Role::Viewer,
        reason,
        members,
    }
}

fn off_mic(reason: MicOffReason) -> RoomEvent {
    MicOff {
        uid: anna(),
        reason,
    }
}

fn withdrawn(reason: MicOffReason) -> RoomEvent {
    MicWithdrawn {
        uid: anna(),
        reason,
    }
}

/// A live with its host and Anna in it, after all events so far were taken.
fn with_anna(rules: Rules) -> Room {
    let mut room = live_with(rules);
    room.enter(&anna(), RoleClaim::OffMic, at(0))
        .expect("enters");
    room.take_events();
    room
}

/// As above, and Anna is on mic.
fn with_anna_on_mic() -> Room {
    let mut room = with_anna(RULES);
    room.report_mic(&anna(), true, at(0)).expect("a free seat");
    room.take_events();
    room
}

const APPROVE: Rules = Rules {
    mic_policy: MicPolicy::Approve,
    ..RULES
};

#[test]
fn a_live_begins_with_its_host_who_enters_and_goes_live_and_is_numbered_from_one() {
    let mut room = empty_with(RULES, RoomStats::default());
    room.enter(&uid("host"), RoleClaim::Keep, at(0))
        .expect("enters");
    room.announce(profile("first"), at(1));
    let joined = Joined {
        uid: uid("host"),
        role: Role::Host,
        place: SOMEWHERE,
        members: 1,
    };
    let live = Live {
        profile: profile("first"),
    };
    let events = room.take_events().into_iter();
    let events: Vec<_> = events
        .map(|numbered| (numbered.seq, plain(numbered.event)))
        .collect();
    assert_eq!(events, [(1, joined), (2, live)]);
    assert_eq!(room.take_events(), []);
}

#[test]
fn going_live_again_is_a_change_only_if_something_else_is_announced() {
    let mut room = live();
    room.take_events();
    room.announce(profile("first"), at(5));
    assert_eq!(news(&mut room), []);
    room.announce(profile("second"), at(6));
    let profile = profile("second");
    assert_eq!(news(&mut room), [Changed { profile }]);
}

#[test]
fn what_a_host_prepares_is_a_change_before_they_go_live() {
    let mut room = prepared_with(RULES);
    room.take_events();
    let prepared = Profile {
        live_at: None,
        ..Profile::clone(&profile("prepared"))
    };
    let profile = Arc::new(prepared);
    room.announce(Arc::clone(&profile), at(1));
    assert_eq!(news(&mut room), [Changed { profile }]);
    let early = room.enter(&anna(), RoleClaim::Keep, at(2));
    assert_eq!(early.err(), Some(Refusal::NoSuchRoom));
}

#[test]
fn a_room_that_is_opened_again_from_the_record_is_live_without_having_gone_live_now() {
    let number = RoomNum::new(10001).expect("valid");
    let before = RoomStats::default();
    let announced = profile("first");
    let mut room = Room::new(number, uid("host"), announced, RULES, before, at(0));
    room.enter(&anna(), RoleClaim::OffMic, at(0))
        .expect("enters");
    let (uid, role) = (anna(), Role::Viewer);
    let (place, members) = (SOMEWHERE, 1);
    assert_eq!(
        news(&mut room),
        [Joined {
            uid,
            role,
            place,
            members
        }]
    );
}

#[test]
fn entering_is_told_once_and_leaving_with_its_reason() {
    let mut room = live();
    room.take_events();
    for second in 0..2 {
        room.enter(&anna(), RoleClaim::OffMic, at(second))
            .expect("enters");
    }
    let (uid, role) = (anna(), Role::Viewer);
    let (place, members) = (SOMEWHERE, 2);
    assert_eq!(
        news(&mut room),
        [Joined {
            uid,
            role,
            place,
            members
        }]
    );
    room.leave(&anna(), LeaveReason::Kicked, at(2));
    room.leave(&anna(), LeaveReason::Leave, at(3));
    assert_eq!(news(&mut room), [left("anna", LeaveReason::Kicked, 1)]);
}

#[test]
fn who_enters_with_a_claim_to_a_free_seat_has_joined_and_gone_on_mic() {
    let mut room = live();
    room.take_events();
    room.enter(&anna(), RoleClaim::OnMic, at(0))
        .expect("enters");
    let joined = Joined {
        uid: anna(),
        role: Role::Viewer,
        place: SOMEWHERE,
        members: 2,
    };
    let on = MicOn { uid: anna() };
    let role = role_changed(Role::Viewer, Role::Linked);
    assert_eq!(news(&mut room), [joined, on, role]);
}

#[test]
fn a_beat_that_changes_nothing_tells_nothing() {
    let mut room = with_anna_on_mic();
    room.beat(&anna(), RoleClaim::OnMic, at(1));
    room.beat(&anna(), RoleClaim::Keep, at(2));
    room.beat(&uid("host"), RoleClaim::OnMic, at(2));
    room.beat(&uid("stranger"), RoleClaim::OnMic, at(2));
    room.presence_hint(&anna(), false, 1, at(3), at(3));
    assert_eq!(room.sweep(at(4), usize::MAX).checks, 0);
    assert_eq!(news(&mut room), []);
}

#[test]
fn a_claim_by_beat_puts_on_mic_and_off_it_and_is_silent_when_it_is_refused() {
    let mut room = with_anna(RULES);
    room.beat(&anna(), RoleClaim::OnMic, at(1));
    let on = MicOn { uid: anna() };
    let linked = role_changed(Role::Viewer, Role::Linked);
    assert_eq!(news(&mut room), [on, linked]);
    room.beat(&anna(), RoleClaim::OffMic, at(2));
    let viewer = role_changed(Role::Linked, Role::Viewer);
    assert_eq!(news(&mut room), [off_mic(MicOffReason::Own), viewer]);

    let mut room = with_anna(APPROVE);
    room.beat(&anna(), RoleClaim::OnMic, at(1));
    assert_eq!(news(&mut room), []);
}

#[test]
fn asking_and_approving_are_told_once_and_are_used_up_by_going_on_mic() {
    let mut room = with_anna(APPROVE);
    for second in 1..3 {
        room.request_mic(&anna(), at(second))
            .expect("a seat is free");
    }
    assert_eq!(news(&mut room), [MicRequested { uid: anna() }]);
    for _ in 0..2 {
        room.grant_mic(&uid("host"), &anna(), true)
            .expect("granted");
    }
    assert_eq!(news(&mut room), [MicGranted { uid: anna() }]);
    room.request_mic(&anna(), at(3)).expect("she may already");
    assert_eq!(news(&mut room), []);
    room.report_mic(&anna(), true, at(4)).expect("granted");
    room.report_mic(&anna(), true, at(4)).expect("repeated");
    let on = MicOn { uid: anna() };
    let role = role_changed(Role::Viewer, Role::Linked);
    assert_eq!(news(&mut room), [on, role]);
    room.grant_mic(&uid("host"), &anna(), true).expect("is on");
    assert_eq!(news(&mut room), []);
}

#[test]
fn a_stranger_who_asks_for_the_mic_joins_and_asks() {
    let mut room = live();
    room.take_events();
    room.request_mic(&anna(), at(0)).expect("a seat is free");
    let joined = Joined {
        uid: anna(),
        role: Role::Viewer,
        place: SOMEWHERE,
        members: 2,
    };
    assert_eq!(news(&mut room), [joined, MicRequested { uid: anna() }]);
}

#[test]
fn the_host_takes_off_mic_or_says_no_and_a_member_withdraws_each_with_its_reason() {
    let mut room = with_anna_on_mic();
    for _ in 0..2 {
        room.grant_mic(&uid("host"), &anna(), false).expect("off");
    }
    let viewer = role_changed(Role::Linked, Role::Viewer);
    let off = off_mic(MicOffReason::Host);
    assert_eq!(news(&mut room), [off, viewer.clone()]);

    room.request_mic(&anna(), at(1)).expect("a seat is free");
    room.grant_mic(&uid("host"), &anna(), false).expect("no");
    let asked = MicRequested { uid: anna() };
    let withdrawn_by_host = withdrawn(MicOffReason::Host);
    assert_eq!(news(&mut room), [asked.clone(), withdrawn_by_host]);

    room.request_mic(&anna(), at(2)).expect("a seat is free");
    for _ in 0..2 {
        room.report_mic(&anna(), false, at(3)).expect("off");
    }
    assert_eq!(news(&mut room), [asked, withdrawn(MicOffReason::Own)]);

    room.report_mic(&anna(), true, at(4)).expect("a free seat");
    room.take_events();
    room.report_mic(&anna(), false, at(5)).expect("off");
    assert_eq!(news(&mut room), [off_mic(MicOffReason::Own), viewer]);
}

#[test]
fn what_is_refused_tells_nothing() {
    let mut room = with_anna(APPROVE);
    let refused = [
        room.report_mic(&anna(), true, at(1)),
        room.report_mic(&uid("stranger"), true, at(1)),
        room.grant_mic(&anna(), &anna(), true),
        room.grant_mic(&uid("host"), &uid("stranger"), true),
    ];
    assert!(refused.iter().all(Result::is_err));
    assert_eq!(news(&mut room), []);
}

#[test]
fn who_leaves_from_the_mic_has_left_first_and_then_gone_off_it() {
    let mut room = with_anna_on_mic();
    room.leave(&anna(), LeaveReason::Logout, at(1));
    let reason = LeaveReason::Logout;
    let expected = [left("anna", reason, 1), off_mic(MicOffReason::Left(reason))];
    assert_eq!(news(&mut room), expected);
}

#[test]
fn who_leaves_while_they_ask_for_the_mic_asks_no_more() {
    let mut room = with_anna(RULES);
    room.request_mic(&anna(), at(1)).expect("a seat is free");
    room.take_events();
    room.leave(&anna(), LeaveReason::Leave, at(2));
    let reason = LeaveReason::Leave;
    let expected = [
        left("anna", reason, 1),
        withdrawn(MicOffReason::Left(reason)),
    ];
    assert_eq!(news(&mut room), expected);
}

#[test]
fn who_falls_silent_is_told_by_the_sweep_that_finds_it() {
    let mut room = with_anna_on_mic();
    room.sweep(at(34), usize::MAX);
    assert_eq!(news(&mut room), []);
    room.sweep(at(35), usize::MAX);
    let reason = LeaveReason::Silent;
    let expected = [left("anna", reason, 1), off_mic(MicOffReason::Left(reason))];
    assert_eq!(news(&mut room), expected);
}

#[test]
fn who_was_seated_elsewhere_has_moved_however_the_room_comes_to_know_it() {
    let moved = [left("anna", LeaveReason::Moved, 1)];
    let seat_of = |room: &mut Room| {
        room.enter(&anna(), RoleClaim::OffMic, at(1))
            .expect("enters")
    };

    let mut room = with_anna(RULES);
    let seat = seat_of(&mut room);
    seat.vacate();
    room.vacate(&seat, at(2));
    room.vacate(&seat, at(2));
    assert_eq!(news(&mut room), moved, "it is told");

    let mut room = with_anna(RULES);
    seat_of(&mut room).vacate();
    room.sweep(at(36), usize::MAX);
    assert_eq!(news(&mut room), moved, "it sees that the seat is vacated");

    let mut room = with_anna(RULES);
    seat_of(&mut room).vacate();
    seat_of(&mut room);
    let joined = Joined {
        uid: anna(),
        role: Role::Viewer,
        place: SOMEWHERE,
        members: 2,
    };
    let [moved] = moved;
    assert_eq!(news(&mut room), [moved, joined], "she comes back");
}

#[test]
fn likes_are_told_when_they_change() {
    let mut room = with_anna(RULES);
    let host = uid("host");
    for told in [7, 7, 5] {
        room.report_likes(&host, told).expect("the host");
    }
    room.send_likes(&anna(), 4, at(1)).expect("a member");
    let told = [7, 5, 9].map(|likes| Likes { likes });
    assert_eq!(news(&mut room), told);
}

#[test]
fn a_live_ends_once_and_then_its_members_are_taken_out_piece_by_piece() {
    let mut room = with_anna_on_mic();
    room.enter(&uid("otto"), RoleClaim::OffMic, at(1))
        .expect("enters");
    room.report_likes(&uid("host"), 7).expect("the host");
    room.take_events();
    room.end(EndReason::Exit);
    room.end(EndReason::HostTimeout);
    let stats = RoomStats {
        members: 3,
        peak: 3,
        total: 3,
        likes: crate::domain::Likes { told: 7, sent: 0 },
    };
    let reason = EndReason::Exit;
    assert_eq!(news(&mut room), [Ended { reason, stats }]);
    let sweep = room.sweep(at(1_000_000), 100);
    assert!(sweep.gone.is_empty() && !sweep.host_silent);
    assert_eq!(news(&mut room), [], "nobody falls silent in it");
    assert_eq!(room.dismiss(1).len(), 1);
    assert_eq!(news(&mut room), [left("otto", LeaveReason::Ended, 2)]);
    assert_eq!(room.dismiss(9).len(), 2);
    let reason = LeaveReason::Ended;
    let expected = [
        left("anna", reason, 1),
        off_mic(MicOffReason::Left(reason)),
        left("host", reason, 0),
    ];
    assert_eq!(news(&mut room), expected);
}

#[test]
fn who_comes_back_from_another_room_asks_for_the_mic_anew() {
    let mut room = with_anna_on_mic();
    // The seat is lost to another room, whose notice has not arrived.
    room.members.get(&anna()).expect("a member").vacate();
    let seat = room.request_mic(&anna(), at(1)).expect("a free seat");
    assert_eq!(seat.role(), Role::Viewer);
    let asked = RoomEvent::MicRequested { uid: anna() };
    assert!(news(&mut room).contains(&asked));
}

//! Guests: how many there are in a room, and that none of them goes on mic.

use super::*;

#[test]
fn so_many_guests_are_in_a_room_and_none_of_them_on_mic() {
    let mut room = live_with(Rules {
        max_guests: 2,
        ..RULES
    });
    let guest = |letter: u8| Uid::guest([letter; Uid::GUEST_LETTERS]);
    let (one, two, three) = (guest(b'a'), guest(b'b'), guest(b'c'));
    let enter = |room: &mut Room, uid: &Uid, claim| room.enter(uid, claim, at(0)).map(|_| ());
    assert_eq!(enter(&mut room, &one, RoleClaim::OnMic), Ok(()));
    assert_eq!(enter(&mut room, &two, RoleClaim::Keep), Ok(()));
    assert_eq!(enter(&mut room, &one, RoleClaim::Keep), Ok(()));
    let full = Err(Refusal::GuestsFull);
    assert_eq!(enter(&mut room, &three, RoleClaim::Keep), full);
    assert_eq!(enter(&mut room, &uid("anna"), RoleClaim::Keep), Ok(()));
    let may_not = Refusal::GuestsMayNot;
    assert_eq!(room.request_mic(&one, at(0)).err(), Some(may_not));
    assert_eq!(room.report_mic(&one, true, at(0)), Err(may_not));
    let host = uid("host");
    assert_eq!(room.grant_mic(&host, &one, true), Err(may_not));
    assert_eq!(room.members_by_role(), [3, 1, 0]);
    room.leave(&one, LeaveReason::Leave, at(0));
    assert_eq!(enter(&mut room, &three, RoleClaim::Keep), Ok(()));
}

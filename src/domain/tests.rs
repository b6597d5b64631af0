//! Words and numbers that stand in databases, logs and on the wire: whoever changes one breaks what was
//! recorded, or a client.

use std::time::Duration;

use super::*;

#[test]
fn the_words_of_the_database_are_what_they_were() {
    let senders = Sender::ALL.map(Sender::as_str);
    assert_eq!(senders, ["live", "trtc", "vod", "im"]);
    let states = InboxState::ALL.map(InboxState::as_str);
    let recorded = ["done", "unmatched", "kept", "due", "unplayable", "pending"];
    assert_eq!(states, recorded);
    for (reason, word) in [
        (EndReason::Exit, "exit"),
        (EndReason::Superseded, "superseded"),
        (EndReason::HostTimeout, "host_timeout"),
        (EndReason::Logout, "logout"),
        (EndReason::Dismissed, "dismissed"),
        (EndReason::Kicked, "kicked"),
    ] {
        assert_eq!(reason.as_str(), word);
        assert_eq!(EndReason::from_text(word), Some(reason));
    }
    for (kind, word) in [
        (EventKind::Dismissal, "dismissal"),
        (EventKind::Nothing, "nothing"),
        (EventKind::FilesDeleted(Vec::new()), "deletion"),
        (EventKind::File(FileReport::default()), "file"),
        (EventKind::Picture { url: String::new() }, "picture"),
    ] {
        assert_eq!(kind.as_str(), word);
    }
}

#[test]
fn a_sender_is_found_by_its_word_and_by_no_other() {
    for sender in Sender::ALL {
        assert_eq!(Sender::from_text(sender.as_str()), Some(sender));
    }
    for other in ["", "Live", "css", "live "] {
        assert_eq!(Sender::from_text(other), None, "{other:?}");
    }
    assert_eq!(EndReason::from_text("silence"), None);
}

#[test]
fn events_that_changed_something_or_soon_will_are_effective() {
    let effective: Vec<_> = InboxState::ALL
        .into_iter()
        .filter(|state| state.is_effective())
        .collect();
    assert_eq!(
        effective,
        [InboxState::Done, InboxState::Due, InboxState::Pending]
    );
    assert_eq!(InboxState::by_room(RoomNum::new(1)), InboxState::Done);
    assert_eq!(InboxState::by_room(None), InboxState::Unmatched);
}

#[test]
fn the_numbers_of_the_wire_are_what_the_clients_know() {
    let devices = [Device::Ios, Device::Android, Device::Pc];
    assert_eq!(devices.map(Device::number), [0, 1, 2]);
    assert_eq!([0, 1, 2].map(Device::from_number), devices.map(Some));
    let videos = [VideoType::Camera, VideoType::Screen];
    assert_eq!(videos.map(VideoType::number), [0, 1]);
    assert_eq!([0, 1].map(VideoType::from_number), videos.map(Some));
    let roles = [Role::Viewer, Role::Host, Role::Linked];
    assert_eq!(roles.map(Role::number), [0, 1, 2]);
    assert_eq!([0, 1, 2].map(Role::from_number), roles.map(Some));
    for other in [-1, 3, i64::MAX] {
        assert_eq!(Device::from_number(other), None);
        assert_eq!(VideoType::from_number(other), None);
        assert_eq!(Role::from_number(other), None);
    }
}

#[test]
fn a_name_shows_itself_as_it_was_given() {
    let uid = Uid::parse("Anna 1").expect("an id");
    assert_eq!(
        (uid.as_str(), uid.to_string()),
        ("Anna 1", "Anna 1".to_owned())
    );
    let (room, live) = (RoomNum::new(10001).expect("valid"), LiveId::new(7));
    assert_eq!((room.to_string(), room.get()), ("10001".to_owned(), 10001));
    assert_eq!((live.to_string(), live.get()), ("7".to_owned(), 7));
    let app = AppId::new(1_400_000_000).expect("valid");
    assert_eq!(
        (app.to_string(), app.get()),
        ("1400000000".to_owned(), 1_400_000_000)
    );
    assert_eq!((AppId::new(0), AppId::new(-1)), (None, None));
}

#[test]
fn a_report_improves_on_one_that_did_not_say_where_to_play() {
    let says = |url: &str| FileReport {
        url: url.to_owned(),
        ..FileReport::default()
    };
    assert!(says("http://v/1").improves_on(&says("")));
    assert!(!says("").improves_on(&says("")));
    assert!(!says("http://v/2").improves_on(&says("http://v/1")));
    assert!(!says("").improves_on(&says("http://v/1")));
}

#[test]
fn a_claim_asks_for_nothing_new_if_the_member_has_the_role_already_or_hosts() {
    use RoleClaim::{Keep, OffMic, OnMic};
    for (role, kept_by) in [
        (Role::Host, &[Keep, OnMic, OffMic][..]),
        (Role::Viewer, &[Keep, OffMic]),
        (Role::Linked, &[Keep, OnMic]),
    ] {
        for claim in [Keep, OnMic, OffMic] {
            let is_kept = role.is_kept_by(claim);
            assert_eq!(is_kept, kept_by.contains(&claim), "{role:?} {claim:?}");
        }
    }
}

#[test]
fn a_list_of_the_web_builds_kind_holds_what_phones_announce_too() {
    let kinds = |kind| RecordingFilter { kind, uid: None }.kinds();
    assert_eq!(kinds(Some(1)), Some(vec![0, 1]));
    for kind in [0, 2, -1, 7] {
        assert_eq!(kinds(Some(kind)), Some(vec![kind]));
    }
    assert_eq!(kinds(None), None);
}

#[test]
fn the_names_in_metrics_are_what_they_were() {
    let names = [
        "login_pair",
        "login_id",
        "login_network",
        "login_invented",
        "login_waiting",
        "registrations",
        "creates",
        "guests",
        "tickets",
    ];
    assert_eq!(Budget::ALL.map(Budget::as_str), names);
}

#[test]
fn the_span_between_two_moments_is_never_negative() {
    let at = Moment::from_millis;
    assert_eq!(at(1500) - at(500), Duration::from_secs(1));
    assert_eq!(at(500) - at(1500), Duration::ZERO);
    assert_eq!(at(500) + Duration::from_secs(1), at(1500));
    assert_eq!(at(1500) - Duration::from_secs(1), at(500));
    assert_eq!(at(500) - Duration::from_secs(1), at(0));
}

#[test]
fn only_thirty_two_hexadecimal_digits_are_the_hash_of_a_stream() {
    let is_hash = |id: &str| StreamName::from_id(id).expect("a name").is_hash();
    assert!(is_hash("c829aa56b3a44e7f3fdaf80148dfe8f1"));
    assert!(is_hash("8888_C829AA56B3A44E7F3FDAF80148DFE8F1"));
    for other in [
        "c829aa56b3a44e7f3fdaf80148dfe8f",
        "c829aa56b3a44e7f3fdaf80148dfe8f11",
        "g829aa56b3a44e7f3fdaf80148dfe8f1",
        "abc",
    ] {
        assert!(!is_hash(other), "{other}");
    }
}

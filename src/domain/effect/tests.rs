//! The effects of events, as stories about room 10001, which anna created.

use super::*;
use crate::domain::{Sender, StreamName, Uid, VideoType};

const NOW: UnixTime = UnixTime::from_secs(1_000);
const HAPPENED: UnixTime = UnixTime::from_secs(990);

fn number() -> RoomNum {
    RoomNum::new(10001).expect("valid")
}

fn anna() -> Uid {
    Uid::parse("anna").expect("valid")
}

fn room(sends_stream: bool) -> MatchedRoom {
    MatchedRoom {
        number: number(),
        host: "anna".to_owned(),
        sends_stream,
    }
}

fn event(kind: EventKind, place: Place) -> CloudEvent {
    CloudEvent {
        sender: Sender::Live,
        name: "1".to_owned(),
        key: "k".to_owned(),
        place,
        at: Some(HAPPENED),
        kind,
        body: String::new(),
    }
}

/// The start of a push of the stream with that id.
fn push(id: &str, uids: &[&str]) -> CloudEvent {
    let kind = EventKind::Push {
        sequence: "s-1".to_owned(),
        started: true,
    };
    let place = Place {
        room: Some(number()),
        stream: StreamName::from_id(id),
        uids: uids.iter().map(|uid| (*uid).to_owned()).collect(),
    };
    event(kind, place)
}

/// The stream that anna sends from her room, as a hash.
fn annas_stream() -> StreamName {
    StreamName::of_host(number(), &anna(), VideoType::Camera)
}

fn change(effect: Effect<'_>) -> Option<StreamChange<'_>> {
    match effect {
        Effect::Stream { change, .. } => change,
        other => panic!("no effect on a stream: {other:?}"),
    }
}

#[test]
fn a_push_of_the_rooms_stream_is_recorded_and_shown() {
    let push = push(annas_stream().as_str(), &[]);
    let room = room(true);
    let news = StreamNews::Push {
        sequence: "s-1",
        push: Push {
            started_at: Some(HAPPENED),
            stopped_at: None,
        },
    };
    let effect = Effect::Stream {
        change: Some(StreamChange {
            name: annas_stream().to_string(),
            sent_by: None,
            news: Some(news),
        }),
        room: Some(number()),
    };
    assert_eq!(Effect::of(&push, Some(&room), NOW), effect);
    assert_eq!(InboxState::by_room(Some(number())), InboxState::Done);
    assert_eq!(InboxState::by_room(None), InboxState::Unmatched);
}

#[test]
fn a_stream_that_is_not_the_rooms_changes_nothing_that_it_shows() {
    let hash = push(annas_stream().as_str(), &[]);
    assert_eq!(change(Effect::of(&hash, Some(&room(false)), NOW)), None);
    let guests = push("camera", &["bert"]);
    assert_eq!(change(Effect::of(&guests, Some(&room(false)), NOW)), None);
    let hosts = push("camera", &["bert", "anna"]);
    assert!(change(Effect::of(&hosts, Some(&room(false)), NOW)).is_some());
}

#[test]
fn a_stream_with_a_name_of_its_own_belongs_to_the_room_that_the_event_names() {
    let camera = push("camera", &[]);
    let change = change(Effect::of(&camera, Some(&room(false)), NOW)).expect("it counts");
    assert_eq!(change.name, "camera@10001");
    assert_eq!(change.sent_by, Some(number()));
}

#[test]
fn while_its_room_is_unknown_every_stream_is_kept() {
    for id in [annas_stream().as_str(), "camera"] {
        let push = push(id, &["bert"]);
        let Effect::Stream { change, room: None } = Effect::of(&push, None, NOW) else {
            panic!("another effect");
        };
        assert!(change.is_some(), "{id}");
    }
}

#[test]
fn a_picture_that_has_no_time_is_not_kept_and_its_stream_is() {
    let kind = EventKind::Picture {
        url: "http://picture".to_owned(),
    };
    let mut picture = event(kind, push("camera", &[]).place);
    let taken = change(Effect::of(&picture, Some(&room(false)), NOW)).expect("it counts");
    let news = StreamNews::Picture {
        url: "http://picture",
        at: HAPPENED,
    };
    assert_eq!(taken.news, Some(news));
    picture.at = None;
    let undated = change(Effect::of(&picture, Some(&room(false)), NOW)).expect("it counts");
    assert_eq!((undated.news, undated.sent_by), (None, Some(number())));
}

#[test]
fn a_file_belongs_to_the_room_of_its_event_and_deleted_files_need_no_room() {
    let kind = EventKind::File(FileReport::default());
    let file = event(kind, Place::default());
    let room = room(false);
    for (matched, number) in [(Some(&room), Some(number())), (None, None)] {
        let Effect::Report { room, .. } = Effect::of(&file, matched, NOW) else {
            panic!("another effect");
        };
        assert_eq!(room, number);
    }
    let gone = vec!["f-1".to_owned()];
    let deletion = event(EventKind::FilesDeleted(gone.clone()), Place::default());
    assert_eq!(Effect::of(&deletion, None, NOW), Effect::Deletion(&gone));
}

#[test]
fn a_hint_about_presence_is_told_to_the_room_or_waits_for_it() {
    let kind = EventKind::Presence {
        uids: vec![anna()],
        here: false,
        at_ms: 990_000,
    };
    let hint = event(kind, Place::default());
    let told = Effect::Notify(RoomUpdate::Seen {
        number: number(),
        uids: vec![anna()],
        here: false,
        at_ms: 990_000,
    });
    assert_eq!(Effect::of(&hint, Some(&room(false)), NOW), told);
    let waits = Effect::Nothing(InboxState::Unmatched);
    assert_eq!(Effect::of(&hint, None, NOW), waits);
}

#[test]
fn a_dismissal_counts_at_the_time_it_happened_and_not_later_than_it_was_told() {
    let mut dismissal = event(EventKind::Dismissal, Place::default());
    let room = room(false);
    let of = |dismissal: &CloudEvent, at| {
        let effect = Effect::Dismissal { room: number(), at };
        assert_eq!(Effect::of(dismissal, Some(&room), NOW), effect);
    };
    of(&dismissal, HAPPENED);
    dismissal.at = Some(UnixTime::from_secs(1_200));
    of(&dismissal, NOW);
    let waits = Effect::Nothing(InboxState::Unmatched);
    assert_eq!(Effect::of(&dismissal, None, NOW), waits);
    dismissal.at = None;
    let ignored = Effect::Nothing(InboxState::Ignored);
    assert_eq!(Effect::of(&dismissal, Some(&room), NOW), ignored);
}

#[test]
fn what_means_nothing_here_is_ignored() {
    let nothing = event(EventKind::Nothing, Place::default());
    let ignored = Effect::Nothing(InboxState::Ignored);
    assert_eq!(Effect::of(&nothing, Some(&room(true)), NOW), ignored);
    assert_eq!(Effect::of(&nothing, None, NOW), ignored);
}

#[test]
fn what_waited_takes_effect_when_its_room_appears() {
    let waiting = |kind: &str, file_id: Option<&str>, happened_at| WaitingEvent {
        kind: kind.to_owned(),
        file_id: file_id.map(str::to_owned),
        happened_at,
        received_at: UnixTime::from_secs(995),
    };
    let file = waiting("file", Some("f-1"), Some(HAPPENED));
    let built = Effect::FileOfRoom {
        file_id: "f-1",
        room: number(),
    };
    assert_eq!(Effect::of_waiting(&file, number(), NOW), built);
    for (dated, at) in [(990, 990), (999, 995)] {
        let dismissal = waiting("dismissal", None, Some(UnixTime::from_secs(dated)));
        let effect = Effect::Dismissal {
            room: number(),
            at: UnixTime::from_secs(at),
        };
        assert_eq!(Effect::of_waiting(&dismissal, number(), NOW), effect);
    }
    let undated = waiting("dismissal", None, None);
    let ignored = Effect::Nothing(InboxState::Ignored);
    assert_eq!(Effect::of_waiting(&undated, number(), NOW), ignored);
    for past in ["push", "picture", "presence"] {
        let event = waiting(past, None, Some(HAPPENED));
        let done = Effect::Nothing(InboxState::Done);
        assert_eq!(Effect::of_waiting(&event, number(), NOW), done, "{past}");
    }
}

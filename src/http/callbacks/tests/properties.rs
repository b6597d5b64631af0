//! Events in which one member differs from the cloud's documents: no event makes its door panic.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sampling::percent;

/// One event of each kind that has an effect.
fn events() -> Vec<(Sender, Value)> {
    let trtc = |number: i64| {
        json!({"EventGroupId": 1, "EventType": number, "CallbackTs": 1608086882372_i64,
            "EventInfo": {"RoomId": "10001", "EventMsTs": 1608086882372_i64, "UserId": "anna"}})
    };
    let group = |command: &str, list: &str| {
        json!({"CallbackCommand": command, "GroupId": "10001", "EventTime": "1670574414123",
            "EventType": "Offline", list: [{"Member_Account": "anna"}, "otto"]})
    };
    vec![
        (
            Sender::Live,
            json!({"event_type": 1, "stream_id": "8888_x", "event_time": 1703731478,
            "sequence": "7", "stream_param": "groupid=10001&userid=YW5uYQ==", "t": 1703732078, "sign": "ab"}),
        ),
        (
            Sender::Live,
            json!({"event_type": 100, "stream_id": "8888_x", "file_id": "f", "start_time": 1,
            "end_time": 9, "duration": 8, "file_size": "7", "video_url": "http://a/b.mp4"}),
        ),
        (
            Sender::Live,
            json!({"event_type": 200, "stream_id": "8888_x", "create_time": 1622599925,
            "pic_full_url": "http://a/b.jpg"}),
        ),
        (Sender::Trtc, trtc(102)),
        (Sender::Trtc, trtc(104)),
        (
            Sender::Trtc,
            json!({"EventGroupId": 3, "EventType": 311, "EventInfo": {"RoomId": 10001,
            "EventTs": "1622191965", "TaskId": "t", "Payload": {"Status": 0, "TencentVod": {"FileId": "f",
            "VideoUrl": "http://a/b.mp4", "StartTimeStamp": 1, "EndTimeStamp": 9}}}}),
        ),
        (
            Sender::Vod,
            json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f",
            "MetaData": {"Size": 7, "Duration": 8.5}, "MediaBasicInfo": {"CreateTime": "2019-01-09T16:36:22Z",
            "MediaUrl": "http://a/b.mp4", "SourceInfo": {"SourceType": "Record",
            "SourceContext": "groupid=10001"}}}}),
        ),
        (
            Sender::Vod,
            json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["f", "g"],
            "FileDeleteResultInfo": [{"FileId": "g", "DeleteParts": [{"Type": "TranscodeFiles"}]}]}}),
        ),
        (
            Sender::Vod,
            json!({"version": "4.0", "eventType": "NewFileUpload", "data": {"fileId": "f",
            "fileUrl": "http://a/b.mp4", "metaData": {"size": 7, "totalDuration": 8}}}),
        ),
        (
            Sender::Im,
            group("Group.CallbackAfterMemberExit", "ExitMemberList"),
        ),
        (
            Sender::Im,
            group("Group.CallbackOnMemberStateChange", "MemberList"),
        ),
        (
            Sender::Im,
            json!({"CallbackCommand": "Group.CallbackAfterGroupDestroyed", "GroupId": "10001",
            "EventTime": 1670574414123_i64}),
        ),
    ]
}

/// Values of every JSON type, including numbers sent as text.
fn odd() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "-?[0-9]{1,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            ("[a-zA-Z]{1,8}", inner).prop_map(|(name, value)| json!({ name: value })),
        ]
    })
}

/// The paths of all values within a value, as JSON pointers.
fn paths(value: &Value, path: String) -> Vec<String> {
    let inner: Vec<_> = match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| paths(value, format!("{path}/{name}")))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(at, value)| paths(value, format!("{path}/{at}")))
            .collect(),
        _ => Vec::new(),
    };
    std::iter::once(path).chain(inner).collect()
}

/// An event in which at most one value is replaced.
fn nearly_event() -> impl Strategy<Value = (Sender, Value)> {
    let change = proptest::option::weighted(0.8, (any::<prop::sample::Index>(), odd()));
    (proptest::sample::select(events()), change).prop_map(|((sender, mut event), change)| {
        if let Some((at, odd)) = change {
            let paths = paths(&event, String::new());
            let path = at.get(&paths);
            if let Some(value) = event.pointer_mut(path) {
                *value = odd;
            }
        }
        (sender, event)
    })
}

fn understood(sender: Sender, event: &Value) -> Option<CloudEvent> {
    let told = UnverifiedEvent::parse(event.to_string().as_bytes()).ok()?;
    told.expiry_sign();
    told.into_event(sender, None).ok()
}

#[test]
fn in_many_cases_an_event_has_an_effect_and_in_many_it_has_none() {
    let effects = percent(nearly_event(), |(sender, event)| {
        understood(sender, &event).is_some_and(|event| event.kind != EventKind::Nothing)
    });
    assert!((40..90).contains(&effects), "{effects} % have an effect");
}

proptest! {
    #[test]
    fn no_event_makes_any_door_panic((sender, event) in nearly_event()) {
        if let Some(first) = understood(sender, &event) {
            prop_assert!(!first.key.is_empty() && !first.name.is_empty());
            let again = understood(sender, &event).expect("understood before");
            prop_assert_eq!(again.key, first.key, "a repetition has the same key");
        }
        for other in Sender::ALL {
            understood(other, &event);
        }
    }
}

//! Events of real-time communication, video on demand and instant messaging.

use super::*;
use crate::domain::{FileReport, Uid};

#[test]
fn members_of_a_trtc_room_come_and_go_and_the_room_is_dismissed() {
    let told = |number: i64, room: Value| {
        parsed(
            Sender::Trtc,
            json!({"EventGroupId": 1, "EventType": number, "CallbackTs": 1608086882372_i64,
                "EventInfo": {"RoomId": room, "EventTs": "1608086882", "UserId": "anna", "Reason": 2}}),
        )
    };
    let uids = vec![Uid::parse("anna").expect("valid")];
    let left = told(104, json!("20222"));
    assert_eq!((left.place.room, left.at), (room(20222), at(1608086882)));
    let seen = |here| EventKind::Presence {
        uids: uids.clone(),
        here,
        at_ms: 1608086882000,
    };
    assert_eq!(left.kind, seen(false));
    assert_eq!(told(103, json!(20222)).kind, seen(true));
    assert_eq!(told(102, json!(20222)).kind, EventKind::Dismissal);
    assert_eq!(told(102, json!("my room")).place.room, None);
    for number in [101, 105, 204, 401, 702, 901] {
        assert_eq!(told(number, json!(1)).kind, EventKind::Nothing, "{number}");
    }
}

#[test]
fn a_file_of_trtc_counts_when_it_is_there() {
    let told = |status: i64| {
        parsed(
            Sender::Trtc,
            json!({"EventGroupId": 3, "EventType": 311, "CallbackTs": 9000, "EventInfo": {"RoomId": "10001",
                "EventTs": "1622191965", "UserId": "robot", "TaskId": "task", "Payload": {"Status": status,
                "TencentVod": {"UserId": "anna", "TrackType": "audio_video", "MediaId": "main", "FileId": "f",
                "VideoUrl": "http://v/f.mp4", "StartTimeStamp": 1622191900500_i64, "EndTimeStamp": 1622191960500_i64}}}}),
        )
    };
    let there = told(0);
    assert_eq!(
        (there.place.room, there.key.as_str()),
        (room(10001), "311/task/f")
    );
    assert_eq!(
        there.kind,
        EventKind::File(FileReport {
            file_id: "f".to_owned(),
            url: "http://v/f.mp4".to_owned(),
            started_at: at(1622191900),
            ended_at: at(1622191960),
            made_at: at(1622191965),
            duration_s: Some(60),
            ..FileReport::default()
        })
    );
    for status in [1, 2] {
        assert_eq!(told(status).kind, EventKind::Nothing);
    }
}

#[test]
fn a_new_file_of_video_on_demand_is_understood_in_both_versions() {
    let today = parsed(
        Sender::Vod,
        json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f", "MediaBasicInfo": {"Name": "n",
            "CreateTime": "2019-01-09T16:36:22Z", "CoverUrl": "http://c", "MediaUrl": "http://m.mp4",
            "SourceInfo": {"SourceType": "Record", "SourceContext": "groupid=10001",
            "LiveRecordInfo": {"StreamId": "8888_d56edc856a4e12c67f14e8037008f945"}}, "Vid": "v"}}}),
    );
    let old = parsed(
        Sender::Vod,
        json!({"version": "4.0", "eventType": "NewFileUpload", "data": {"fileId": "f", "fileName": "n",
            "coverUrl": "http://c", "fileUrl": "http://m.mp4", "sourceType": "Record", "sourceContext": "groupid=10001",
            "streamId": "8888_d56edc856a4e12c67f14e8037008f945"}}),
    );
    for told in [&today, &old] {
        assert_eq!(told.place.room, room(10001));
        assert_eq!(stream(told), Some("d56edc856a4e12c67f14e8037008f945"));
        assert_eq!(told.key, "NewFileUpload/f");
    }
    let report = FileReport {
        file_id: "f".to_owned(),
        url: "http://m.mp4".to_owned(),
        cover: "http://c".to_owned(),
        ..FileReport::default()
    };
    assert_eq!(old.kind, EventKind::File(report.clone()));
    let made_at = at(1_547_051_782);
    assert_eq!(
        today.kind,
        EventKind::File(FileReport { made_at, ..report })
    );
}

#[test]
fn video_on_demand_says_when_and_how_long_a_recording_is() {
    let report = |body: Value| match parsed(Sender::Vod, body).kind {
        EventKind::File(report) => report,
        kind => panic!("no file: {kind:?}"),
    };
    let uploaded = |source: Value| {
        json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f",
            "MetaData": {"Size": 10_556_123, "Duration": 60.72},
            "MediaBasicInfo": {"MediaUrl": "http://m", "CreateTime": "2023-11-15T02:00:00Z", "SourceInfo": source}}})
    };
    let live = report(uploaded(
        json!({"SourceType": "Record", "LiveRecordInfo": {"StreamId": "s",
        "RecordStartTime": "2023-11-14T22:13:30Z", "RecordEndTime": "2023-11-15T06:14:30+08:00"}}),
    ));
    assert_eq!(
        (live.started_at, live.ended_at),
        (at(1_700_000_010), at(1_700_000_070))
    );
    assert_eq!(
        (live.duration_s, live.file_bytes),
        (Some(60), Some(10_556_123))
    );
    let trtc = uploaded(
        json!({"SourceType": "TrtcRecord", "TrtcRecordInfo": {"SdkAppId": 1400000000, "RoomId": "10001",
        "TaskId": "t", "UserIds": ["anna"]}}),
    );
    assert_eq!(parsed(Sender::Vod, trtc.clone()).place.room, room(10001));
    let trtc = report(trtc);
    // The file is made when the recording has ended.
    assert_eq!(trtc.end(), at(1_700_013_600));
    assert_eq!(trtc.middle(), at(1_700_013_570));
    let old = report(
        json!({"version": "4.0", "eventType": "NewFileUpload", "data": {"fileId": "f",
        "sourceType": "Record", "metaData": {"floatDuration": 4.606, "totalSize": 1_266_129}}}),
    );
    assert_eq!((old.duration_s, old.file_bytes), (Some(4), Some(1_266_129)));
}

#[test]
fn a_recording_is_placed_by_the_parameters_of_its_push_however_they_are_given() {
    let place = |source: Value| {
        let body = json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f",
            "MediaBasicInfo": {"MediaUrl": "http://m", "SourceInfo": source}}});
        let event = parsed(Sender::Vod, body);
        (
            event.place.clone(),
            matches!(event.kind, EventKind::File(_)),
        )
    };
    for context in [
        "groupid=10001&userid=55So5oi3",
        "?groupid=10001&userid=55So5oi3",
        "rtmp://54.livepush.myqcloud.com/live/54_1?groupid=10001&userid=55So5oi3",
    ] {
        for source in ["Record", "WebPageRecord"] {
            let (place, is_file) = place(json!({"SourceType": source, "SourceContext": context}));
            assert!(is_file, "{source}");
            assert_eq!(place.room, room(10001), "{context}");
            assert!(place.may_be_of("用户") && !place.may_be_of("anna"));
        }
    }
    assert!(!place(json!({"SourceType": "WebPageRecord"})).1);
}

#[test]
fn a_recording_that_chat_tells_of_is_that_of_trtc() {
    let told = parsed(
        Sender::Im,
        json!({"CallbackCommand": "Live.CallbackAfterCloudRecordingChanged", "EventGroupId": 3, "EventType": 311,
            "CallbackTs": 9000, "EventInfo": {"RoomId": "10001", "EventTs": "1622191965", "TaskId": "task",
            "Payload": {"Status": 0, "TencentVod": {"FileId": "f", "VideoUrl": "http://v/f.mp4"}}}}),
    );
    assert_eq!(told.place.room, room(10001));
    assert_eq!(told.name, "Live.CallbackAfterCloudRecordingChanged");
    let EventKind::File(report) = told.kind else {
        panic!("no file");
    };
    assert_eq!(
        (report.file_id.as_str(), report.url.as_str()),
        ("f", "http://v/f.mp4")
    );
    let other = json!({"CallbackCommand": "Live.CallbackAfterCloudRecordingChanged", "x": 1});
    assert_eq!(parsed(Sender::Im, other).kind, EventKind::Nothing);
}

#[test]
fn what_ends_something_has_to_say_when_it_happened() {
    for info in [
        json!({"RoomId": 1, "UserId": "anna"}),
        json!({"RoomId": 1, "UserId": "anna", "EventTs": 0}),
    ] {
        for number in [102, 103, 104] {
            let body =
                json!({"EventType": number, "CallbackTs": 1608086882372_i64, "EventInfo": info});
            assert_eq!(
                parsed(Sender::Trtc, body).kind,
                EventKind::Nothing,
                "{number}"
            );
        }
    }
    let destroyed = json!({"CallbackCommand": "Group.CallbackAfterGroupDestroyed", "GroupId": "1"});
    assert_eq!(parsed(Sender::Im, destroyed).kind, EventKind::Nothing);
}

#[test]
fn what_people_upload_is_no_recording() {
    let told = |source: &str| {
        parsed(
            Sender::Vod,
            json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f",
                "MediaBasicInfo": {"MediaUrl": "http://m", "SourceInfo": {"SourceType": source}}}}),
        )
        .kind
    };
    assert_eq!(told("Upload"), EventKind::Nothing);
    assert_eq!(told("VideoProcessing"), EventKind::Nothing);
    assert!(matches!(told("TrtcRecord"), EventKind::File(_)));
    let old = json!({"eventType": "NewFileUpload", "data": {"fileId": "f", "sourceType": "ClientUpload"}});
    assert_eq!(parsed(Sender::Vod, old).kind, EventKind::Nothing);
}

#[test]
fn deleted_files_are_understood_in_both_versions_but_not_deleted_parts_or_failures() {
    let gone = |files: &[&str]| {
        EventKind::FilesDeleted(files.iter().map(|file| (*file).to_owned()).collect())
    };
    let today = json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["b", "a"]}});
    assert_eq!(parsed(Sender::Vod, today).kind, gone(&["a", "b"]));
    let old = json!({"version": "4.0", "eventType": "FileDeleted",
        "data": {"status": 0, "message": "", "fileInfo": [{"fileId": "a"}]}});
    assert_eq!(parsed(Sender::Vod, old).kind, gone(&["a"]));
    let failed =
        json!({"eventType": "FileDeleted", "data": {"status": 1, "fileInfo": [{"fileId": "a"}]}});
    assert_eq!(parsed(Sender::Vod, failed).kind, EventKind::Nothing);
    let parts = |kind: &str| {
        json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["a"],
            "FileDeleteResultInfo": [{"FileId": "a", "DeleteParts": [{"Type": kind, "Definition": 0}]}]}})
    };
    assert_eq!(
        parsed(Sender::Vod, parts("TranscodeFiles")).kind,
        EventKind::Nothing
    );
    assert_eq!(
        parsed(Sender::Vod, parts("OriginalFiles")).kind,
        gone(&["a"])
    );
}

#[test]
fn an_event_that_tells_of_more_deleted_files_than_one_write_may_change_is_refused() {
    let told = |many: usize, today: bool| {
        let files: Vec<_> = (0..many).map(|file| format!("f{file}")).collect();
        let event = if today {
            json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": files}})
        } else {
            let files: Vec<_> = files.iter().map(|file| json!({"fileId": file})).collect();
            json!({"eventType": "FileDeleted", "data": {"status": 0, "fileInfo": files}})
        };
        let told = UnverifiedEvent::parse(event.to_string().as_bytes()).expect("JSON");
        told.into_event(Sender::Vod, None).map(|event| event.kind)
    };
    for today in [true, false] {
        let Ok(EventKind::FilesDeleted(files)) = told(1000, today) else {
            panic!("they are deleted");
        };
        assert_eq!(files.len(), 1000);
        let why = FormError::field("files", "More than 1000 deleted files in one event");
        assert_eq!(told(1001, today), Err(why));
        assert_eq!(told(20_000, today), Err(why));
    }
}

#[test]
fn members_of_a_group_come_and_go_and_the_group_is_destroyed() {
    let uids: Vec<_> = ["anna", "otto"]
        .iter()
        .filter_map(|id| Uid::parse(id))
        .collect();
    let seen = |here| EventKind::Presence {
        uids: uids.clone(),
        here,
        at_ms: 1670574414123,
    };
    let exit = parsed(
        Sender::Im,
        json!({"CallbackCommand": "Group.CallbackAfterMemberExit", "GroupId": "10001", "Type": "AVChatRoom",
            "ExitType": "Quit", "ExitMemberList": [{"Member_Account": "anna"}, {"Member_Account": "otto"}],
            "EventTime": "1670574414123"}),
    );
    assert_eq!((exit.place.room, exit.kind), (room(10001), seen(false)));
    let state = |kind: &str| {
        json!({"CallbackCommand": "Group.CallbackOnMemberStateChange", "GroupId": "10001", "EventType": kind,
            "EventCause": "HeartbeatInterrupt", "MemberList": ["anna", "otto"], "EventTime": 1670574414123_i64})
    };
    let (offline, online) = (
        parsed(Sender::Im, state("Offline")),
        parsed(Sender::Im, state("Online")),
    );
    assert_eq!((&offline.kind, &online.kind), (&seen(false), &seen(true)));
    assert_ne!(offline.key, online.key);
    let destroyed = parsed(
        Sender::Im,
        json!({"CallbackCommand": "Group.CallbackAfterGroupDestroyed", "GroupId": "10001", "EventTime": "1670574414123"}),
    );
    assert_eq!(
        (destroyed.kind, destroyed.at),
        (EventKind::Dismissal, at(1670574414))
    );
}

#[test]
fn instant_messaging_may_name_its_command_in_the_address_alone() {
    let told = UnverifiedEvent::parse(br#"{"GroupId":"10001","EventTime":"1670574414123"}"#)
        .expect("JSON");
    let named = told.into_event(Sender::Im, Some("Group.CallbackAfterGroupDestroyed"));
    assert_eq!(named.expect("an event").kind, EventKind::Dismissal);
}

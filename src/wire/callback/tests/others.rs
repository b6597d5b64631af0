//! Events of real-time communication, video on demand and instant messaging.

use super::*;
use crate::domain::{FileReport, Uid};

#[test]
fn members_of_a_trtc_room_come_and_go_and_the_room_is_dismissed() {
    let told = |number: i64, room: Value| {
        notice(
            Sender::Trtc,
            json!({"EventGroupId": 1, "EventType": number, "CallbackTs": 1608086882372_i64,
                "EventInfo": {"RoomId": room, "EventTs": "1608086882", "UserId": "anna", "Reason": 2}}),
        )
    };
    let uids = vec![Uid::parse("anna").expect("valid")];
    let left = told(104, json!("20222"));
    assert_eq!((left.place.room, left.at), (room(20222), at(1608086882)));
    let seen = |here| Fact::Presence {
        uids: uids.clone(),
        here,
        at_ms: 1608086882000,
    };
    assert_eq!(left.fact, seen(false));
    assert_eq!(told(103, json!(20222)).fact, seen(true));
    assert_eq!(told(102, json!(20222)).fact, Fact::Dismissal);
    assert_eq!(told(102, json!("my room")).place.room, None);
    for number in [101, 105, 204, 401, 702, 901] {
        assert_eq!(told(number, json!(1)).fact, Fact::Nothing, "{number}");
    }
}

#[test]
fn a_file_of_trtc_counts_when_it_is_there() {
    let told = |status: i64| {
        notice(
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
        there.fact,
        Fact::File(FileReport {
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
        assert_eq!(told(status).fact, Fact::Nothing);
    }
}

#[test]
fn a_new_file_of_video_on_demand_is_understood_in_both_versions() {
    let today = notice(
        Sender::Vod,
        json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f", "MediaBasicInfo": {"Name": "n",
            "CreateTime": "2019-01-09T16:36:22Z", "CoverUrl": "http://c", "MediaUrl": "http://m.mp4",
            "SourceInfo": {"SourceType": "Record", "SourceContext": "groupid=10001",
            "LiveRecordInfo": {"StreamId": "8888_d56edc856a4e12c67f14e8037008f945"}}, "Vid": "v"}}}),
    );
    let old = notice(
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
    assert_eq!(old.fact, Fact::File(report.clone()));
    let made_at = at(1_547_051_782);
    assert_eq!(today.fact, Fact::File(FileReport { made_at, ..report }));
}

#[test]
fn what_people_upload_is_no_recording() {
    let told = |source: &str| {
        notice(
            Sender::Vod,
            json!({"EventType": "NewFileUpload", "FileUploadEvent": {"FileId": "f",
                "MediaBasicInfo": {"MediaUrl": "http://m", "SourceInfo": {"SourceType": source}}}}),
        )
        .fact
    };
    assert_eq!(told("Upload"), Fact::Nothing);
    assert_eq!(told("VideoProcessing"), Fact::Nothing);
    assert!(matches!(told("TrtcRecord"), Fact::File(_)));
    let old = json!({"eventType": "NewFileUpload", "data": {"fileId": "f", "sourceType": "ClientUpload"}});
    assert_eq!(notice(Sender::Vod, old).fact, Fact::Nothing);
}

#[test]
fn deleted_files_are_understood_in_both_versions_but_not_deleted_parts_or_failures() {
    let gone =
        |files: &[&str]| Fact::FilesDeleted(files.iter().map(|file| (*file).to_owned()).collect());
    let today = json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["b", "a"]}});
    assert_eq!(notice(Sender::Vod, today).fact, gone(&["a", "b"]));
    let old = json!({"version": "4.0", "eventType": "FileDeleted",
        "data": {"status": 0, "message": "", "fileInfo": [{"fileId": "a"}]}});
    assert_eq!(notice(Sender::Vod, old).fact, gone(&["a"]));
    let failed =
        json!({"eventType": "FileDeleted", "data": {"status": 1, "fileInfo": [{"fileId": "a"}]}});
    assert_eq!(notice(Sender::Vod, failed).fact, Fact::Nothing);
    let parts = |kind: &str| {
        json!({"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["a"],
            "FileDeleteResultInfo": [{"FileId": "a", "DeleteParts": [{"Type": kind, "Definition": 0}]}]}})
    };
    assert_eq!(
        notice(Sender::Vod, parts("TranscodeFiles")).fact,
        Fact::Nothing
    );
    assert_eq!(
        notice(Sender::Vod, parts("OriginalFiles")).fact,
        gone(&["a"])
    );
}

#[test]
fn members_of_a_group_come_and_go_and_the_group_is_destroyed() {
    let uids: Vec<_> = ["anna", "otto"]
        .iter()
        .filter_map(|id| Uid::parse(id))
        .collect();
    let seen = |here| Fact::Presence {
        uids: uids.clone(),
        here,
        at_ms: 1670574414123,
    };
    let exit = notice(
        Sender::Im,
        json!({"CallbackCommand": "Group.CallbackAfterMemberExit", "GroupId": "10001", "Type": "AVChatRoom",
            "ExitType": "Quit", "ExitMemberList": [{"Member_Account": "anna"}, {"Member_Account": "otto"}],
            "EventTime": "1670574414123"}),
    );
    assert_eq!((exit.place.room, exit.fact), (room(10001), seen(false)));
    let state = |kind: &str| {
        json!({"CallbackCommand": "Group.CallbackOnMemberStateChange", "GroupId": "10001", "EventType": kind,
            "EventCause": "HeartbeatInterrupt", "MemberList": ["anna", "otto"], "EventTime": 1670574414123_i64})
    };
    let (offline, online) = (
        notice(Sender::Im, state("Offline")),
        notice(Sender::Im, state("Online")),
    );
    assert_eq!((&offline.fact, &online.fact), (&seen(false), &seen(true)));
    assert_ne!(offline.key, online.key);
    let destroyed = notice(
        Sender::Im,
        json!({"CallbackCommand": "Group.CallbackAfterGroupDestroyed", "GroupId": "10001", "EventTime": "1670574414123"}),
    );
    assert_eq!(
        (destroyed.fact, destroyed.at),
        (Fact::Dismissal, at(1670574414))
    );
}

#[test]
fn instant_messaging_may_name_its_command_in_the_address_alone() {
    let told = Told::parse(br#"{"GroupId":"10001"}"#).expect("JSON");
    let named = told.into_notice(Sender::Im, Some("Group.CallbackAfterGroupDestroyed"));
    assert_eq!(named.expect("a notice").fact, Fact::Dismissal);
}

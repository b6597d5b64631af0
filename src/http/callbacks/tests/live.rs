//! Events of live streaming, from 2016 to today.

use super::*;
use crate::domain::FileReport;

#[test]
fn a_push_of_today_and_one_of_2017_are_understood() {
    let today = parsed(
        Sender::Live,
        json!({"app": "test.domain.com", "appid": 12345678, "appname": "live", "channel_id": "test_stream",
            "errcode": 1, "event_time": 1703731606, "event_type": 0, "push_duration": "128581",
            "sequence": "2210464508206756938", "stream_id": "test_stream", "stream_param": "stream_param=test",
            "t": 1703732206, "sign": "x"}),
    );
    assert_eq!(stream(&today), Some("test_stream"));
    assert_eq!(today.at, at(1703731606));
    let sequence = "2210464508206756938".to_owned();
    assert_eq!(
        today.kind,
        EventKind::Push {
            sequence,
            started: false
        }
    );
    assert_eq!(today.key, "0/test_stream/2210464508206756938");
    let old = parsed(
        Sender::Live,
        json!({"event_type": "1", "stream_id": "1234_15919131751", "channel_id": "77", "event_time": "1484033909",
            "sequence": 7, "t": "1473126233"}),
    );
    assert_eq!(stream(&old), Some("1234_15919131751"));
    assert_eq!((old.name.as_str(), old.at), ("1", at(1484033909)));
    assert_eq!(old.key, "1/1234_15919131751/7");
}

#[test]
fn a_push_that_names_no_stream_or_no_time_is_kept_and_changes_nothing() {
    for body in [
        json!({"event_type": 1, "event_time": 5}),
        json!({"event_type": 1, "stream_id": "s"}),
        json!({"event_type": 1, "stream_id": "s", "event_time": -5}),
        json!({"event_type": 0, "stream_id": 7, "event_time": [5]}),
    ] {
        assert_eq!(parsed(Sender::Live, body).kind, EventKind::Nothing);
    }
}

#[test]
fn a_recording_of_today_and_one_of_2017_are_understood() {
    let today = parsed(
        Sender::Live,
        json!({"event_type": 100, "stream_id": "8888_D56EDC856A4E12C67F14E8037008F945", "file_id": "1234567890",
            "file_format": "hls", "start_time": 1642089445, "end_time": 1642089598, "duration": 154,
            "file_size": "277941079", "video_url": "http://12345678.vod2.myqcloud.com/x/y/z.m3u8",
            "stream_param": "txSecret=1&groupid=10003&userid=YW5uYQ=="}),
    );
    assert_eq!(stream(&today), Some("d56edc856a4e12c67f14e8037008f945"));
    assert_eq!(today.place.room, room(10003));
    assert!(today.place.may_be_of("anna"));
    assert_eq!(today.key, "100/1234567890");
    assert_eq!(
        today.kind,
        EventKind::File(FileReport {
            file_id: "1234567890".to_owned(),
            url: "http://12345678.vod2.myqcloud.com/x/y/z.m3u8".to_owned(),
            started_at: at(1642089445),
            ended_at: at(1642089598),
            duration_s: Some(154),
            file_bytes: Some(277_941_079),
            ..FileReport::default()
        })
    );
    let old = parsed(
        Sender::Live,
        json!({"event_type": 100, "channel_id": "2519_2500647", "stream_id": "2519_2500647", "duration": 272,
            "start_time": 1496220622, "end_time": 1496220894, "file_format": "flv", "file_id": "9031868222958931071",
            "record_file_id": "9031868222958931071", "video_id": "200011683_481565e0", "vod2Flag": 1,
            "stream_param": "bizid=2519&record=hls|flv&txSecret=a&mix=layer:b;session_id:1;t_id:1"}),
    );
    let EventKind::File(report) = &old.kind else {
        panic!("no file: {old:?}");
    };
    assert_eq!(report.video_id, "200011683_481565e0");
    assert_eq!((report.url.as_str(), old.place.room), ("", None));
}

#[test]
fn a_file_is_known_by_the_best_id_there_is() {
    let id = |body: Value| match parsed(Sender::Live, body).kind {
        EventKind::File(report) => report.file_id,
        _ => String::new(),
    };
    let all = json!({"event_type": 100, "stream_id": "s", "start_time": 1, "end_time": 2, "file_format": "mp4"});
    let with = |more: Value| {
        let mut body = all.clone();
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    assert_eq!(
        id(with(
            json!({"file_id": "f", "record_file_id": "r", "video_id": "v"})
        )),
        "f"
    );
    assert_eq!(
        id(with(json!({"record_file_id": "r", "video_id": "v"}))),
        "r"
    );
    assert_eq!(id(with(json!({"file_id": 42}))), "42");
    assert_eq!(id(with(json!({"file_id": "", "video_id": "v"}))), "v");
    assert_eq!(id(with(json!({}))), "s/1/2/mp4");
    assert_eq!(id(json!({"event_type": 100})), "");
}

#[test]
fn only_a_whole_number_is_a_group() {
    let of = |parameters: &str| {
        let body =
            json!({"event_type": 1, "stream_id": "s", "event_time": 1, "stream_param": parameters});
        parsed(Sender::Live, body).place.room
    };
    assert_eq!(of("groupid=10003"), room(10003));
    assert_eq!(of("?a=b&groupid=10003&c=d"), room(10003));
    for wrong in [
        "groupid=10003abc",
        "groupid=+10003",
        "groupid=-1",
        "groupid=0",
        "groupid=1e4",
        "groupid=",
        "groupid=99999999999",
        "groupid=10003 ",
        "xgroupid=10003",
    ] {
        assert_eq!(of(wrong), None, "{wrong}");
    }
}

#[test]
fn a_picture_counts_if_it_can_be_looked_at() {
    let picture = parsed(
        Sender::Live,
        json!({"event_type": 200, "stream_id": "s", "create_time": 1622599925, "pic_url": "/2021/a.jpg",
            "pic_full_url": "http://shots/2021/a.jpg"}),
    );
    let url = "http://shots/2021/a.jpg".to_owned();
    assert_eq!(picture.kind, EventKind::Picture { url });
    assert_eq!(picture.key, "200/s/1622599925//2021/a.jpg");
    for url in ["/a.jpg", "javascript:alert(1)", "http:///a", "//", " "] {
        let body =
            json!({"event_type": 200, "stream_id": "s", "create_time": 1, "pic_full_url": url});
        assert_eq!(parsed(Sender::Live, body).kind, EventKind::Nothing, "{url}");
    }
}

#[test]
fn an_address_is_mended_where_it_can_be() {
    let address = |url: &str| {
        let body = json!({"event_type": 100, "stream_id": "s", "file_id": "f", "video_url": url});
        match parsed(Sender::Live, body).kind {
            EventKind::File(report) => report.url,
            kind => panic!("no file: {kind:?}"),
        }
    };
    for (told, mended) in [
        ("http://a/b.mp4", "http://a/b.mp4"),
        ("HTTPS://a/b%20c.mp4?x={1}", "HTTPS://a/b%20c.mp4?x={1}"),
        (" http://a/b.mp4 \n", "http://a/b.mp4"),
        ("http://a/录制 1.mp4", "http://a/%E5%BD%95%E5%88%B6%201.mp4"),
        ("//a/b.mp4", "https://a/b.mp4"),
        ("http://[::1]/b", "http://[::1]/b"),
        ("http://a/b\tc", "http://a/b%09c"),
    ] {
        assert_eq!(address(told), mended);
    }
    let long = format!("http://a/{}", "x".repeat(4096));
    for bad in [
        "",
        "   ",
        "cos://a/b.mp4",
        "/b.mp4",
        "b.mp4",
        "http://",
        "http:///b",
        "//",
        "rtmp://a/b",
        "javascript://a",
        &long,
    ] {
        assert_eq!(address(bad), "", "{bad:?}");
    }
}

#[test]
fn whose_stream_it_is_may_be_said_in_every_form_of_base64_or_plainly() {
    let place = |parameters: &str| {
        let body =
            json!({"event_type": 1, "stream_id": "s", "event_time": 1, "stream_param": parameters});
        parsed(Sender::Live, body).place
    };
    for (userid, uid) in [
        ("YW5uYQ%3D%3D", "anna"),
        ("YW5uYQ==", "anna"),
        ("YW5uYQ", "anna"),
        ("anna", "anna"),
        ("55So5oi3", "用户"),
        ("w6/Dv8O%2B", "ïÿþ"),
        ("w6_Dv8O-", "ïÿþ"),
        ("4oS%2B", "\u{213e}"),
        ("4oS+", "\u{213e}"),
        ("%E7%94%A8%E6%88%B7", "用户"),
        // This text can be read in both ways.
        ("SGVs", "Hel"),
        ("SGVs", "SGVs"),
    ] {
        let place = place(&format!("groupid=1&userid={userid}"));
        assert!(place.may_be_of(uid), "{userid}: {:?}", place.uids);
        assert!(!place.may_be_of("host"), "{userid}");
    }
    // A `userid` that names no user does not belong to the host.
    for userid in ["%FF%FE", "a b", "!"] {
        assert!(
            !place(&format!("userid={userid}")).may_be_of("host"),
            "{userid}"
        );
    }
    assert!(place("groupid=1").may_be_of("host"), "it does not say");
}

#[test]
fn a_stream_of_trtc_names_its_room_and_user_by_itself() {
    let place = |stream: &str| {
        let body = json!({"event_type": 1, "stream_id": stream, "event_time": 1});
        parsed(Sender::Live, body).place
    };
    let named = place("1400000000_10001_user001_main");
    assert_eq!(named.room, room(10001));
    let hash = named.stream.as_ref().map(|name| name.as_str());
    assert_eq!(hash, Some("d56edc856a4e12c67f14e8037008f945"));
    let screen = place("1400000000_10001_user001_aux");
    let hash = screen.stream.as_ref().map(|name| name.as_str());
    assert_eq!(hash, Some("41e92de0cb58b7608bd9ae78a8d65121"));
    let ours = place("My_own_stream");
    assert_eq!(
        (ours.room, ours.stream_name().as_deref()),
        (None, Some("my_own_stream"))
    );
}

#[test]
fn ids_beyond_64_bits_stay_apart() {
    let id = |digits: &str| {
        let body = format!(r#"{{"event_type":100,"stream_id":"s","file_id":{digits}}}"#);
        let told = UnverifiedEvent::parse(body.as_bytes()).expect("JSON");
        told.into_event(Sender::Live, None).expect("an event").key
    };
    assert_eq!(
        id("123456789012345678901234"),
        "100/123456789012345678901234"
    );
    assert_ne!(
        id("123456789012345678901234"),
        id("123456789012345678901235")
    );
    assert_eq!(id("18446744073709551615"), "100/18446744073709551615");
    assert_eq!(id("9031868222958931071"), "100/9031868222958931071");
}

#[test]
fn a_body_that_is_not_utf8_is_understood_as_far_as_it_can_be() {
    // Two characters in GBK; the second one ends with a byte that looks like a backslash.
    let body = b"{\"event_type\":1,\"stream_id\":\"s\",\"event_time\":5,\"stream_param\":\"x=\xc4\xe3\xd5\x5c\",\"t\":7,\"sign\":\"ab\"}";
    let told = UnverifiedEvent::parse(body).expect("an object");
    assert_eq!(told.expiry_sign().map(|sign| sign.expires), Some(7));
    let event = told.into_event(Sender::Live, None).expect("an event");
    assert!(matches!(event.kind, EventKind::Push { started: true, .. }));
    assert!(event.body.contains("你誠"), "{}", event.body);
}

#[test]
fn moderation_recorder_and_unknown_events_are_kept_and_change_nothing() {
    let moderation =
        json!({"event_type": 317, "streamId": "s", "screenshotTime": 5, "img": "http://i", "t": 1});
    assert_eq!(parsed(Sender::Live, moderation).key, "317/s/5/http://i");
    let recorder =
        json!({"event_type": 332, "session_id": "a", "record_event": "record_ended", "seq": "9"});
    assert_eq!(parsed(Sender::Live, recorder).key, "332/a/record_ended/9");
    for number in [315, 317, 321, 332, 341, 347, 4711, -3] {
        let body = json!({"event_type": number, "stream_id": "s"});
        assert_eq!(
            parsed(Sender::Live, body).kind,
            EventKind::Nothing,
            "{number}"
        );
    }
}

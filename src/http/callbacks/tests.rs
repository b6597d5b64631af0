//! Events of the cloud, in every form found in its documents and in real traffic.

mod live;
mod others;
mod properties;

use serde_json::{Value, json};

use super::acknowledge::*;
use super::event::*;
use super::parsed::ExpirySign;
use crate::domain::*;
use crate::http::failure::FormError;

fn parsed(sender: Sender, body: Value) -> CloudEvent {
    let told = UnverifiedEvent::parse(body.to_string().as_bytes()).expect("JSON");
    told.into_event(sender, None).expect("a event")
}

fn room(number: i64) -> Option<RoomNum> {
    RoomNum::new(number)
}

fn at(secs: i64) -> Option<UnixTime> {
    Some(UnixTime::from_secs(secs))
}

fn stream(event: &CloudEvent) -> Option<&str> {
    event.place.stream.as_ref().map(|name| name.as_str())
}

#[test]
fn repetitions_have_one_key_even_if_they_are_signed_anew() {
    let told = |t: i64, more: i64| {
        parsed(
            Sender::Live,
            json!({"event_type": 321, "stream_id": "s", "t": t, "sign": t.to_string(), "more": more}),
        )
        .key
    };
    assert_eq!(told(1, 1), told(2, 1));
    assert_ne!(told(1, 1), told(1, 2));
    let trtc = |callback: i64, event: i64| {
        parsed(
            Sender::Trtc,
            json!({"EventGroupId": 1, "EventType": 103, "CallbackTs": callback,
                "EventInfo": {"RoomId": 10001, "UserId": "anna", "EventMsTs": event}}),
        )
        .key
    };
    let ingest = |told: i64, task: &str| {
        parsed(
            Sender::Trtc,
            json!({"EventGroupId": 7, "EventType": 701, "CallbackMsTs": told, "EventInfo": {"TaskId": task}}),
        )
        .key
    };
    assert_eq!(ingest(1, "a"), ingest(2, "a"));
    assert_ne!(ingest(1, "a"), ingest(1, "b"));
    assert_eq!(trtc(1, 5), trtc(2, 5));
    assert_ne!(trtc(1, 5), trtc(1, 6));
}

#[test]
fn what_does_not_say_what_it_is_is_refused() {
    for sender in Sender::ALL {
        let told = UnverifiedEvent::parse(b"{}").expect("JSON");
        let refused = told.into_event(sender, Some(""));
        assert!(matches!(refused, Err(FormError::Field(_))), "{sender:?}");
    }
    let long = json!({"EventType": "x".repeat(65)}).to_string();
    let told = UnverifiedEvent::parse(long.as_bytes()).expect("JSON");
    assert!(told.into_event(Sender::Vod, None).is_err());
    for body in ["", "[]", "null", "1", "{", "\u{feff}{}"] {
        assert!(UnverifiedEvent::parse(body.as_bytes()).is_err(), "{body:?}");
    }
    assert!(UnverifiedEvent::parse("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn the_sign_within_a_body_is_found_whatever_the_type_of_its_expiry() {
    for body in [
        r#"{"t":1473126233,"sign":"ab"}"#,
        r#"{"t":"1473126233","sign":"ab"}"#,
    ] {
        let told = UnverifiedEvent::parse(body.as_bytes()).expect("JSON");
        let expected = ExpirySign {
            t: "1473126233".to_owned(),
            expires: 1473126233,
            sign: "ab".to_owned(),
        };
        assert_eq!(told.expiry_sign(), Some(expected));
    }
    for body in [
        r#"{"sign":"ab"}"#,
        r#"{"t":"soon","sign":"ab"}"#,
        r#"{"t":1}"#,
        r#"{"t":1.5,"sign":"ab"}"#,
    ] {
        let told = UnverifiedEvent::parse(body.as_bytes()).expect("JSON");
        assert_eq!(told.expiry_sign(), None, "{body}");
    }
}

#[test]
fn each_sender_is_answered_in_its_own_shape() {
    let text = |body: Vec<u8>| String::from_utf8(body).expect("UTF-8");
    for sender in [Sender::Live, Sender::Trtc, Sender::Vod] {
        assert_eq!(
            text(accepted(sender)),
            r#"{"code":0,"errorCode":0,"errorInfo":""}"#
        );
        assert_eq!(
            text(refused(sender, FormError::BadSign)),
            r#"{"code":10011,"errorCode":10011,"errorInfo":"Request sign error"}"#
        );
    }
    assert_eq!(
        text(accepted(Sender::Im)),
        r#"{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}"#
    );
    assert_eq!(
        text(failed(Sender::Im)),
        r#"{"ActionStatus":"FAIL","ErrorInfo":"Server internal error","ErrorCode":90000}"#
    );
}

#[test]
fn people_see_a_body_without_its_signature() {
    let shown = for_people(r#"{"t":1,"sign":"5ec4e7"}"#);
    assert!(
        !shown.contains("5ec4e7") && shown.contains("\"t\": 1"),
        "{shown}"
    );
    assert_eq!(for_people("no JSON"), "no JSON");
}

//! Authentication of callbacks: each sender by its own signature, and no unsigned event from
//! another machine.

use actix_web::test::TestRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use zaibo::settings::Unsigned;

use super::*;

const KEY: &str = "5c1e7f0b2d8a4c6e9f3b7d1a0e5c8b24";

/// A request of TRTC with its signature over this body.
pub(super) fn trtc_request(key: &str, body: &str) -> TestRequest {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    TestRequest::post()
        .uri("/callback/trtc")
        .peer_addr(([192, 0, 2, 9], 4000).into())
        .insert_header(("Sign", STANDARD.encode(mac.finalize().into_bytes())))
        .insert_header(("SdkAppId", "1400000000"))
        .set_payload(body.to_owned())
}

fn from_afar(path: &str, body: impl Into<String>) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .peer_addr(([192, 0, 2, 9], 4000).into())
        .set_payload(body.into())
}

fn hex(hash: impl AsRef<[u8]>) -> String {
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// An event of live streaming with a signature that expires at this time.
fn signed(expires: i64) -> Value {
    let sign = hex(Md5::digest(format!("{KEY}{expires}")));
    json!({"event_type": 321, "stream_id": "s", "t": expires, "sign": sign})
}

fn with_keys() -> impl FnOnce(&mut zaibo::settings::Settings) {
    |settings| {
        settings.callback.key = KEY.to_owned().into();
        settings.callback.trtc_key = "123654".to_owned().into();
        settings.callback.im_token = "xxxxyyyy".to_owned().into();
    }
}

/// A body for each door that the door accepts if its checks pass.
const AT_EACH_DOOR: [(&str, &str); 4] = [
    ("/callback/live", r#"{"event_type":321}"#),
    (
        "/sxb/index.php?svc=live&cmd=callback",
        r#"{"event_type":321}"#,
    ),
    ("/callback/vod", r#"{"EventType":"x"}"#),
    ("/callback/im?CallbackCommand=x", "{}"),
];

fn near(path: &str, body: impl Into<String>) -> TestRequest {
    from_afar(path, body).peer_addr(([127, 0, 0, 1], 4000).into())
}

#[actix_web::test]
async fn without_keys_nothing_is_heard_unless_that_is_set_and_then_only_this_machine() {
    let shut = World::with(|settings| settings.callback.unsigned = Unsigned::Refuse).await;
    let open = World::new().await;
    for (path, body) in AT_EACH_DOOR {
        assert_eq!(shut.cloud(near(path, body)).await.0, 403, "{path}");
        assert_eq!(shut.cloud(from_afar(path, body)).await.0, 403, "{path}");
        assert_eq!(open.cloud(from_afar(path, body)).await.0, 403, "{path}");
        assert_eq!(open.cloud(near(path, body)).await.0, 200, "{path}");
        for trace in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"] {
            for says in ["192.0.2.9", "127.0.0.1"] {
                let passed_on = near(path, body).insert_header((trace, says));
                assert_eq!(open.cloud(passed_on).await.0, 403, "{path} {trace}");
            }
        }
        for (host, status) in [("localhost:8080", 200), ("evil.test", 403)] {
            let asked = near(path, body).insert_header(("Host", host));
            assert_eq!(open.cloud(asked).await.0, status, "{path} {host}");
        }
    }
    let trtc = r#"{"EventType":101}"#;
    assert_eq!(open.cloud(trtc_request("", trtc)).await.0, 403);
    assert_eq!(open.cloud(near("/callback/trtc", trtc)).await.0, 403);
    assert_eq!(
        inbox(&open).len(),
        3,
        "the two doors of live streaming are one"
    );
    assert_eq!(inbox(&shut), [""; 0]);
    let counted = shut.service.render_metrics();
    let happened = counted.lines().filter(|line| !line.ends_with(" 0"));
    let happened = happened.collect::<Vec<_>>().join("\n");
    for key in ["callback.key", "callback.im_token", "callback.path_secret"] {
        assert!(happened.contains(key), "{counted}");
    }
}

#[actix_web::test]
async fn a_trusted_proxy_does_not_make_strangers_this_machine_whatever_it_says() {
    let world = World::with(|settings| {
        settings.http.trusted_proxies = ["127.0.0.0/8".parse().expect("a network")].into();
    })
    .await;
    for (path, body) in AT_EACH_DOOR {
        for line in [
            None,
            Some(&b""[..]),
            Some(b"203.0.113.9"),
            Some(b"203.0.113.9:4711"),
            Some(b"[2001:db8::1]:4711"),
            Some(b"127.0.0.1"),
            Some(b"unknown"),
            Some(b"caf\xe9"),
        ] {
            let mut request = near(path, body);
            if let Some(line) = line {
                request = request.append_header(("X-Forwarded-For", line));
            }
            assert_eq!(world.cloud(request).await.0, 403, "{path} {line:?}");
        }
    }
    assert_eq!(inbox(&world), [""; 0]);
}

#[actix_web::test]
async fn a_browser_is_no_sender_of_the_cloud_whatever_it_can_show() {
    let world = World::with(with_keys()).await;
    let body = trtc(101, 10001, "anna", 5).to_string();
    let event = signed(DAWN + 600).to_string();
    for (name, value) in [
        ("Origin", "https://evil.test"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let request = trtc_request("123654", &body).insert_header((name, value));
        assert_eq!(world.cloud(request).await.0, 403, "{name}");
        let request = near("/callback/live", event.clone()).insert_header((name, value));
        assert_eq!(world.cloud(request).await.0, 403, "{name}");
    }
    assert_eq!(inbox(&world), [""; 0]);
    let counted = world.service.render_metrics();
    let line = r#"zaibo_callbacks_refused_total{reason="a browser sends it",sender="live"} 3"#;
    assert!(counted.contains(line), "{counted}");
}

#[actix_web::test]
async fn live_streaming_is_believed_by_its_sign_until_it_has_expired_for_a_while() {
    let world = World::with(with_keys()).await;
    let tell = |event: Value| {
        let request = from_afar("/x/index.php?svc=live&cmd=callback", event.to_string());
        world.cloud(request)
    };
    let (status, body) = tell(signed(DAWN + 600)).await;
    assert_eq!(
        (status, &body["code"], &body["errorCode"]),
        (200, &json!(0), &json!(0))
    );
    // The expiry may be a text, and the signature is accepted for a while after its expiry.
    let mut as_text = signed(DAWN - 900);
    as_text["t"] = (DAWN - 900).to_string().into();
    assert_eq!(tell(as_text).await.0, 200);
    let refused = |change: fn(&mut Value)| {
        let mut event = signed(DAWN + 600);
        change(&mut event);
        event
    };
    for event in [
        signed(DAWN - 901),
        signed(DAWN + 100_000),
        refused(|event| event["t"] = (DAWN + 601).into()),
        refused(|event| event["sign"] = "0".repeat(32).into()),
        refused(|event| event["sign"] = "".into()),
        refused(|event| event["sign"] = 7.into()),
        refused(|event| drop(event.as_object_mut().expect("an object").remove("t"))),
    ] {
        let (status, body) = tell(event.clone()).await;
        assert_eq!((status, &body["code"]), (403, &json!(10011)), "{event}");
    }
    // If a key is set, requests from this machine need a signature as well.
    let near = near("/callback/live", r#"{"event_type":1}"#);
    assert_eq!(world.cloud(near).await.0, 403);
    assert_eq!(inbox(&world).len(), 1, "two signatures of one event");
}

#[actix_web::test]
async fn trtc_is_believed_by_a_sign_over_the_very_body() {
    let world = World::with(with_keys()).await;
    let body = trtc(101, 10001, "anna", 5).to_string();
    assert_eq!(world.cloud(trtc_request("123654", &body)).await.0, 200);
    let other_body = trtc_request("123654", &body).set_payload(body.replace("anna", "otto"));
    assert_eq!(world.cloud(other_body).await.0, 403);
    assert_eq!(world.cloud(trtc_request("654321", &body)).await.0, 403);
    assert_eq!(world.cloud(from_afar("/callback/trtc", body)).await.0, 403);
    assert_eq!(
        inbox(&world),
        ["trtc 101 unmatched"].map(|_| "trtc 101 kept")
    );
}

#[actix_web::test]
async fn instant_messaging_is_believed_by_a_recent_sign_and_a_known_app() {
    let world = World::with(|settings| {
        with_keys()(settings);
        settings.cloud.apps = vec![zaibo::settings::App {
            appid: 1_400_000_000,
            usersig_key: Some("k".to_owned()),
            usersig_private_key_file: None,
            link_key: Default::default(),
        }];
    })
    .await;
    let path = |app: i64, time: i64, token: &str| {
        let sign = hex(Sha256::digest(format!("{token}{time}")));
        format!(
            "/callback/im?SdkAppid={app}&CallbackCommand=C&contenttype=json&Sign={sign}&RequestTime={time}"
        )
    };
    let tell = |path: String| world.cloud(from_afar(&path, r#"{"GroupId":"10001"}"#));
    let (status, body) = tell(path(1_400_000_000, DAWN, "xxxxyyyy")).await;
    assert_eq!(
        (status, body),
        (
            200,
            json!({"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0})
        )
    );
    for wrong in [
        path(1_400_000_001, DAWN, "xxxxyyyy"),
        path(1_400_000_000, DAWN, "yyyyxxxx"),
        path(1_400_000_000, DAWN - 901, "xxxxyyyy"),
        "/callback/im?SdkAppid=1400000000&CallbackCommand=C".to_owned(),
    ] {
        let (status, body) = tell(wrong).await;
        assert_eq!((status, &body["ActionStatus"]), (403, &json!("FAIL")));
    }
}

#[actix_web::test]
async fn a_secret_path_and_a_list_of_networks_are_asked_for_at_every_door() {
    let world = World::with(|settings| {
        with_keys()(settings);
        settings.callback.path_secret = "long-enough-secret".to_owned().into();
        settings.callback.allow_from = vec!["192.0.2.0/24".parse().expect("a network")];
    })
    .await;
    let body = signed(DAWN + 600).to_string();
    for (path, status) in [
        ("/callback/live/long-enough-secret", 200),
        ("/long-enough-secret/index.php?svc=live&cmd=callback", 200),
        ("/callback/live", 403),
        ("/callback/live/long-enough-secre", 403),
        ("/index.php?svc=live&cmd=callback&x=long-enough-secret", 403),
    ] {
        assert_eq!(
            world.cloud(from_afar(path, body.clone())).await.0,
            status,
            "{path}"
        );
    }
    let elsewhere = from_afar("/callback/live/long-enough-secret", body)
        .peer_addr(([198, 51, 100, 1], 4000).into());
    assert_eq!(world.cloud(elsewhere).await.0, 403);
    let vod = from_afar("/callback/vod/long-enough-secret", r#"{"EventType":"x"}"#);
    assert_eq!(world.cloud(vod).await.0, 200);
}

#[actix_web::test]
async fn refusals_are_counted_by_reason() {
    let world = World::with(with_keys()).await;
    world.cloud(from_afar("/callback/live", "{}")).await;
    world.cloud(from_afar("/callback/live", "no JSON")).await;
    world
        .cloud(from_afar("/callback/live", signed(DAWN + 600).to_string()))
        .await;
    let counted = world.service.render_metrics();
    for line in [
        r#"zaibo_callbacks_refused_total{reason="it is not signed",sender="live"} 1"#,
        r#"zaibo_callbacks_refused_total{reason="its body is not a JSON object",sender="live"} 1"#,
        r#"zaibo_callbacks_total{outcome="kept",sender="live"} 1"#,
    ] {
        assert!(counted.contains(line), "{counted}");
    }
    assert!(!counted.contains(KEY));
}

#[actix_web::test]
async fn bad_input_is_refused_at_every_door_and_leaves_nothing_behind() {
    let world = World::new().await;
    let near = |path: &str| {
        TestRequest::post()
            .uri(path)
            .peer_addr(([127, 0, 0, 1], 4000).into())
    };
    let huge = format!(r#"{{"event_type":1,"x":"{}"}}"#, "x".repeat(300_000));
    let deep = format!(
        r#"{{"event_type":1,"x":{}{}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    for path in [
        "/callback/live",
        "/callback/vod",
        "/callback/im",
        "/?svc=live&cmd=callback",
    ] {
        for body in ["", "null", "[]", "1", "{", "{}", "\u{feff}{}", &huge, &deep] {
            let (status, answer) = world.cloud(near(path).set_payload(body.to_owned())).await;
            let code = answer.get("code").or(answer.get("ErrorCode"));
            let code = code.and_then(Value::as_i64).expect("a code");
            assert!(
                status == 403 && (10001..=10011).contains(&code),
                "{path} {status} {code}"
            );
        }
        for request in [
            TestRequest::get(),
            TestRequest::put(),
            TestRequest::delete(),
        ] {
            let request = request.uri(path).peer_addr(([127, 0, 0, 1], 4000).into());
            assert_eq!(
                world
                    .cloud(request.set_payload(r#"{"event_type":1}"#))
                    .await
                    .0,
                403
            );
        }
    }
    assert_eq!(inbox(&world), [""; 0]);
}

//! The callback doors on real sockets: a sender that repeats what was not acknowledged, kills, a
//! database that does not answer, and the tool that shows the inbox.

mod kills;
mod tool;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use ureq::Agent;

use crate::client::User;
use crate::raw::{Raw, request};
use crate::server::{Server, TIMEOUT, eventually};

const TRTC_KEY: &str = "a-key-of-trtc";

/// A service of the cloud that sends events.
pub(crate) struct Teller {
    agent: Agent,
    base: String,
}

impl Teller {
    pub(crate) fn of(server: &Server) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            agent: config.new_agent(),
            base: format!("http://{}", server.address()),
        }
    }

    /// Sends an event. Returns the status of the answer, if there was one.
    pub(crate) fn try_tell(&self, sender: &str, event: &Value) -> Option<u16> {
        let body = event.to_string();
        let mut request = self
            .agent
            .post(format!("{}/callback/{sender}", self.base))
            .header("Content-Type", "application/json");
        if sender == "trtc" {
            let mut mac = Hmac::<Sha256>::new_from_slice(TRTC_KEY.as_bytes()).expect("a key");
            mac.update(body.as_bytes());
            request = request.header("Sign", STANDARD.encode(mac.finalize().into_bytes()));
        }
        let mut response = request.send(body).ok()?;
        let status = response.status().as_u16();
        let answer = response.body_mut().read_to_string().ok()?;
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let code = answer.get("code").or(answer.get("ErrorCode"));
        assert_eq!(status == 200, code == Some(&0.into()), "{answer}");
        Some(status)
    }

    pub(crate) fn tell(&self, sender: &str, event: &Value) -> u16 {
        self.try_tell(sender, event).expect("an answer")
    }
}

#[test]
fn the_log_tells_of_a_callback_whose_address_is_nobodys_and_of_no_secret_in_it() {
    let tell = |server: &Server, path: &str| {
        let mut raw = Raw::connect(server.address());
        raw.send(request("POST", path, &[], "{}"));
        assert_eq!(raw.response().status, 404);
    };
    let mut server = Server::start(&[]);
    tell(&server, "/callback/css/hush-hush-hush-hush");
    tell(&server, "/callback/hush-hush-hush-hush");
    let log = server.logged("answered 404");
    let told = log.lines().filter(|line| line.contains("answered 404"));
    let told = Vec::from_iter(told);
    assert_eq!(told.len(), 1, "once a minute: {log}");
    assert!(told[0].contains("sender=\"css\""), "{log}");
    server.terminate();
    let server = server.restart();
    tell(&server, "/callback/hush-hush-hush-hush");
    let log = server.logged("answered 404");
    assert!(!log.contains("hush"), "{log}");
}

/// An event: a file was recorded in a room.
pub(crate) fn recorded(room: i64, file: &str) -> Value {
    json!({"event_type": 100, "stream_id": "custom", "stream_param": format!("groupid={room}"), "file_id": file,
        "start_time": 1_700_000_000, "end_time": 1_700_000_060, "duration": 60, "file_size": 1000,
        "video_url": format!("http://vod/{file}.mp4"), "t": 1_700_000_660, "sign": "5ec4e7"})
}

/// The ids of the listed files, newest first.
pub(crate) fn files(by: &User) -> Vec<String> {
    let mut all = Vec::new();
    for page in 0.. {
        let rows = json!({"type": 0, "index": 100 * page, "size": 100});
        let data = by.live("recordlist", rows).ok();
        let videos = data["videos"].as_array().expect("a list");
        if videos.is_empty() {
            assert_eq!(data["total"], all.len());
            break;
        }
        all.extend(
            videos
                .iter()
                .map(|video| video["videoId"].as_str().expect("a text").to_owned()),
        );
    }
    all
}

#[test]
fn the_log_says_why_a_callback_was_refused_and_holds_no_secret() {
    let server = Server::start(&[
        ("ZAIBO_CALLBACK__KEY", "0123456789hush"),
        ("ZAIBO_CALLBACK__PATH_SECRET", "hush-hush-hush-hush"),
        ("ZAIBO_LOG__FILTER", "debug"),
    ]);
    let teller = Teller::of(&server);
    let event = recorded(10001, "f");
    assert_eq!(teller.tell("live/hush-hush-hush-hush", &event), 403);
    assert_eq!(teller.tell("live", &event), 403);
    // The log is written on another thread, so it may come after the answer.
    let log = eventually("both reasons in the log", || {
        let log = server.log();
        let reasons = ["its sign is wrong", "its path lacks callback.path_secret"];
        reasons
            .iter()
            .all(|reason| log.contains(reason))
            .then_some(log)
    });
    assert!(!log.contains("hush") && !log.contains("5ec4e7"), "{log}");
}

//! The world in which tests tell stories: a server without a socket, and users who send requests.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{App, test};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime;
use tokio::sync::Notify;
use zaibo::app::assemble;
use zaibo::clock::Clock;
use zaibo::database_url::Opening;
use zaibo::domain::UnixTime;
use zaibo::http::{Site, configure};
use zaibo::rooms::RoomThreads;
use zaibo::service::Service;
use zaibo::settings::{Settings, Unsigned};

use crate::engine::{self, Records};

/// The time at which every world begins, in seconds since 1970.
pub(crate) const DAWN: i64 = 1_700_000_000;

pub(crate) struct World {
    pub(crate) site: Data<Site>,
    pub(crate) service: Arc<Service>,
    settings: Settings,
    pub(crate) folder: TempDir,
}

/// The parsed answer to a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) code: i64,
    pub(crate) info: String,
    pub(crate) data: Value,
    pub(crate) text: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::freeze();
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::default();
        settings.store.url = engine::store_url(folder.path()).into();
        settings.accounts.argon2_memory_kib = 8;
        settings.accounts.argon2_passes = 1;
        settings.accounts.registrations_per_minute = 0;
        settings.rooms.creates_per_minute = 0;
        // In most tests the cloud's events are unsigned; `callbacks::trust` tests the keys.
        settings.callback.unsigned = Unsigned::Loopback;
        change(&mut settings);
        let site = open(&settings, DAWN).await;
        Self {
            service: Arc::clone(&site.shared.service),
            site,
            settings,
            folder,
        }
    }

    /// Pauses time, unless an earlier world of the same test has done so.
    fn freeze() {
        thread_local!(static FROZEN: RefCell<Option<runtime::Id>> = const { RefCell::new(None) });
        let here = Some(runtime::Handle::current().id());
        if FROZEN.replace(here) != here {
            tokio::time::pause();
        }
    }

    /// A new server on the same database, as after a crash: nothing is flushed before.
    pub(crate) async fn reborn(self) -> Self {
        let Self {
            site,
            service,
            settings,
            folder,
        } = self;
        let now = service.clock.unix().as_secs();
        drop((site, service));
        // The database is free again when the last reader has closed it.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let site = open(&settings, now).await;
        Self {
            service: Arc::clone(&site.shared.service),
            site,
            settings,
            folder,
        }
    }

    pub(crate) fn opening(&self) -> Opening {
        self.settings.store.opening().expect("an address")
    }

    /// Lets this many seconds pass.
    pub(crate) async fn wait(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Lets this many seconds pass while the background writes run.
    pub(crate) async fn kept_for(&self, seconds: u64) {
        let stop = Arc::new(Notify::new());
        let keeping = zaibo::app::background::keep(Arc::clone(&self.service), Arc::clone(&stop));
        let keeping = actix_web::rt::spawn(keeping);
        self.wait(seconds).await;
        stop.notify_one();
        keeping.await.expect("no panic");
    }

    /// The database, as another program sees it.
    pub(crate) fn records(&self) -> Records {
        Records::of(self.folder.path())
    }

    /// The number of rows, for conditions like `accounts WHERE uid = 'anna'`.
    pub(crate) fn count(&self, rows: &str) -> i64 {
        self.records().count(rows)
    }

    /// Changes the database as another program would.
    pub(crate) fn execute(&self, sql: &str) {
        self.records().execute(sql);
    }

    /// Sends a body unchanged to a command.
    pub(crate) async fn send(&self, svc: &str, cmd: &str, body: impl Into<Vec<u8>>) -> Answer {
        let path = format!("/sxb/index.php?svc={svc}&cmd={cmd}");
        self.request(Method::POST, &path, body).await
    }

    /// Sends a body unchanged to a path.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let site = test::init_service(App::new().configure(configure(self.site.clone()))).await;
        let request = test::TestRequest::with_uri(path)
            .method(method)
            .peer_addr(([192, 0, 2, 1], 4000).into())
            .set_payload(body.into())
            .to_request();
        let response = test::call_service(&site, request).await;
        assert_eq!(response.status(), 200);
        let text = String::from_utf8(test::read_body(response).await.to_vec()).expect("UTF-8");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        Answer {
            code: value["errorCode"].as_i64().expect("errorCode is a number"),
            info: value["errorInfo"]
                .as_str()
                .expect("errorInfo is a text")
                .to_owned(),
            data: value["data"].clone(),
            text,
        }
    }

    /// Sends a request of the video cloud unchanged. Returns the status and the body of the answer.
    pub(crate) async fn cloud(&self, request: test::TestRequest) -> (u16, Value) {
        let site = test::init_service(App::new().configure(configure(self.site.clone()))).await;
        let response = test::call_service(&site, request.to_request()).await;
        let status = response.status().as_u16();
        let body = test::read_body(response).await;
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// Sends an unsigned event of this sender from this machine. Returns the status.
    pub(crate) async fn told(&self, sender: &str, event: &Value) -> u16 {
        let request = test::TestRequest::post()
            .uri(&format!("/callback/{sender}"))
            .peer_addr(([127, 0, 0, 1], 4000).into())
            .set_payload(event.to_string());
        let (status, body) = self.cloud(request).await;
        let code = body.get("code").or(body.get("ErrorCode"));
        assert_eq!(status == 200, code == Some(&0.into()), "{body}");
        status
    }

    /// Sends fields to a command.
    pub(crate) async fn post(&self, svc: &str, cmd: &str, fields: Value) -> Answer {
        self.send(svc, cmd, fields.to_string()).await
    }

    /// Sends fields to a `live` command, with a token added.
    pub(crate) async fn live(&self, cmd: &str, token: &str, mut fields: Value) -> Answer {
        fields["token"] = token.into();
        self.post("live", cmd, fields).await
    }

    /// The data of a `live` command that has to succeed.
    pub(crate) async fn ok(&self, cmd: &str, token: &str, fields: Value) -> Value {
        let answer = self.live(cmd, token, fields).await;
        assert_eq!(answer.code, 0, "{cmd}: {}", answer.info);
        answer.data
    }

    /// The code of a `live` command.
    pub(crate) async fn code(&self, cmd: &str, token: &str, fields: Value) -> i64 {
        self.live(cmd, token, fields).await.code
    }

    /// Registers a user, logs in and returns the token.
    pub(crate) async fn join(&self, id: &str) -> String {
        let account = json!({"id": id, "pwd": "password"});
        assert_eq!(self.post("account", "regist", account).await.code, 0);
        self.login(id).await
    }

    pub(crate) async fn login(&self, id: &str) -> String {
        let answer = self
            .post("account", "login", json!({"id": id, "pwd": "password"}))
            .await;
        assert_eq!(answer.code, 0, "{}", answer.info);
        answer.data["token"].as_str().expect("a token").to_owned()
    }

    /// Creates a room and returns its number.
    pub(crate) async fn create(&self, token: &str) -> i64 {
        let data = self.ok("create", token, json!({"type": "live"})).await;
        data["roomnum"].as_i64().expect("a number")
    }

    /// Goes live in a room and returns the code.
    pub(crate) async fn report(&self, token: &str, room: i64) -> i64 {
        self.code("reportroom", token, room_report(room)).await
    }

    /// Creates a room, goes live in it and returns its number.
    pub(crate) async fn go_live(&self, token: &str) -> i64 {
        let room = self.create(token).await;
        assert_eq!(self.report(token, room).await, 0);
        room
    }

    pub(crate) async fn enter(&self, token: &str, room: i64) -> i64 {
        self.code(
            "reportmemid",
            token,
            json!({"roomnum": room, "role": 0, "operate": 0}),
        )
        .await
    }

    pub(crate) async fn leave(&self, token: &str, room: i64) -> i64 {
        self.code(
            "reportmemid",
            token,
            json!({"roomnum": room, "role": 0, "operate": 1}),
        )
        .await
    }

    pub(crate) async fn beat(&self, token: &str, room: i64, role: i64) -> i64 {
        self.code("heartbeat", token, json!({"roomnum": room, "role": role}))
            .await
    }

    /// The members of a room as `name:role`, in the order of the list.
    pub(crate) async fn members(&self, token: &str, room: i64) -> Vec<String> {
        let data = self
            .ok(
                "roomidlist",
                token,
                json!({"roomnum": room, "index": 0, "size": 50}),
            )
            .await;
        let list = data["idlist"].as_array().expect("a list");
        assert_eq!(data["total"], list.len());
        list.iter()
            .map(|row| format!("{}:{}", row["id"].as_str().expect("a text"), row["role"]))
            .collect()
    }

    /// The rows of the room list.
    pub(crate) async fn rooms(&self, token: &str) -> Vec<Value> {
        let data = self
            .ok(
                "roomlist",
                token,
                json!({"type": "live", "index": 0, "size": 50}),
            )
            .await;
        let list = data["rooms"].as_array().expect("a list").clone();
        assert_eq!(data["total"], list.len());
        list
    }

    /// The numbers of the listed rooms, newest first.
    pub(crate) async fn numbers(&self, token: &str) -> Vec<i64> {
        self.rooms(token)
            .await
            .iter()
            .map(|room| room["info"]["roomnum"].as_i64().expect("a number"))
            .collect()
    }
}

/// The fields that clients send to go live.
pub(crate) fn room_report(room: i64) -> Value {
    json!({"room": {
        "title": "My live", "type": "live", "roomnum": room, "groupid": room.to_string(), "cover": "",
        "appid": 1_400_000_000, "device": 1, "videotype": 0,
    }})
}

async fn open(settings: &Settings, now: i64) -> Data<Site> {
    let clock = Clock::starting_at(UnixTime::from_secs(now));
    Data::new(
        assemble(settings, clock, RoomThreads::ThisThread)
            .await
            .expect("a server"),
    )
}

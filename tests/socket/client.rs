//! The clients of the tests, and the checks that apply to every answer.

use std::net::SocketAddr;

use serde_json::{Value, json};
use ureq::Agent;

use crate::json::Json;
use crate::server::{TIMEOUT, number};

pub(crate) const PASSWORD: &str = "pass word-1";

/// A client with connections of its own.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    pub(crate) address: SocketAddr,
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) code: i64,
    pub(crate) info: String,
    /// Null if the answer has no data.
    pub(crate) data: Value,
}

/// A user who is logged in.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) client: Client,
    pub(crate) id: String,
    pub(crate) token: String,
    /// The app that the user's lives belong to, and by which they filter the room list.
    pub(crate) app: usize,
}

impl Client {
    pub(crate) fn of(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            agent: config.new_agent(),
            address,
        }
    }

    /// Sends fields to a command.
    pub(crate) fn post(&self, svc: &str, cmd: &str, fields: &Value) -> Answer {
        self.send(svc, cmd, fields.to_string())
    }

    /// Sends a body unchanged to a command.
    pub(crate) fn send(&self, svc: &str, cmd: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send_to(&format!("/index.php?svc={svc}&cmd={cmd}"), body)
    }

    /// Sends a body unchanged to a path.
    pub(crate) fn send_to(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.try_send(path, body.as_ref()).expect("an answer")
    }

    /// Sends a body unchanged to a path of a server that may be dying.
    pub(crate) fn try_send(&self, path: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        let url = format!("http://{}{path}", self.address);
        let sent = self
            .agent
            .post(url)
            .header("Content-Type", "application/json");
        let mut response = sent.send(body)?;
        let body = response.body_mut().read_to_vec()?;
        let headers = response.headers();
        let header = |name: &str| {
            let value = headers.get(name).map(|value| value.to_str());
            value.map_or_else(String::new, |text| text.expect("text").to_owned())
        };
        Ok(Answer::checked(response.status().as_u16(), header, &body))
    }

    pub(crate) fn regist(&self, id: &str, password: &str) -> Answer {
        self.post("account", "regist", &json!({"id": id, "pwd": password}))
    }

    pub(crate) fn login(&self, id: &str, password: &str) -> Answer {
        self.post("account", "login", &json!({"id": id, "pwd": password}))
    }
}

impl Answer {
    /// Parses an HTTP answer and checks the properties that every answer must have.
    pub(crate) fn checked(status: u16, header: impl Fn(&str) -> String, body: &[u8]) -> Self {
        let text = std::str::from_utf8(body).expect("answers are UTF-8");
        assert_eq!(status, 200, "{text}");
        assert!(header("content-type").contains("json"), "{text}");
        assert_eq!(header("access-control-allow-origin"), "*", "{text}");
        assert_eq!(header("cache-control"), "no-store", "{text}");
        assert_eq!(header("content-encoding"), "", "{text}");
        assert_eq!(header("location"), "", "{text}");
        assert!(text.starts_with('{') && text.ends_with('}'), "{text}");
        assert!(!text.contains(['\n', '\r']), "{text}");
        let envelope: Json = serde_json::from_str(text).expect("JSON");
        let names: Vec<&str> = envelope.members().iter().map(|(name, _)| &**name).collect();
        let value = envelope.value();
        match names[..] {
            ["errorCode", "errorInfo"] => {}
            ["errorCode", "errorInfo", "data"] => assert!(value["data"].is_object(), "{text}"),
            _ => panic!("members are missing, too many or in another order: {text}"),
        }
        let code = value["errorCode"].as_i64();
        let info = value["errorInfo"].as_str();
        let answer = Self {
            code: code.unwrap_or_else(|| panic!("errorCode is not a number: {text}")),
            info: info
                .unwrap_or_else(|| panic!("errorInfo is not a text: {text}"))
                .to_owned(),
            data: value["data"].clone(),
        };
        let says_nothing = ["", "Sig verify success!"].contains(&&*answer.info);
        assert_eq!(answer.code == 0, says_nothing, "{text}");
        // If only the first half of a kickout succeeded, the answer still names the user.
        let half = answer.code == 90000 && answer.data["kickID"].is_string();
        assert!(answer.code == 0 || answer.data.is_null() || half, "{text}");
        answer
    }

    /// The data of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!((self.code, &*self.info), (0, ""));
        self.data
    }

    #[track_caller]
    pub(crate) fn is(self, code: i64) {
        assert_eq!(self.code, code, "{}", self.info);
    }

    #[track_caller]
    pub(crate) fn says(self, code: i64, info: &str) {
        assert_eq!((self.code, &*self.info), (code, info));
    }
}

impl User {
    /// Registers a user and logs in.
    pub(crate) fn register(client: Client, id: &str) -> Self {
        client.regist(id, PASSWORD).ok();
        Self::log_in(client, id)
    }

    pub(crate) fn log_in(client: Client, id: &str) -> Self {
        let data = client.login(id, PASSWORD).ok();
        let token = data["token"].as_str().expect("a text").to_owned();
        Self {
            client,
            id: id.to_owned(),
            token,
            app: 1_500_000_000 + number(),
        }
    }

    /// The same user, at another server.
    pub(crate) fn at(&self, client: Client) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// Sends a `live` command with the user's token.
    pub(crate) fn live(&self, cmd: &str, mut fields: Value) -> Answer {
        fields["token"] = self.token.as_str().into();
        self.client.post("live", cmd, &fields)
    }

    /// Creates a room and returns its number.
    pub(crate) fn create(&self) -> i64 {
        let data = self.live("create", json!({"type": "live"})).ok();
        data["roomnum"].as_i64().expect("a number")
    }

    pub(crate) fn report(&self, room: i64) -> Answer {
        self.live("reportroom", json!({"room": self.announcement(room)}))
    }

    /// The fields that the user sends to go live in a room.
    pub(crate) fn announcement(&self, room: i64) -> Value {
        json!({
            "title": format!("live of {}", self.id), "cover": "", "type": "live", "roomnum": room,
            "groupid": room.to_string(), "device": 1, "videotype": 0, "appid": self.app,
        })
    }

    /// Creates a room, goes live in it and returns its number.
    pub(crate) fn go_live(&self) -> i64 {
        let room = self.create();
        self.report(room).ok();
        room
    }

    pub(crate) fn enter(&self, room: i64) -> Answer {
        self.live(
            "reportmemid",
            json!({"roomnum": room, "role": 0, "operate": 0}),
        )
    }

    pub(crate) fn leave(&self, room: i64) -> Answer {
        self.live(
            "reportmemid",
            json!({"roomnum": room, "role": 0, "operate": 1}),
        )
    }

    pub(crate) fn beat(&self, room: i64, role: i64) -> Answer {
        self.live("heartbeat", json!({"roomnum": room, "role": role}))
    }

    pub(crate) fn exit(&self, room: i64) -> Answer {
        self.live("exitroom", json!({"roomnum": room, "type": "live"}))
    }

    pub(crate) fn play_url(&self, room: i64) -> Answer {
        self.live("getroomplayurl", json!({"roomnum": room}))
    }

    /// The members of a room with their roles, in the order of the list.
    pub(crate) fn members(&self, room: i64) -> Vec<(String, i64)> {
        let page = json!({"roomnum": room, "index": 0, "size": 50});
        let data = self.live("roomidlist", page).ok();
        let list = data["idlist"].as_array().expect("a list");
        assert_eq!(data["total"], list.len());
        let row = |row: &Value| {
            let id = row["id"].as_str().expect("a text").to_owned();
            (id, row["role"].as_i64().expect("a number"))
        };
        list.iter().map(row).collect()
    }

    /// The lives of one app, newest first.
    pub(crate) fn lives_of(&self, app: usize) -> Vec<Value> {
        let page = json!({"type": "live", "index": 0, "size": 50, "appid": app});
        let data = self.live("roomlist", page).ok();
        let rooms = data["rooms"].as_array().expect("a list").clone();
        assert_eq!(data["total"], rooms.len());
        rooms
    }

    /// The user's own live in the room list, if it is there.
    pub(crate) fn listed(&self) -> Option<Value> {
        let mut rooms = self.lives_of(self.app);
        assert!(rooms.len() < 2, "one live a host: {rooms:?}");
        let room = rooms.pop()?;
        assert_eq!(room["uid"], *self.id);
        Some(room["info"].clone())
    }
}

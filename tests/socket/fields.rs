//! The fields of every command: the values that they accept, and the answers to others.

use serde_json::{Value, json};

use crate::client::{PASSWORD, User};
use crate::server::{Shared, shared, unique};

/// The values that a field accepts. The two texts answer "empty" and "wrong".
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    Text(&'static str, &'static str),
    /// A JSON number.
    Int(&'static str, &'static str),
    /// A JSON number, or a number as text.
    Number(&'static str, &'static str),
    MaybeText(&'static str),
    MaybeInt(&'static str),
    MaybeNumber(&'static str),
    /// May be empty; values that no client sends are not tested.
    Maybe,
    /// The token of most commands: a value that is not a text counts as absent.
    Token,
    /// An object; any other value that is not empty counts as an object without fields.
    Object(&'static str, &'static str),
    /// Any value is accepted.
    Free,
}

/// The user who sends the requests of a command, so that they succeed.
#[derive(Clone, Copy)]
pub(crate) enum Sender {
    Nobody,
    Host,
    Viewer,
    /// A new user for each request.
    Newcomer,
}

pub(crate) struct Command {
    pub(crate) svc: &'static str,
    pub(crate) cmd: &'static str,
    sender: Sender,
    good: fn(&Stage) -> Value,
    /// The fields in the order in which they are checked. A dot leads into an object.
    pub(crate) fields: &'static [(&'static str, Rule)],
}

/// A live, and users who send commands.
pub(crate) struct Stage {
    pub(crate) server: Shared,
    host: User,
    viewer: User,
    room: i64,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let server = shared();
        let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
        let room = host.go_live();
        viewer.enter(room).ok();
        Self {
            server,
            host,
            viewer,
            room,
        }
    }

    /// A request that succeeds.
    pub(crate) fn good(&self, command: &Command) -> Value {
        let mut fields = (command.good)(self);
        let token = match command.sender {
            Sender::Nobody => return fields,
            Sender::Host => self.host.token.clone(),
            Sender::Viewer => self.viewer.token.clone(),
            Sender::Newcomer => self.server.newcomer("newcomer").token,
        };
        fields["token"] = token.into();
        fields
    }
}

const ROOMNUM: Rule = Rule::Number("Lack of roomnum", "Invalid roomnum");
const BLANK_ROOMNUM: Rule = Rule::Number("Lack of roomnum", " Invalid roomnum");
const INDEX: Rule = Rule::Int(
    "Lack of page index",
    "Page index should be a non-negative integer",
);
const SIZE: Rule = Rule::Int(
    "Lack of page size",
    "Page size should be a positive integer(not larger than 50)",
);
const SIZE_OF_RECORDS: Rule = Rule::Int(
    "Lack of page size",
    "Page size should be a positive integer(not larger than 100)",
);
const APP: Rule = Rule::MaybeNumber("Invalid appid");
const TYPE_OF_RECORD: Rule = Rule::Int("Lack of type", "invalid of type");

pub(crate) const COMMANDS: &[Command] = &[
    Command {
        svc: "account",
        cmd: "regist",
        sender: Sender::Nobody,
        good: |_| json!({"id": unique("user"), "pwd": PASSWORD}),
        fields: &[
            ("id", Rule::Text("Lack of id", "Invalid id")),
            ("pwd", Rule::Text("Lack of pwd", "Invalid pwd")),
        ],
    },
    Command {
        svc: "account",
        cmd: "login",
        sender: Sender::Nobody,
        good: |stage| {
            let user = stage.server.newcomer("user");
            json!({"id": user.id, "pwd": PASSWORD, "appid": 1})
        },
        fields: &[
            ("id", Rule::Text("Lack of id", "Invalid id")),
            ("pwd", Rule::Text("Lack of pwd", "Invalid pwd")),
            ("appid", Rule::Maybe),
        ],
    },
    Command {
        svc: "account",
        cmd: "logout",
        sender: Sender::Newcomer,
        good: |_| json!({"id": "ignored"}),
        fields: &[
            ("token", Rule::Text("Lack of token", "Invalid token")),
            ("id", Rule::Free),
        ],
    },
    Command {
        svc: "account",
        cmd: "authPrivMap",
        sender: Sender::Nobody,
        good: |stage| json!({"pwd": PASSWORD, "roomnum": stage.room, "identifier": stage.viewer.id}),
        fields: &[
            ("pwd", Rule::Text("Lack of pwd", "Invalid pwd")),
            ("roomnum", Rule::Int("Lack of roomnum", " Invalid roomnum")),
            ("accounttype", Rule::Free),
            ("privMap", Rule::Free),
            ("expire_time", Rule::Free),
        ],
    },
    Command {
        svc: "live",
        cmd: "create",
        sender: Sender::Newcomer,
        good: |_| json!({"type": "live"}),
        fields: &[
            ("token", Rule::Token),
            ("type", Rule::Text("Lack of type", " Invalid type")),
        ],
    },
    Command {
        svc: "live",
        cmd: "reportroom",
        sender: Sender::Host,
        good: |stage| {
            let place = json!({"longitude": 0, "latitude": 1.5, "address": "here"});
            json!({"room": stage.host.announcement(stage.room), "lbs": place})
        },
        fields: &[
            ("token", Rule::Token),
            ("room", Rule::Object("Lack of room.", "Lack of type.")),
            ("room.title", Rule::Free),
            ("room.cover", Rule::Free),
            ("room.type", Rule::Text("Lack of type.", "invalid type.")),
            (
                "room.roomnum",
                Rule::Number(
                    "Lack of av room id.",
                    "AV room id should be integer or string.",
                ),
            ),
            (
                "room.groupid",
                Rule::Text("Lack of chat room id.", "Chat room id should be string."),
            ),
            (
                "room.device",
                Rule::MaybeInt("device should be 0-IOS 1-Android  2-PC."),
            ),
            (
                "room.videotype",
                Rule::MaybeInt("videotype should be 0 or 1."),
            ),
            (
                "room.appid",
                Rule::Number("Lack of appid.", "appid should be integer or string."),
            ),
            ("room.host", Rule::Free),
            ("lbs", Rule::Free),
            ("lbs.longitude", Rule::Free),
            ("lbs.address", Rule::Free),
        ],
    },
    Command {
        svc: "live",
        cmd: "roomlist",
        sender: Sender::Viewer,
        good: |_| json!({"type": "live", "index": 0, "size": 10, "appid": 1}),
        fields: &[
            ("token", Rule::Token),
            ("type", Rule::Free),
            ("index", INDEX),
            ("size", SIZE),
            ("appid", APP),
            ("isIOS", Rule::Free),
        ],
    },
    Command {
        svc: "live",
        cmd: "livestreamlist",
        sender: Sender::Viewer,
        good: |_| json!({"index": 0, "size": 10}),
        fields: &[
            ("token", Rule::Token),
            ("type", Rule::Free),
            ("index", INDEX),
            ("size", SIZE),
            ("appid", APP),
        ],
    },
    Command {
        svc: "live",
        cmd: "getroomplayurl",
        sender: Sender::Viewer,
        good: |stage| json!({"roomnum": stage.room}),
        fields: &[("token", Rule::Token), ("roomnum", ROOMNUM)],
    },
    Command {
        svc: "live",
        cmd: "reportmemid",
        sender: Sender::Viewer,
        good: |stage| json!({"roomnum": stage.room, "role": 0, "operate": 0, "id": "ignored"}),
        fields: &[
            ("token", Rule::Token),
            ("roomnum", BLANK_ROOMNUM),
            ("role", Rule::Int("Lack of role", " Invalid role")),
            ("operate", Rule::MaybeInt(" Invalid operate")),
            ("id", Rule::Free),
        ],
    },
    Command {
        svc: "live",
        cmd: "heartbeat",
        sender: Sender::Host,
        good: |stage| json!({"roomnum": stage.room, "role": 1, "thumbup": 1}),
        fields: &[
            ("token", Rule::Text("Lack of token", " Invalid token")),
            ("roomnum", ROOMNUM),
            ("role", Rule::Int("Lack of role", "Invalid role")),
            ("thumbup", Rule::Free),
            ("video_type", Rule::Free),
            ("timeStamp", Rule::Free),
            ("sign", Rule::Free),
        ],
    },
    Command {
        svc: "live",
        cmd: "roomidlist",
        sender: Sender::Viewer,
        good: |stage| json!({"roomnum": stage.room, "index": 0, "size": 40}),
        fields: &[
            ("token", Rule::Token),
            ("roomnum", BLANK_ROOMNUM),
            ("index", INDEX),
            ("size", SIZE),
        ],
    },
    Command {
        svc: "live",
        cmd: "request",
        sender: Sender::Viewer,
        good: |stage| json!({"roomnum": stage.room}),
        fields: &[("token", Rule::Token), ("roomnum", ROOMNUM)],
    },
    Command {
        svc: "live",
        cmd: "reportstatus",
        sender: Sender::Viewer,
        good: |stage| json!({"roomnum": stage.room, "status": "off"}),
        fields: &[
            ("token", Rule::Token),
            ("roomnum", ROOMNUM),
            ("status", Rule::Text("Lack of status", " Invalid status")),
        ],
    },
    Command {
        svc: "live",
        cmd: "reportrecord",
        sender: Sender::Host,
        good: |stage| json!({"roomnum": stage.room, "uid": stage.host.id, "name": "rec", "type": 0, "cover": ""}),
        fields: &[
            ("token", Rule::Token),
            (
                "roomnum",
                Rule::Number("lack of roomnum", "Invalid roomnum"),
            ),
            ("uid", Rule::Text("lack of uid", "invalid uid")),
            ("name", Rule::Text("lack of name", "invalid video name")),
            ("type", TYPE_OF_RECORD),
            ("cover", Rule::MaybeText("invalid cover")),
        ],
    },
    Command {
        svc: "live",
        cmd: "recordlist",
        sender: Sender::Viewer,
        good: |_| json!({"type": 0, "index": 1, "size": 15, "s_uid": "somebody"}),
        fields: &[
            ("token", Rule::Token),
            ("type", TYPE_OF_RECORD),
            ("index", INDEX),
            ("size", SIZE_OF_RECORDS),
            ("s_uid", Rule::Maybe),
        ],
    },
    Command {
        svc: "live",
        cmd: "exitroom",
        sender: Sender::Newcomer,
        good: |_| json!({"roomnum": -1, "type": "live"}),
        fields: &[
            ("token", Rule::Token),
            ("roomnum", Rule::MaybeNumber("Invalid roomnum")),
            ("type", Rule::MaybeText(" Invalid type")),
        ],
    },
];

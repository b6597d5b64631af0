//! Plays requests of published clients, exactly as these put them on the wire.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::client::Answer;
use crate::json::Json;
use crate::raw::{Raw, head, request};
use crate::reads::complaints;
use crate::server::{Server, unique};

/// A request of a client, with placeholders for the values that differ from run to run.
#[derive(Deserialize)]
pub(crate) struct Sample {
    pub(crate) client: String,
    svc: String,
    pub(crate) cmd: String,
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Json,
    reads: Vec<String>,
    #[serde(default)]
    body_encoding: Option<String>,
}

/// All samples: those taken from the clients' sources, and those that the wire contract describes.
pub(crate) static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let files = [
        include_str!("../fixtures/sample-requests.jsonl"),
        include_str!("../fixtures/contract-requests.jsonl"),
    ];
    let lines = files.into_iter().flat_map(str::lines);
    let sample = |line| serde_json::from_str(line).expect("a sample");
    lines.map(sample).collect()
});

/// A published client on a user's device.
pub(crate) struct Device {
    pub(crate) client: &'static str,
    address: SocketAddr,
    connection: Option<Raw>,
    pub(crate) id: String,
    token: String,
    /// The room that the user created or watches.
    pub(crate) room: i64,
    /// The host and the room that the user links their live to.
    pub(crate) other: Option<(String, i64)>,
}

/// A step of a story: `command name=value… -> code`. The step plays the client's sample of that
/// command that matches most of the values, and replaces the other values in it. Without `-> code`
/// the code 0 is expected.
pub(crate) struct Step {
    /// The index of the step's sample in [`SAMPLES`].
    pub(crate) sample: usize,
    body: Json,
    expected: i64,
}

impl Step {
    pub(crate) fn of(client: &str, text: &str) -> Self {
        let (call, expected) = text.split_once(" -> ").unwrap_or((text, "0"));
        let mut words = call.split(' ');
        let cmd = words.next().expect("a command");
        let given: Vec<(&str, Json)> = words
            .map(|word| {
                let (name, value) = word.split_once('=').expect("a value");
                let number = value.parse::<i64>().map(Value::from);
                (name, Json::Leaf(number.unwrap_or_else(|_| value.into())))
            })
            .collect();
        let fits = |sample: &Sample| {
            let same = |(name, value): &&(&str, Json)| sample.body.member(name) == Some(value);
            given.iter().filter(same).count()
        };
        let sample = (0..SAMPLES.len())
            .rev()
            .filter(|at| SAMPLES[*at].client == client && SAMPLES[*at].cmd == cmd)
            .max_by_key(|at| fits(&SAMPLES[*at]))
            .unwrap_or_else(|| panic!("{client} has no sample of {cmd}"));
        let mut body = SAMPLES[sample].body.clone();
        for (name, value) in given {
            let Json::Object(members) = &mut body else {
                panic!("{cmd} has no fields");
            };
            let member = members.iter_mut().find(|(known, _)| known == name);
            member.unwrap_or_else(|| panic!("{cmd} has no {name}")).1 = value;
        }
        Self {
            sample,
            body,
            expected: expected.parse().expect("a code"),
        }
    }
}

impl Device {
    /// A device with the client and no user logged in. If the user is a viewer, they watch `room`.
    pub(crate) fn new(server: &Server, client: &'static str, room: i64) -> Self {
        Self {
            client,
            address: server.address(),
            connection: None,
            id: unique("user"),
            token: String::new(),
            room,
            other: None,
        }
    }

    pub(crate) fn play(&mut self, steps: &[&str]) {
        for step in steps {
            self.step(step);
        }
    }

    /// Plays a step and returns the last answer. Steps joined by ` & ` are on the wire at the same
    /// time.
    pub(crate) fn step(&mut self, text: &str) -> Answer {
        let steps: Vec<Step> = text
            .split(" & ")
            .map(|step| Step::of(self.client, step))
            .collect();
        let mut lines: Vec<Raw> = steps.iter().map(|_| self.line()).collect();
        for (step, line) in steps.iter().zip(&mut lines) {
            line.send(self.bytes(step));
        }
        let mut last = None;
        for (step, line) in steps.iter().zip(&mut lines) {
            last = Some(self.take(step, line));
        }
        // The Windows app opens a new connection for each request.
        if !self.client.starts_with("windows") {
            self.connection = lines.pop();
        }
        last.expect("at least one step")
    }

    fn line(&mut self) -> Raw {
        let kept = self.connection.take();
        kept.unwrap_or_else(|| Raw::connect(self.address))
    }

    fn bytes(&self, step: &Step) -> Vec<u8> {
        let sample = &SAMPLES[step.sample];
        let mut body = step.body.clone();
        body.rewrite(&|name, value| self.fill_in(name, value));
        let headers: Vec<(&str, &str)> = sample
            .headers
            .iter()
            .filter(|(name, _)| *name != "Content-Length")
            .map(|(name, value)| match &**value {
                "<page origin>" => (&**name, "http://page.test"),
                "<CFNetwork default>" => (&**name, "gzip, deflate"),
                value => (&**name, value),
            })
            .collect();
        let body = encode(&body, sample.body_encoding.as_deref().unwrap_or_default());
        if sample.method == "GET" && body.is_empty() {
            return head("GET", &sample.path, &headers);
        }
        request(&sample.method, &sample.path, &headers, body)
    }

    fn fill_in(&self, name: &str, value: &mut Value) {
        match (name, &self.other) {
            ("id", Some((other, _))) => {
                *value = other.clone().into();
                return;
            }
            ("roomnum", Some((_, other))) => {
                *value = (*other).into();
                return;
            }
            _ => {}
        }
        match name {
            "token" => *value = self.token.clone().into(),
            "id" | "uid" | "s_uid" | "identifier" => *value = self.id.clone().into(),
            "roomnum" | "current_roomnum" | "groupid" if *value == 10001 => {
                *value = self.room.into()
            }
            "roomnum" | "groupid" if *value == "10001" => *value = self.room.to_string().into(),
            _ => {}
        }
    }

    fn take(&mut self, step: &Step, line: &mut Raw) -> Answer {
        let sample = &SAMPLES[step.sample];
        let response = line.response();
        let answer = response.answer();
        let what = format!("{} {}/{}: {answer:?}", self.client, sample.svc, sample.cmd);
        assert_eq!(answer.code, step.expected, "{what}");
        let envelope = serde_json::from_slice(&response.body).expect("JSON");
        let complaints = complaints(&sample.reads, response.header("content-type"), &envelope);
        assert!(complaints.is_empty(), "{what} breaks {complaints:?}");
        match &*sample.cmd {
            "login" | "authPrivMap" => {
                self.token = answer.data["token"].as_str().expect("a text").to_owned()
            }
            "create" => {
                self.room = answer.data["roomnum"].as_i64().expect("a number");
                assert_eq!(answer.data["groupid"], *self.room.to_string(), "{what}");
            }
            _ => {}
        }
        answer
    }
}

/// A body in the notation of its client.
fn encode(body: &Json, encoding: &str) -> Vec<u8> {
    if *body == Json::null() || *body == Json::Leaf("".into()) {
        return Vec::new();
    }
    let mut text = if encoding.starts_with("pretty-printed") {
        pretty(body, Apple(PrettyFormatter::new()))
    } else if encoding.starts_with("indented") {
        pretty(body, PrettyFormatter::with_indent(b"    ")) + "\n"
    } else {
        serde_json::to_string(body).expect("JSON")
    };
    if encoding.contains("escaped as") {
        text = text.replace('/', "\\/");
    }
    text.into_bytes()
}

fn pretty(body: &Json, formatter: impl Formatter) -> String {
    let mut text = Vec::new();
    let written = body.serialize(&mut Serializer::with_formatter(&mut text, formatter));
    written.expect("JSON");
    String::from_utf8(text).expect("UTF-8")
}

/// JSON as Apple's libraries print it: indented, with a blank on both sides of the colon.
struct Apple(PrettyFormatter<'static>);

impl Formatter for Apple {
    fn begin_object<W: ?Sized + std::io::Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        self.0.begin_object(to)
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        self.0.begin_object_key(to, first)
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        to: &mut W,
    ) -> std::io::Result<()> {
        to.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + std::io::Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        self.0.end_object_value(to)
    }

    fn end_object<W: ?Sized + std::io::Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        self.0.end_object(to)
    }
}

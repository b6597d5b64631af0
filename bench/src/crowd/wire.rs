//! What the crowd says in the old protocol, and what answers of both protocols say.

use std::io::Write;

use serde_json::{Value, json};

use super::command::Command;
use crate::connection;

/// The password of everybody in a crowd.
const PASSWORD: &str = "crowd-secret";

/// The largest page of a list.
pub(crate) const PAGE: usize = 50;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) command: Command,
    to: To,
    body: Vec<u8>,
}

/// How a request is addressed.
#[derive(Clone, Debug)]
enum To {
    /// By the query.
    Old,
    /// By method and path, with the token of who asks, and the key of what is to be done once.
    Modern {
        method: &'static str,
        path: String,
        token: String,
        key: Option<String>,
    },
}

impl Request {
    /// A request of the old protocol.
    pub(crate) fn old(command: Command, body: &Value) -> Self {
        Self {
            command,
            to: To::Old,
            body: body.to_string().into_bytes(),
        }
    }

    /// A request of the live API, with `room` in its path.
    pub(crate) fn modern(command: Command, token: &str, room: i64, body: &Value) -> Self {
        let (method, path) = command.address().split_once(' ').unwrap_or_default();
        let is_bare = matches!(method, "GET" | "DELETE");
        Self {
            command,
            to: To::Modern {
                method,
                path: path.replace("{room}", &room.to_string()),
                token: token.to_owned(),
                key: None,
            },
            body: if is_bare {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        }
    }

    /// The same, to be done once, however often it arrives with that key.
    pub(crate) fn once(mut self, name: String) -> Self {
        if let To::Modern { key, .. } = &mut self.to {
            *key = Some(name);
        }
        self
    }

    /// The same, with that query.
    pub(crate) fn with_query(mut self, query: &str) -> Self {
        if let To::Modern { path, .. } = &mut self.to {
            path.push('?');
            path.push_str(query);
        }
        self
    }

    /// Writes it. `old_path` is that of the old protocol.
    pub(crate) fn write(&self, host: &str, old_path: &str, buffer: &mut Vec<u8>) {
        let To::Modern {
            method,
            path,
            token,
            key,
        } = &self.to
        else {
            let query = self.command.address();
            connection::post(host, old_path, query, &self.body, buffer);
            return;
        };
        let length = self.body.len();
        // Writing to memory does not fail.
        let _ = write!(buffer, "{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
        let _ = write!(buffer, "Content-Length: {length}\r\n");
        if !token.is_empty() {
            let _ = write!(buffer, "Authorization: Bearer {token}\r\n");
        }
        if let Some(key) = key {
            let _ = write!(buffer, "Idempotency-Key: {key}\r\n");
        }
        buffer.extend_from_slice(b"\r\n");
        buffer.extend_from_slice(&self.body);
    }
}

/// The beginning of all ids of one crowd.
pub(crate) fn ids(seed: u64) -> String {
    format!("crowd{seed}-")
}

/// The id of a person. `ids` is from [`ids`].
pub(crate) fn id(ids: &str, who: usize) -> String {
    format!("{ids}{who:06}")
}

/// The person with an id, if they are of this crowd.
pub(crate) fn person(ids: &str, id: &str) -> Option<usize> {
    id.strip_prefix(ids)?.parse().ok()
}

pub(crate) fn account(id: &str) -> Value {
    json!({"id": id, "pwd": PASSWORD})
}

pub(crate) fn create(token: &str) -> Value {
    json!({"token": token, "type": "live"})
}

pub(crate) fn announce(token: &str, room: i64, host: &str) -> Value {
    json!({"token": token, "room": {
        "title": format!("Live of {host}"), "type": "live", "roomnum": room, "groupid": room.to_string(),
        "cover": "", "appid": 1_400_000_000, "device": 1, "videotype": 0,
    }})
}

/// Entering a room as a viewer, or leaving it.
pub(crate) fn presence(token: &str, id: &str, room: i64, is_leaving: bool) -> Value {
    json!({"token": token, "id": id, "roomnum": room, "role": 0, "operate": u8::from(is_leaving)})
}

pub(crate) fn beat(token: &str, room: i64, role: u8, likes: u64) -> Value {
    json!({"token": token, "roomnum": room, "role": role, "thumbup": likes})
}

pub(crate) fn exit(token: &str, room: i64) -> Value {
    json!({"token": token, "roomnum": room, "type": "live"})
}

pub(crate) fn members(token: &str, room: i64, index: usize) -> Value {
    json!({"token": token, "roomnum": room, "index": index, "size": PAGE})
}

pub(crate) fn lives(token: &str, index: usize) -> Value {
    json!({"token": token, "type": "live", "index": index, "size": PAGE})
}

/// What an answer says.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// 0 if it was done. Refusals have the same numbers in both protocols.
    pub(crate) code: i64,
    pub(crate) info: String,
    data: Value,
}

impl Said {
    /// `None` if zaibo does not answer in this form.
    pub(crate) fn parse(command: Command, status: u16, body: &[u8]) -> Option<Self> {
        if command.is_modern() {
            return Self::modern(status, body);
        }
        let mut answer: Value = serde_json::from_slice(body).ok()?;
        Some(Self {
            code: answer["errorCode"].as_i64()?,
            info: answer["errorInfo"].as_str()?.to_owned(),
            data: answer["data"].take(),
        })
    }

    fn modern(status: u16, body: &[u8]) -> Option<Self> {
        let data = match body {
            [] => Value::Null,
            body => serde_json::from_slice(body).ok()?,
        };
        if status < 300 {
            return Some(Self {
                code: 0,
                info: String::new(),
                data,
            });
        }
        Self::problem(&data)
    }

    /// A refusal of the live API.
    pub(crate) fn problem(problem: &Value) -> Option<Self> {
        let detail = problem["detail"].as_str().unwrap_or_default();
        Some(Self {
            code: problem["code"].as_i64()?,
            info: format!("{} {detail}", problem["reason"].as_str()?),
            data: Value::Null,
        })
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.data["token"].as_str()
    }

    pub(crate) fn room(&self) -> Option<i64> {
        let room = self.data["roomnum"].as_i64();
        room.or_else(|| self.data["room"].as_i64())
    }

    /// The room of the live API that this is.
    pub(crate) fn into_data(self) -> Value {
        self.data
    }

    fn rows(&self, name: &str) -> Option<(u64, &Vec<Value>)> {
        self.data["total"].as_u64().zip(self.data[name].as_array())
    }

    /// A page of members, each with their role, and the number of all.
    pub(crate) fn members(&self) -> Option<(u64, Vec<(&str, i64)>)> {
        let (total, rows) = self.rows("idlist")?;
        let member = |row: &'_ Value| row["role"].as_i64();
        let rows = rows.iter().map(|row| row["id"].as_str().zip(member(row)));
        Some((total, rows.collect::<Option<_>>()?))
    }

    /// A page of lives, and the number of all.
    pub(crate) fn lives(&self) -> Option<(u64, Vec<Listed>)> {
        let (total, rows) = self.rows("rooms")?;
        let live = |row: &Value| {
            let info = &row["info"];
            Some(Listed {
                number: info["roomnum"].as_i64()?,
                members: info["memsize"].as_u64()?,
                likes: info["thumbup"].as_u64()?,
            })
        };
        Some((total, rows.iter().map(live).collect::<Option<_>>()?))
    }
}

/// A row of the list of lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) number: i64,
    pub(crate) members: u64,
    pub(crate) likes: u64,
}

//! The commands that the crowd sends, and what their answers say.

use serde_json::{Value, json};

/// A command of the old protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Register,
    LogIn,
    Create,
    Announce,
    Enter,
    Beat,
    Leave,
    Exit,
    Members,
    Lives,
}

impl Command {
    pub(crate) const ALL: [Self; 10] = [
        Self::Register,
        Self::LogIn,
        Self::Create,
        Self::Announce,
        Self::Enter,
        Self::Beat,
        Self::Leave,
        Self::Exit,
        Self::Members,
        Self::Lives,
    ];

    /// The query of its address.
    pub(crate) fn query(self) -> &'static str {
        match self {
            Self::Register => "svc=account&cmd=regist",
            Self::LogIn => "svc=account&cmd=login",
            Self::Create => "svc=live&cmd=create",
            Self::Announce => "svc=live&cmd=reportroom",
            Self::Enter | Self::Leave => "svc=live&cmd=reportmemid",
            Self::Beat => "svc=live&cmd=heartbeat",
            Self::Exit => "svc=live&cmd=exitroom",
            Self::Members => "svc=live&cmd=roomidlist",
            Self::Lives => "svc=live&cmd=roomlist",
        }
    }

    /// Its name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enter => "reportmemid, entering",
            Self::Leave => "reportmemid, leaving",
            _ => self.query().rsplit('=').next().unwrap_or_default(),
        }
    }

    /// Whether the crowd gathers by it, before the show. It costs a password hash.
    pub(crate) fn is_gathering(self) -> bool {
        matches!(self, Self::Register | Self::LogIn)
    }
}

/// The password of everybody in a crowd.
const PASSWORD: &str = "crowd-secret";

/// The largest page of a list.
pub(crate) const PAGE: usize = 50;

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

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) code: i64,
    pub(crate) info: String,
    data: Value,
}

impl Said {
    /// `None` if zaibo does not answer in this form.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let mut answer: Value = serde_json::from_slice(body).ok()?;
        Some(Self {
            code: answer["errorCode"].as_i64()?,
            info: answer["errorInfo"].as_str()?.to_owned(),
            data: answer["data"].take(),
        })
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.data["token"].as_str()
    }

    pub(crate) fn room(&self) -> Option<i64> {
        self.data["roomnum"].as_i64()
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

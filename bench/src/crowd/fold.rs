//! The state of a room, folded from the frames of push by the rule that clients follow. It is as strict as
//! that rule: what does not go on where the state was is a gap, and only a snapshot mends it.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

#[cfg(test)]
mod tests;

/// How far the events of a room are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) inc: String,
    pub(crate) seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.inc, self.seq)
    }
}

/// The figures of a room that push tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) members: u64,
    pub(crate) likes: u64,
}

/// A frame of the server.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    Snapshot(Box<State>, Why),
    Resumed(Position),
    Events {
        inc: String,
        from: u64,
        to: u64,
        events: Vec<Event>,
    },
    Bye {
        code: u64,
        reason: String,
    },
    /// The answer to what the client said with that number; a problem if it was not done.
    Answer {
        id: Option<u64>,
        problem: Option<Value>,
    },
    /// Of no meaning here.
    Other,
}

/// Why a snapshot came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    First,
    Gap,
    Other,
}

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    seq: u64,
    pub(crate) change: Change,
}

/// What has changed.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Joined {
        uid: String,
        role: Role,
        members: u64,
    },
    Left {
        uid: String,
        is_wish: bool,
        members: u64,
    },
    Role {
        uid: String,
        role: Role,
    },
    Crowd {
        members: u64,
    },
    Likes(u64),
    Ended,
    /// Nothing that is compared.
    Other,
}

/// What a member does in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Host,
    Linked,
    Viewer,
}

impl Role {
    fn parse(value: &Value) -> Self {
        match value.as_str() {
            Some("host") => Self::Host,
            Some("linked") => Self::Linked,
            _ => Self::Viewer,
        }
    }

    /// Its number in the old protocol.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Host => 1,
            Self::Linked => 2,
            Self::Viewer => 0,
        }
    }
}

/// A room as its reader knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// `None` before the first snapshot.
    pub(crate) position: Option<Position>,
    /// Changes were missed: only a snapshot helps.
    pub(crate) is_stale: bool,
    pub(crate) counts: Counts,
    /// Whether `rows` are all members. In a crowd they are the host and who is on mic.
    pub(crate) is_complete: bool,
    pub(crate) has_ended: bool,
    pub(crate) rows: BTreeMap<String, Role>,
}

/// What a frame did to a state.
#[derive(Debug)]
pub(crate) enum Folded<'f> {
    /// These events are new.
    News(&'f [Event]),
    /// The state is that of a snapshot now.
    Anew(Why),
    /// The server goes on from that position; whether the state is of the same.
    Resumed(bool),
    /// It does not go on where the state was: what was expected, and what came.
    Gap(String),
    Nothing,
}

impl State {
    /// Takes a frame.
    pub(crate) fn fold<'f>(&mut self, frame: &'f Frame) -> Folded<'f> {
        match frame {
            Frame::Snapshot(state, why) => {
                *self = State::clone(state);
                Folded::Anew(*why)
            }
            Frame::Resumed(at) => Folded::Resumed(self.position.as_ref() == Some(at)),
            Frame::Events {
                inc,
                from,
                to,
                events,
            } => self.follow(inc, *from, *to, events),
            Frame::Bye { .. } | Frame::Answer { .. } | Frame::Other => Folded::Nothing,
        }
    }

    fn follow<'f>(&mut self, inc: &str, from: u64, to: u64, events: &'f [Event]) -> Folded<'f> {
        if self.is_stale {
            return Folded::Nothing;
        }
        let seq = match &mut self.position {
            Some(at) if at.inc == inc && from <= at.seq + 1 => {
                let before = at.seq;
                at.seq = before.max(to);
                before
            }
            position => {
                let known = position.as_ref().map(ToString::to_string);
                let known = known.unwrap_or_default();
                self.is_stale = true;
                return Folded::Gap(format!("{inc}:{from} to {to} after {known}"));
            }
        };
        let fresh = &events[events.partition_point(|event| event.seq <= seq)..];
        for event in fresh {
            self.apply(&event.change);
        }
        Folded::News(fresh)
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Joined { uid, role, members } => {
                self.put(uid, *role);
                self.counts.members = *members;
            }
            Change::Left { uid, members, .. } => {
                self.rows.remove(uid);
                self.counts.members = *members;
            }
            Change::Role { uid, role } => self.put(uid, *role),
            Change::Crowd { members } => {
                self.counts.members = *members;
                self.is_complete = false;
                self.rows.retain(|_, role| *role != Role::Viewer);
            }
            Change::Likes(likes) => self.counts.likes = *likes,
            Change::Ended => self.has_ended = true,
            Change::Other => {}
        }
    }

    fn put(&mut self, uid: &str, role: Role) {
        if role == Role::Viewer && !self.is_complete {
            // In a crowd, plain viewers are not listed.
            self.rows.remove(uid);
        } else {
            self.rows.insert(uid.to_owned(), role);
        }
    }
}

impl Frame {
    /// Reads a frame; `None` if zaibo does not tell in this form.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let frame: Value = serde_json::from_slice(text).ok()?;
        Some(match frame["t"].as_str()? {
            "snapshot" => {
                let why = match frame["why"].as_str()? {
                    "first" => Why::First,
                    "gap" => Why::Gap,
                    _ => Why::Other,
                };
                Self::Snapshot(Box::new(State::parse(&frame)?), why)
            }
            "resumed" => Self::Resumed(position(&frame)?),
            "events" => Self::Events {
                inc: text_of(&frame["inc"])?,
                from: frame["from"].as_u64()?,
                to: frame["to"].as_u64()?,
                events: all(&frame["events"], Event::parse)?,
            },
            "bye" => Self::Bye {
                code: frame["code"].as_u64()?,
                reason: text_of(&frame["reason"])?,
            },
            "ok" => Self::Answer {
                id: frame["id"].as_u64(),
                problem: None,
            },
            "err" => Self::Answer {
                id: frame["id"].as_u64(),
                problem: Some(frame["problem"].clone()),
            },
            _ => Self::Other,
        })
    }
}

impl State {
    fn parse(snapshot: &Value) -> Option<Self> {
        let (room, members) = (&snapshot["room"], &snapshot["members"]);
        let row = |row: &Value| Some((text_of(&row["uid"])?, Role::parse(&row["role"])));
        Some(Self {
            position: Some(position(snapshot)?),
            is_stale: false,
            counts: Counts {
                members: members["total"].as_u64()?,
                likes: room["likes"].as_u64()?,
            },
            is_complete: members["complete"].as_bool()?,
            has_ended: room["state"] == "ended",
            rows: all(&members["items"], row)?.into_iter().collect(),
        })
    }
}

impl Event {
    fn parse(event: &Value) -> Option<Self> {
        let uid = || text_of(&event["uid"]);
        let role = || Role::parse(&event["role"]);
        let members = || event["members"].as_u64();
        let change = match event["type"].as_str()? {
            "member.joined" => Change::Joined {
                uid: uid()?,
                role: role(),
                members: members()?,
            },
            "member.left" => Change::Left {
                uid: uid()?,
                is_wish: event["reason"] == "leave",
                members: members()?,
            },
            "member.role" => Change::Role {
                uid: uid()?,
                role: role(),
            },
            "members.changed" => Change::Crowd {
                members: members()?,
            },
            "likes" => Change::Likes(event["likes"].as_u64()?),
            "room.ended" => Change::Ended,
            _ => Change::Other,
        };
        let seq = event["seq"].as_u64()?;
        Some(Self { seq, change })
    }
}

/// Where a frame, or an answer of the live API, says that the events of its room are.
pub(crate) fn position(value: &Value) -> Option<Position> {
    Some(Position {
        inc: text_of(&value["inc"])?,
        seq: value["seq"].as_u64()?,
    })
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn all<T>(list: &Value, parse: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    list.as_array()?.iter().map(parse).collect()
}

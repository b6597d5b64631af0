//! What a client sends by WebSocket.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::super::body::parse;
use super::super::members::{claim, keep};
use super::super::problem::Problem;
use super::super::shape::whole;
use crate::domain::RoleClaim;

/// The first frame of a client without a ticket.
#[derive(Deserialize)]
pub(super) struct Auth {
    /// Their token.
    pub(super) token: String,
    /// From where they read on.
    #[serde(default)]
    pub(super) since: Option<String>,
    /// The same of their own stream; empty if they have seen nothing of it.
    #[serde(default)]
    pub(super) you: Option<String>,
}

impl Auth {
    /// Reads it. `None` if it is another frame.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let Tag { t, .. } = parse(text).ok()?;
        parse(text).ok().filter(|_| t == "auth")
    }
}

/// A frame of a client who was let in.
#[derive(Debug)]
pub(super) enum Command {
    /// A sign of life, and what a beat says.
    Beat {
        id: Value,
        role: RoleClaim,
        likes: Option<u32>,
    },
    /// The client lost track and wants to be told how everything is now.
    Resync,
    /// Answered with its id.
    Ping { id: Value },
}

/// Why a text is no command.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It is no JSON.
    NoJson,
    /// The frame with that id has a wrong field.
    Field(Value, Problem),
}

#[derive(Deserialize)]
struct Tag {
    t: String,
    #[serde(default)]
    id: Value,
}

#[derive(Deserialize)]
struct Beat {
    #[serde(default = "keep", deserialize_with = "claim")]
    role: RoleClaim,
    #[serde(default, deserialize_with = "whole")]
    likes: Option<u32>,
}

impl Command {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &[u8]) -> Result<Self, Wrong> {
        if serde_json::from_slice::<IgnoredAny>(text).is_err() {
            return Err(Wrong::NoJson);
        }
        let Tag { t, id } = fields(text, Value::Null)?;
        match t.as_str() {
            "beat" => {
                let Beat { role, likes } = fields(text, id.clone())?;
                Ok(Self::Beat { id, role, likes })
            }
            "resync" => Ok(Self::Resync),
            "ping" => Ok(Self::Ping { id }),
            _ => {
                let problem = Problem::field("/t".to_owned(), "expected a known frame");
                Err(Wrong::Field(id, problem))
            }
        }
    }
}

fn fields<T: DeserializeOwned>(text: &[u8], id: Value) -> Result<T, Wrong> {
    parse(text).map_err(|problem| Wrong::Field(id, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The id and the place of what is wrong with a frame.
    fn wrong(text: &str) -> (Value, String) {
        match Command::read(text.as_bytes()) {
            Err(Wrong::Field(id, problem)) => (id, format!("{problem:?}")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_field_is_told_with_the_id_of_its_frame() {
        for (text, place) in [
            (r#"{"t":"beat","id":5,"role":"host"}"#, "/role"),
            (r#"{"t":"beat","id":5,"role":null}"#, "/role"),
            (r#"{"t":"beat","id":5,"likes":-1}"#, "/likes"),
            (r#"{"t":"beat","id":5,"likes":"many"}"#, "/likes"),
            (r#"{"t":"dance","id":5}"#, "/t"),
        ] {
            let (id, problem) = wrong(text);
            assert_eq!(id, 5, "{text}");
            assert!(problem.contains(place), "{text}: {problem}");
        }
        for text in ["{}", "[]", "7", r#"{"t":7}"#] {
            assert_eq!(wrong(text).0, Value::Null, "{text}");
        }
        assert!(matches!(Command::read(b"no JSON"), Err(Wrong::NoJson)));
    }

    #[test]
    fn only_the_frame_of_that_name_says_who_somebody_is() {
        assert!(Auth::read(br#"{"t":"auth","token":"a"}"#).is_some());
        for other in [r#"{"t":"ping","token":"a"}"#, r#"{"t":"auth"}"#, "{}", "?"] {
            assert!(Auth::read(other.as_bytes()).is_none(), "{other}");
        }
    }
}

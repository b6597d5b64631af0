//! What the video cloud literally says: its events, and the acknowledgements it wants to hear.
//!
//! [`UnverifiedEvent`] is a body that was parsed and not yet believed. Who believes its signature makes a
//! [`CloudEvent`] of it; one file per sender knows which members matter. Members of the wrong type
//! count as absent: the cloud's own samples send one and the same number as a number and as text.

mod body;
mod im;
mod live;
mod members;
mod trtc;
mod vod;

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use self::members::Members;
use super::code::{FAULT, code};
use crate::domain::{CloudEvent, EventKind, Place, Refusal, Sender, UnixTime};

/// The longest name of a kind of event.
const MAX_EVENT_BYTES: usize = 64;

/// Members that differ between repetitions of one event.
const VOLATILE: [&str; 4] = ["t", "sign", "CallbackTs", "CallbackMsTs"];

/// A body that was parsed and not yet believed.
#[derive(Debug)]
pub struct UnverifiedEvent {
    members: Map<String, Value>,
    body: String,
}

/// What an event says, before its repetitions can be told from others.
struct Event {
    name: String,
    /// None: only the whole body tells one such event from another.
    key: Option<String>,
    place: Place,
    at: Option<UnixTime>,
    kind: EventKind,
}

/// The `sign` of live streaming, which covers nothing but its own expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpirySign {
    /// The expiry as text, as it is signed.
    pub t: String,
    /// The expiry, in seconds since 1970.
    pub expires: i64,
    /// The signature, in hexadecimal digits.
    pub sign: String,
}

impl UnverifiedEvent {
    /// Parses a body. What of it is not UTF-8 is replaced: pushers choose some of the texts, and
    /// an event is not to be lost for one of them.
    ///
    /// # Errors
    /// [`Refusal::NotJson`] for whatever is not a JSON object.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let (members, body) = body::parse(body).ok_or(Refusal::NotJson)?;
        Ok(Self { members, body })
    }

    /// The signature within the body, if it is there. `t` is a number in the cloud's samples and a
    /// text in its documents.
    pub fn expiry_sign(&self) -> Option<ExpirySign> {
        let members = Members::of(&self.members);
        Some(ExpirySign {
            t: members.id("t")?,
            expires: members.number("t")?,
            sign: members.text("sign")?.to_owned(),
        })
    }

    /// What the sender tells. `command` is what the address says of the event: instant messaging
    /// names it there as well.
    ///
    /// # Errors
    /// 10003 if the kind of event is not named.
    pub fn into_event(self, sender: Sender, command: Option<&str>) -> Result<CloudEvent, Refusal> {
        let members = Members::of(&self.members);
        let event = match sender {
            Sender::Live => live::event(members),
            Sender::Trtc => trtc::event(members),
            Sender::Vod => vod::event(members),
            Sender::Im => im::event(members, command),
        }?;
        if event.name.len() > MAX_EVENT_BYTES {
            return Err(Refusal::BadField("Invalid event type"));
        }
        Ok(CloudEvent {
            sender,
            key: event
                .key
                .unwrap_or_else(|| format!("{}/{}", event.name, digest(&self.members))),
            name: event.name,
            place: event.place,
            at: event.at,
            kind: event.kind,
            body: self.body,
        })
    }
}

/// A body as people want to look at it: indented, and without its signature.
pub fn for_people(body: &str) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(body) else {
        return body.to_owned();
    };
    if let Some(sign) = members.get_mut("sign") {
        *sign = Value::from("…");
    }
    serde_json::to_string_pretty(&members).unwrap_or_default()
}

/// A hash of everything but what differs between repetitions.
fn digest(members: &Map<String, Value>) -> String {
    let mut hasher = Sha256::new();
    for (name, value) in members {
        if !VOLATILE.contains(&name.as_str()) {
            hasher.update(name);
            hasher.update(value.to_string());
        }
    }
    base16ct::lower::encode_string(&hasher.finalize())
}

/// What every sender but instant messaging reads. Live streaming of 2016 wants `code`, clients of
/// the original's address read `errorCode`.
#[derive(Serialize)]
struct Acknowledgement<'a> {
    code: i32,
    #[serde(rename = "errorCode")]
    error_code: i32,
    #[serde(rename = "errorInfo")]
    error_info: &'a str,
}

/// What instant messaging reads.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImAcknowledgement<'a> {
    action_status: &'a str,
    error_info: &'a str,
    error_code: i32,
}

/// The event is kept.
pub fn accepted(sender: Sender) -> Vec<u8> {
    acknowledge(sender, (0, ""))
}

/// The event is not taken.
pub fn refused(sender: Sender, refusal: Refusal) -> Vec<u8> {
    acknowledge(sender, code(refusal))
}

/// The event could not be kept; the cloud is to send it again.
pub fn failed(sender: Sender) -> Vec<u8> {
    acknowledge(sender, FAULT)
}

fn acknowledge(sender: Sender, (code, info): (i32, &str)) -> Vec<u8> {
    let rendered = match sender {
        Sender::Live | Sender::Trtc | Sender::Vod => serde_json::to_vec(&Acknowledgement {
            code,
            error_code: code,
            error_info: info,
        }),
        Sender::Im => serde_json::to_vec(&ImAcknowledgement {
            action_status: if code == 0 { "OK" } else { "FAIL" },
            error_info: info,
            error_code: code,
        }),
    };
    rendered.expect("a struct of texts and numbers")
}

#[cfg(test)]
mod tests;

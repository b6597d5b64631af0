//! From the body of a callback to an event, as the video cloud sends it.
//!
//! [`UnverifiedEvent`] is a body that was parsed but whose signature was not checked. After the
//! check it becomes a [`CloudEvent`]; one file for each sender knows which members matter. Members
//! of the wrong type count as absent, because the cloud's own samples send the same number as a
//! number and as text.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::members::Members;
use super::parsed::ExpirySign;
use super::{body, im, live, trtc, vod};
use crate::domain::{CloudEvent, Sender};
use crate::http::failure::FormError;

/// The longest name of an event type, in bytes.
const MAX_EVENT_BYTES: usize = 64;

/// The longest key of an event, in bytes: a key of tables has a limit. A longer one, such as that of a
/// thousand deleted files, is replaced by its hash.
const MAX_KEY_BYTES: usize = 1024;

/// Members that differ when the cloud sends the same event again.
const VOLATILE: [&str; 4] = ["t", "sign", "CallbackTs", "CallbackMsTs"];

/// A body that was parsed but whose signature was not checked.
#[derive(Debug)]
pub(super) struct UnverifiedEvent {
    members: Map<String, Value>,
    body: String,
}

impl UnverifiedEvent {
    /// Parses a body. Bytes that are not UTF-8 are replaced, because users choose some of the texts
    /// and one bad text must not lose the event.
    ///
    /// # Errors
    /// [`FormError::NotJson`] if the body is not a JSON object.
    pub(super) fn parse(body: &[u8]) -> Result<Self, FormError> {
        let (members, body) = body::parse(body).ok_or(FormError::NotJson)?;
        Ok(Self { members, body })
    }

    /// The signature in the body, if there is one. `t` is a number in the cloud's samples and a
    /// text in its documents.
    pub(super) fn expiry_sign(&self) -> Option<ExpirySign> {
        let members = Members::of(&self.members);
        Some(ExpirySign {
            t: members.id("t")?,
            expires: members.number("t")?,
            sign: members.text("sign")?.to_owned(),
        })
    }

    /// The event that the sender reports. `command` is the event's name in the query; instant
    /// messaging sends it there as well as in the body.
    ///
    /// # Errors
    /// 10003 if the event type is missing or too long.
    pub(super) fn into_event(
        self,
        sender: Sender,
        command: Option<&str>,
    ) -> Result<CloudEvent, FormError> {
        let members = Members::of(&self.members);
        let event = match sender {
            Sender::Live => live::event(members),
            Sender::Trtc => trtc::event(members),
            Sender::Vod => vod::event(members),
            Sender::Im => im::event(members, command),
        }?;
        if event.name.len() > MAX_EVENT_BYTES {
            return Err(FormError::field("EventType", "Invalid event type"));
        }
        let key = match event.key {
            Some(key) if key.len() <= MAX_KEY_BYTES => key,
            Some(key) => format!("{}/{}", event.name, hex(&Sha256::digest(key))),
            None => format!("{}/{}", event.name, digest(&self.members)),
        };
        Ok(CloudEvent {
            sender,
            key,
            name: event.name,
            place: event.place,
            at: event.at,
            kind: event.kind,
            body: self.body,
        })
    }
}

/// A body formatted for people: indented, and with its signature hidden.
pub fn for_people(body: &str) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(body) else {
        return body.to_owned();
    };
    if let Some(sign) = members.get_mut("sign") {
        *sign = Value::from("…");
    }
    serde_json::to_string_pretty(&members).unwrap_or_default()
}

/// A hash of all members except those that differ when the event is sent again.
fn digest(members: &Map<String, Value>) -> String {
    let mut hasher = Sha256::new();
    for (name, value) in members {
        if !VOLATILE.contains(&name.as_str()) {
            hasher.update(name);
            hasher.update(value.to_string());
        }
    }
    hex(&hasher.finalize())
}

fn hex(hash: &[u8]) -> String {
    base16ct::lower::encode_string(hash)
}

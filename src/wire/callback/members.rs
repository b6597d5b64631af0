//! The members of a JSON object, as leniently as the cloud uses types.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::domain::{Place, RoomNum, StreamName, UnixTime};

/// The members of an object; all absent if there is none.
#[derive(Clone, Copy)]
pub(super) struct Members<'v>(Option<&'v Map<String, Value>>);

impl<'v> Members<'v> {
    pub(super) fn of(members: &'v Map<String, Value>) -> Self {
        Self(Some(members))
    }

    /// The object of that name.
    pub(super) fn object(self, name: &str) -> Self {
        Self(self.get(name).and_then(Value::as_object))
    }

    /// The items of the list of that name.
    pub(super) fn items(self, name: &str) -> &'v [Value] {
        self.get(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// A text that is not empty.
    pub(super) fn text(self, name: &str) -> Option<&'v str> {
        self.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A whole number, as a number or as text.
    pub(super) fn number(self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A size or a length: not negative.
    pub(super) fn amount(self, name: &str) -> Option<i64> {
        self.number(name).filter(|amount| *amount >= 0)
    }

    /// An id, as a text or as a number.
    pub(super) fn id(self, name: &str) -> Option<String> {
        id(self.get(name)?)
    }

    /// Seconds since 1970; not from before the cloud.
    pub(super) fn seconds(self, name: &str) -> Option<UnixTime> {
        self.number(name)
            .filter(|at| *at > 0)
            .map(UnixTime::from_secs)
    }

    /// Milliseconds since 1970.
    pub(super) fn millis(self, name: &str) -> Option<i64> {
        self.number(name).filter(|at| *at > 0)
    }

    /// An address that a browser or player can be given.
    pub(super) fn web_address(self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let is_web = ["http://", "https://"].iter().any(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        let clean = !text
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace());
        (is_web && clean).then(|| text.to_owned())
    }

    fn get(self, name: &str) -> Option<&'v Value> {
        self.0?.get(name)
    }
}

/// An id, as a text that is not empty or as a number.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A room's number in digits, the whole text of it: the original took `10003abc` for 10003.
pub(super) fn room_number(text: &str) -> Option<RoomNum> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    RoomNum::new(text.parse().ok().filter(|_| digits)?)
}

/// The place that a stream's id and the parameters of its push name: `groupid` is the room,
/// `userid` whose stream it is, in base64.
pub(super) fn place(stream: Option<&str>, parameters: Option<&str>) -> Place {
    let mut place = Place {
        stream: stream.and_then(StreamName::of_id),
        ..Place::default()
    };
    let parameters = parameters.unwrap_or_default();
    for (name, value) in form_urlencoded::parse(parameters.trim_start_matches('?').as_bytes()) {
        match &*name {
            "groupid" => place.room = room_number(&value),
            "userid" => {
                // A `+` that was not escaped has become a blank.
                let uid = STANDARD.decode(value.replace(' ', "+")).ok();
                place.uid = uid.and_then(|uid| String::from_utf8(uid).ok());
            }
            _ => {}
        }
    }
    place
}

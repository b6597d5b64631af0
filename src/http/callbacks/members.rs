//! The members of a JSON object, as leniently as the cloud uses types.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::domain::{Place, RoomNum, StreamName, UnixTime};

/// The longest address that is given to a client.
const MAX_ADDRESS_BYTES: usize = 4096;

/// What stands in the cloud's addresses and may not stand in an address. Letters beyond ASCII are
/// escaped as well.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ');

/// Base64 with its padding or without.
const PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDED_OR_NOT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDED_OR_NOT);

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

    /// A size or a length: not negative. Of a fraction the whole part counts.
    pub(super) fn amount(self, name: &str) -> Option<i64> {
        let fraction = || match self.get(name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let whole = |amount: f64| (0.0..1e15).contains(&amount).then_some(amount as i64);
        let amount = self.number(name).or_else(|| fraction().and_then(whole));
        amount.filter(|amount| *amount >= 0)
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

    /// An address that a browser or player can be given. What can be mended is: blanks around it
    /// go, blanks and letters beyond ASCII within it are escaped, and what names no scheme is
    /// fetched by https, which every player of today takes.
    pub(super) fn web_address(self, name: &str) -> Option<String> {
        let text = self.text(name)?.trim();
        let whole = match text.strip_prefix("//") {
            Some(rest) => format!("https://{rest}"),
            None => text.to_owned(),
        };
        let (scheme, rest) = whole.split_once("://")?;
        let is_web = ["http", "https"]
            .iter()
            .any(|web| scheme.eq_ignore_ascii_case(web));
        let has_host = rest.starts_with(|first: char| first.is_alphanumeric() || first == '[');
        let address = utf8_percent_encode(&whole, ESCAPED).to_string();
        (is_web && has_host && address.len() <= MAX_ADDRESS_BYTES).then_some(address)
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
/// `userid` whose stream it is. The id of a stream of TRTC names its room by itself.
pub(super) fn place(stream: Option<&str>, parameters: Option<&str>) -> Place {
    let mut place = Place {
        room: stream.and_then(StreamName::room_in),
        stream: stream.and_then(StreamName::from_id),
        ..Place::default()
    };
    let parameters = parameters.unwrap_or_default();
    // Video on demand gives the whole address of the push.
    let parameters = parameters
        .rsplit_once('?')
        .map_or(parameters, |(_, query)| query);
    for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
        match &*name {
            "groupid" => place.room = room_number(&value).or(place.room),
            "userid" => place.uids = readings(&value),
            _ => {}
        }
    }
    place
}

/// What a `userid` may mean: base64 of whichever alphabet, or the id itself. A text that reads as
/// both cannot be told apart, so all its readings are kept.
fn readings(userid: &str) -> Vec<String> {
    // A `+` that was not escaped has become a blank.
    let coded = userid.replace(' ', "+");
    let decoded = [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| alphabet.decode(&coded).ok())
        .and_then(|uid| String::from_utf8(uid).ok());
    decoded.into_iter().chain([userid.to_owned()]).collect()
}

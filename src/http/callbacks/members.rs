//! The members of a JSON object, read as leniently as the cloud's use of types demands.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::domain::{Place, RoomNum, StreamName, UnixTime};

/// The longest URL that is passed on to clients, in bytes.
const MAX_ADDRESS_BYTES: usize = 4096;

/// The longest id of the cloud. Real ones are a third of it; a longer text counts as absent, because
/// ids are keys of tables.
pub(super) const MAX_ID_BYTES: usize = 255;

/// Characters that occur in the cloud's URLs and are escaped. Characters beyond ASCII are always
/// escaped.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ');

/// Base64 with or without padding.
const PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDED_OR_NOT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDED_OR_NOT);

/// The members of an object. If there is no object, all of them are absent.
#[derive(Clone, Copy)]
pub(super) struct Members<'v>(Option<&'v Map<String, Value>>);

impl<'v> Members<'v> {
    pub(super) fn of(members: &'v Map<String, Value>) -> Self {
        Self(Some(members))
    }

    /// The object of this name.
    pub(super) fn object(self, name: &str) -> Self {
        Self(self.get(name).and_then(Value::as_object))
    }

    /// The items of the list of this name.
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

    /// A whole number, sent as a number or as text.
    pub(super) fn number(self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A size or a duration: never negative. A fraction is rounded down.
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

    /// An id, sent as a text or as a number.
    pub(super) fn id(self, name: &str) -> Option<String> {
        id(self.get(name)?)
    }

    /// A time in seconds since 1970. 0 and negative numbers count as absent.
    pub(super) fn seconds(self, name: &str) -> Option<UnixTime> {
        self.number(name)
            .filter(|at| *at > 0)
            .map(UnixTime::from_secs)
    }

    /// A time in milliseconds since 1970. 0 and negative numbers count as absent.
    pub(super) fn millis(self, name: &str) -> Option<i64> {
        self.number(name).filter(|at| *at > 0)
    }

    /// A URL that browsers and players can load. Small defects are repaired: surrounding blanks are
    /// removed, blanks and characters beyond ASCII within it are escaped, and `https:` is added to
    /// a URL that begins with `//`.
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

/// An id, sent as a number or as a text that is not empty.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() && text.len() <= MAX_ID_BYTES => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A room number in digits. The whole text has to be the number; the original server took
/// `10003abc` for 10003.
pub(super) fn room_number(text: &str) -> Option<RoomNum> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    RoomNum::new(text.parse().ok().filter(|_| digits)?)
}

/// The room, stream and host that a stream id and the parameters of its push name: `groupid` is the
/// room, `userid` the host. The stream id of TRTC contains its room as well.
pub(super) fn place(stream: Option<&str>, parameters: Option<&str>) -> Place {
    let stream = stream.filter(|id| id.len() <= MAX_ID_BYTES);
    let mut place = Place {
        room: stream.and_then(StreamName::room_in),
        stream: stream.and_then(StreamName::from_id),
        ..Place::default()
    };
    let parameters = parameters.unwrap_or_default();
    // Video on demand sends the whole URL of the push.
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

/// The user ids that a `userid` may mean: decoded from either base64 alphabet, or the text itself.
/// A text that fits both is ambiguous, so both readings are returned.
fn readings(userid: &str) -> Vec<String> {
    // The query parser turns a `+` that was not escaped into a blank.
    let coded = userid.replace(' ', "+");
    let decoded = [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| alphabet.decode(&coded).ok())
        .and_then(|uid| String::from_utf8(uid).ok());
    decoded.into_iter().chain([userid.to_owned()]).collect()
}

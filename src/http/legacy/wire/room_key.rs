//! `account/authPrivMap`: returns a room key; the iOS and macOS apps and one web build use it.
//!
//! It is not in the API document. Clients send the password and no token, and the fields are
//! checked in the order of the original server.

use serde::Serialize;

use super::json::{Fields, Value};
use crate::domain::{AppId, Privileges, RoomNum, Uid};
use crate::http::failure::FormError;
use crate::service::{Credentials, RoomKeyRequest};

/// How long a key is valid, in seconds: the default, the minimum and the maximum.
const LIFE_S: u32 = 600;
const SHORTEST_LIFE_S: u32 = 60;
const LONGEST_LIFE_S: u32 = 24 * 60 * 60;

/// The field of each right, in the order of the bits.
const RIGHTS: [&str; 8] = [
    "UPB_CREATE",
    "UPB_ENTER",
    "UPB_SEND_AUDIO",
    "UPB_RECV_AUDIO",
    "UPB_SEND_VIDEO",
    "UPB_RECV_VIDEO",
    "UPB_SEND_ASSIST",
    "UPB_RECV_ASSIST",
];

/// Parses the fields of `account/authPrivMap`.
///
/// # Errors
/// 10003 with the text of the field.
pub fn parse_room_key<'f>(fields: &'f Fields<'_>) -> Result<RoomKeyRequest<'f>, FormError> {
    let password = fields.text("pwd", "Lack of pwd", "Invalid pwd")?;
    let wrong_room = " Invalid roomnum";
    let number = fields.int("roomnum", "Lack of roomnum", wrong_room)?;
    let number = RoomNum::new(number).ok_or(FormError::field("roomnum", wrong_room))?;
    let by_text = match fields.optional_text("strRoomId", wrong_room)? {
        "" => false,
        text if text == number.to_string() => true,
        _ => return Err(FormError::field("strRoomId", wrong_room)),
    };
    Ok(RoomKeyRequest {
        who: Credentials {
            uid: identifier(fields)?,
            password,
        },
        number,
        by_text,
        app: int(fields, "appid")
            .map(|app| AppId::new(app).ok_or(FormError::field("appid", "Invalid appid")))
            .transpose()?,
        account_type: int(fields, "accounttype")
            .and_then(|kind| u32::try_from(kind).ok())
            .unwrap_or(0),
        asked: asked(fields),
        life_s: int(fields, "expire_time").map_or(LIFE_S, |life| {
            u32::try_from(life.max(0))
                .unwrap_or(u32::MAX)
                .clamp(SHORTEST_LIFE_S, LONGEST_LIFE_S)
        }),
    })
}

/// The user's id. The original server did not check its type, and one demo sends a number.
fn identifier(fields: &Fields<'_>) -> Result<Option<Uid>, FormError> {
    Ok(match fields.filled("identifier") {
        None => return Err(FormError::field("identifier", "Lack of identifier")),
        Some(Value::Text(id)) => Uid::parse(id),
        Some(Value::Int(id)) => Uid::parse(&id.to_string()),
        Some(_) => None,
    })
}

/// The rights that the client asks for: the bits of `privMap`, or else the fields of the single
/// rights.
fn asked(fields: &Fields<'_>) -> Option<Privileges> {
    if let Some(bits) = int(fields, "privMap") {
        return Some(Privileges::from_bits(bits));
    }
    let is_on = |name| match fields.get(name) {
        Some(Value::Int(1)) => true,
        Some(Value::Text(text)) => text == "1",
        _ => false,
    };
    let named = RIGHTS.iter().any(|name| fields.filled(name).is_some());
    let bits = |bits, (at, name)| bits | (i64::from(is_on(name)) << at);
    named.then(|| Privileges::from_bits(RIGHTS.into_iter().enumerate().fold(0, bits)))
}

/// A JSON number. A value of another type counts as absent.
fn int(fields: &Fields<'_>, name: &str) -> Option<i64> {
    match fields.get(name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

/// The data of `account/authPrivMap`.
#[derive(Serialize)]
pub struct RoomKeyGiven<'a> {
    /// The signature with which the client logs in to the cloud's SDK.
    #[serde(rename = "userSig")]
    pub user_sig: &'a str,
    /// A token for later requests; the apps replace their present one with it.
    pub token: &'a str,
    /// The rights that the key gives.
    #[serde(rename = "privMap")]
    pub privileges: u32,
    /// The signed key.
    #[serde(rename = "privMapEncrypt")]
    pub key: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses a valid request with these additional fields.
    fn parse(more: &str) -> Result<(Option<u32>, u32, u32, Option<AppId>), FormError> {
        let body = format!(r#"{{"pwd":"p","roomnum":10001,"identifier":"anna"{more}}}"#);
        let fields = Fields::parse(body.as_bytes()).expect("JSON");
        parse_room_key(&fields).map(|key| {
            let bits = key.asked.map(Privileges::bits);
            (bits, key.life_s, key.account_type, key.app)
        })
    }

    #[test]
    fn rights_are_asked_for_by_bits_or_by_names_or_not_at_all() {
        for (more, bits) in [
            ("", None),
            (r#","privMap":255"#, Some(255)),
            (r#","privMap":0"#, Some(0)),
            (r#","privMap":-1"#, Some(255)),
            (r#","privMap":2,"UPB_CREATE":"1""#, Some(2)),
            (r#","privMap":"255""#, None),
            (r#","privMap":"255","UPB_ENTER":1"#, Some(2)),
            (r#","UPB_CREATE":"1","UPB_RECV_ASSIST":1"#, Some(129)),
            (r#","UPB_CREATE":"0""#, Some(0)),
            (r#","UPB_CREATE":"","UPB_ENTER":null"#, None),
            (r#","UPB_SEND_VIDEO":true,"UPB_SEND_AUDIO":"1""#, Some(4)),
        ] {
            assert_eq!(parse(more).map(|key| key.0), Ok(bits), "{more}");
        }
    }

    #[test]
    fn a_life_is_kept_within_a_minute_and_a_day_and_is_ten_minutes_by_default() {
        for (life, seconds) in [
            ("null", 600),
            ("\"3600\"", 600),
            ("1.5", 600),
            ("600", 600),
            ("3600", 3600),
            ("59", 60),
            ("0", 60),
            ("-1", 60),
            ("86401", 86400),
            ("9223372036854775807", 86400),
        ] {
            let more = format!(r#","expire_time":{life}"#);
            assert_eq!(parse(&more).map(|key| key.1), Ok(seconds), "{life}");
        }
    }

    #[test]
    fn an_account_type_or_app_of_another_type_is_as_good_as_none() {
        for (more, kind) in [
            ("11656", 11656),
            ("\"11656\"", 0),
            ("-1", 0),
            ("4294967296", 0),
        ] {
            let more = format!(r#","accounttype":{more}"#);
            assert_eq!(parse(&more).map(|key| key.2), Ok(kind), "{more}");
        }
        assert_eq!(parse(r#","appid":"7""#).map(|key| key.3), Ok(None));
        assert_eq!(parse(r#","appid":7"#).map(|key| key.3), Ok(AppId::new(7)));
        assert_eq!(
            parse(r#","appid":0"#),
            Err(FormError::field("appid", "Invalid appid"))
        );
    }

    #[test]
    fn the_text_of_a_room_is_that_of_its_number() {
        for (more, good) in [
            (r#","strRoomId":"10001""#, true),
            (r#","strRoomId":"""#, true),
            (r#","strRoomId":"010001""#, false),
            (r#","strRoomId":"room""#, false),
            (r#","strRoomId":10001"#, false),
        ] {
            let expected = if good {
                Ok(())
            } else {
                Err(FormError::field("strRoomId", " Invalid roomnum"))
            };
            assert_eq!(parse(more).map(|_| ()), expected, "{more}");
        }
    }
}

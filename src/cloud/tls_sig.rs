//! The container of a signature, in both versions: a JSON object with signed members, then zlib,
//! then base64 with three letters exchanged.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde_json::{Map, Value, json};

use super::key::{CheckKey, SigningKey};
use crate::domain::{AppId, Uid};

/// The longest text that is looked at, and the most that is unpacked from one, in bytes. A real one
/// has some hundred; the packed form could stand for a thousand times its length.
const MAX_TEXT: usize = 8192;
const MAX_UNPACKED: u64 = 4096;

const IDENTIFIER: &str = "TLS.identifier";
const TIME: &str = "TLS.time";
const USERBUF: &str = "TLS.userbuf";
const SIG: &str = "TLS.sig";

/// What a signature says.
pub(super) struct Claims<'a> {
    /// Whose it is.
    pub(super) uid: &'a Uid,
    /// For which app.
    pub(super) app: AppId,
    /// When it was made, in seconds since 1970.
    pub(super) time: i64,
    /// How long it is good, in seconds.
    pub(super) life_s: i64,
    /// The room's key that it carries.
    pub(super) userbuf: Option<Vec<u8>>,
}

/// How a version names its members, and which of them it signs in which order.
struct Form {
    app: &'static str,
    life: &'static str,
    signed: &'static [&'static str],
}

const VERSION_1: Form = Form {
    app: "TLS.sdk_appid",
    life: "TLS.expire_after",
    signed: &[
        "TLS.appid_at_3rd",
        "TLS.account_type",
        IDENTIFIER,
        "TLS.sdk_appid",
        TIME,
        "TLS.expire_after",
        USERBUF,
    ],
};

const VERSION_2: Form = Form {
    app: "TLS.sdkappid",
    life: "TLS.expire",
    signed: &[IDENTIFIER, "TLS.sdkappid", TIME, "TLS.expire", USERBUF],
};

/// Signs claims, in the version that the key is for.
pub(super) fn pack(claims: &Claims<'_>, key: &SigningKey) -> String {
    let (uid, app) = (claims.uid.as_str(), claims.app.get());
    let (form, members) = match key {
        SigningKey::Hmac(_) => (
            VERSION_2,
            json!({
                "TLS.ver": "2.0", "TLS.identifier": uid, "TLS.sdkappid": app,
                "TLS.time": claims.time, "TLS.expire": claims.life_s,
            }),
        ),
        // Every value is a text. The version is that of the original server.
        SigningKey::Ecdsa(_) => (
            VERSION_1,
            json!({
                "TLS.version": "201512300000", "TLS.identifier": uid, "TLS.sdk_appid": app.to_string(),
                "TLS.time": claims.time.to_string(), "TLS.expire_after": claims.life_s.to_string(),
                "TLS.account_type": "0", "TLS.appid_at_3rd": "0",
            }),
        ),
    };
    let mut members = members.as_object().cloned().unwrap_or_default();
    if let Some(userbuf) = &claims.userbuf {
        members.insert(USERBUF.to_owned(), STANDARD.encode(userbuf).into());
    }
    let lines = lines(&members, &form).expect("ids have no line breaks");
    members.insert(SIG.to_owned(), STANDARD.encode(key.sign(&lines)).into());
    deflate(&Value::Object(members))
}

/// Whether that is a signature by that key, in its version, for that user and app, and still good.
/// `now` is in seconds since 1970.
pub(super) fn is_good(text: &str, key: &CheckKey<'_>, uid: &Uid, app: AppId, now: i64) -> bool {
    let form = match key {
        CheckKey::Hmac(_) => VERSION_2,
        CheckKey::Ecdsa(_) => VERSION_1,
    };
    inflate(text)
        .and_then(|members| {
            let number = |name| text_of(&members, name)?.parse::<i64>().ok();
            let expires = number(TIME)?.checked_add(number(form.life)?)?;
            let fits = text_of(&members, IDENTIFIER)? == uid.as_str()
                && number(form.app)? == i64::from(app.get())
                && now <= expires;
            // One library breaks the lines of what it encodes.
            let mut sig = text_of(&members, SIG)?;
            sig.retain(|letter| !letter.is_ascii_whitespace());
            let sig = STANDARD.decode(sig).ok()?;
            Some(fits && key.verify(&lines(&members, &form)?, &sig))
        })
        .unwrap_or(false)
}

/// What is signed: a line for each signed member that is there. None if a value could pass for
/// more than one line.
fn lines(members: &Map<String, Value>, form: &Form) -> Option<String> {
    let mut lines = String::new();
    for name in form.signed {
        if members.contains_key(*name) {
            let text = text_of(members, name).filter(|text| !text.contains('\n'))?;
            lines.extend([name, ":", &text, "\n"]);
        }
    }
    Some(lines)
}

/// A text as it stands, or a number as it is written.
fn text_of(members: &Map<String, Value>, name: &str) -> Option<String> {
    match members.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn deflate(members: &Value) -> String {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer
        .write_all(members.to_string().as_bytes())
        .expect("memory takes what is written");
    let packed = packer.finish().expect("memory takes what is written");
    // The cloud's own choice of letters that need no escaping in an address.
    STANDARD
        .encode(packed)
        .replace('+', "*")
        .replace('/', "-")
        .replace('=', "_")
}

/// The members of a container; none if it is not one, or too large.
pub(super) fn inflate(text: &str) -> Option<Map<String, Value>> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let packed = STANDARD
        .decode(text.replace('*', "+").replace('-', "/").replace('_', "="))
        .ok()?;
    let mut json = Vec::new();
    ZlibDecoder::new(&*packed)
        .take(MAX_UNPACKED)
        .read_to_end(&mut json)
        .ok()?;
    // What was cut off is not JSON any more.
    serde_json::from_slice(&json).ok()
}

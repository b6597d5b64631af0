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

/// The longest text that is decoded, and the most that is unpacked from one, in bytes. A real text has
/// a few hundred bytes, but a packed one could unpack to a thousand times its length.
const MAX_TEXT: usize = 8192;
const MAX_UNPACKED: u64 = 4096;

const IDENTIFIER: &str = "TLS.identifier";
const TIME: &str = "TLS.time";
const USERBUF: &str = "TLS.userbuf";
const SIG: &str = "TLS.sig";

/// The content of a signature.
pub(super) struct Claims<'a> {
    /// The user who is signed for.
    pub(super) uid: &'a Uid,
    /// The app that it is for.
    pub(super) app: AppId,
    /// When it was made, in seconds since 1970.
    pub(super) time: i64,
    /// How long it is valid, in seconds.
    pub(super) life_s: i64,
    /// The room key that it carries, if any.
    pub(super) userbuf: Option<Vec<u8>>,
}

/// The names of members in one version, and the members that are signed, in order.
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

/// Signs claims, in the version that belongs to the key.
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
        // In version 1 every value is a text. `TLS.version` is that of the original server.
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

/// Whether the text is a signature by that key, in the key's version, for that user and app, and still
/// valid at `now`, in seconds since 1970.
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
            // One of the cloud's libraries breaks its base64 into lines.
            let mut sig = text_of(&members, SIG)?;
            sig.retain(|letter| !letter.is_ascii_whitespace());
            let sig = STANDARD.decode(sig).ok()?;
            Some(fits && key.verify(&lines(&members, &form)?, &sig))
        })
        .unwrap_or(false)
}

/// The text that is signed: a line for each signed member that is present. `None` if a value has a line
/// break and could pass for more than one line.
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

/// The value of a member as text: a string as it is, a number in digits.
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
    // The cloud's own replacements for the letters that URLs would escape.
    STANDARD
        .encode(packed)
        .replace('+', "*")
        .replace('/', "-")
        .replace('=', "_")
}

/// The members of a container; `None` if the text is not a container, or is too large.
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
    // If the limit cut the text off, it is not valid JSON any more.
    serde_json::from_slice(&json).ok()
}

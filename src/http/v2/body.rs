//! The fields of a body or a query, of a known shape. What is wrong with one is told by its place, and not by
//! repeating what was sent: it may be a password.

use actix_web::HttpRequest;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::http::failure::FormError;
use crate::http::request_sign::OWN_FIELDS;

/// The fields of a body. An empty body counts as `{}`.
///
/// # Errors
/// If it is no JSON, or of another shape.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    // A struct could be read from a list too, by the order of its fields.
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(match is_json(text) {
            true => Problem::field(String::new(), "expected an object"),
            false => FormError::NotJson.into(),
        });
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let parsed = serde_path_to_error::deserialize(&mut reader);
    let value = parsed.map_err(|wrong| {
        let is_syntax = wrong.inner().classify() != Category::Data;
        // The first thing that is wrong may be a field of a text that is no JSON further down.
        if is_syntax || !is_json(text) {
            return FormError::NotJson.into();
        }
        told(pointer(wrong.path()), &wrong.into_inner().to_string())
    })?;
    reader.end().map_err(|_| FormError::NotJson)?;
    Ok(value)
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// The fields of a query, without those of its signature.
///
/// # Errors
/// If it is of another shape.
pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    let mut fields = Map::new();
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    for (name, value) in pairs.filter(|(name, _)| !OWN_FIELDS.contains(&&**name)) {
        if fields.contains_key(&*name) {
            return Err(Problem::field(place(&name), "expected once"));
        }
        fields.insert(name.into_owned(), Value::from(value.into_owned()));
    }
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|wrong| {
        let pointer = pointer(wrong.path());
        told(pointer, &wrong.into_inner().to_string())
    })
}

/// A wrong field. Of the parser's words only those are used that say what belongs there: the others may
/// repeat what was sent.
fn told(pointer: String, words: &str) -> Problem {
    let words = match words.rsplit_once(" at line ") {
        Some((words, _)) => words,
        None => words,
    };
    // A field that is missing, or comes again, has no place of its own; its name stands in the source.
    let after = |start: &str| words.strip_prefix(start)?.strip_suffix('`');
    if let Some(name) = after("missing field `") {
        return Problem::field(pointer + &place(name), "missing");
    }
    if let Some(name) = after("duplicate field `") {
        return Problem::field(pointer + &place(name), "expected once");
    }
    if words.starts_with("unknown field ") {
        return Problem::field(pointer, "not expected here");
    }
    if words.starts_with("expected ") {
        return Problem::field(pointer, words);
    }
    match words.rsplit_once(", expected ") {
        Some((_, expected)) => Problem::field(pointer, &format!("expected {expected}")),
        None => Problem::field(pointer, "not understood"),
    }
}

/// A path as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let places = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => place(key),
        Segment::Enum { variant } => place(variant),
        Segment::Unknown => String::new(),
    });
    places.collect()
}

fn place(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

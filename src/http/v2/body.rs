//! The body of a request: JSON of a known shape. What is wrong with it is told by the place of the field,
//! and not by repeating what was sent: it may be a password.

use actix_web::dev::Payload;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::problem::Problem;
use super::state::{Complete, v2};
use crate::clock::Stopwatch;
use crate::http::failure::FormError;
use crate::http::request::read;

/// The longest explanation of a wrong field, in letters.
const LONGEST: usize = 200;

/// A body of that shape. An empty body counts as `{}`.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, v2) = (request.clone(), v2(request));
        let payload = web::Payload::from_request(&request, payload).into_inner();
        Box::pin(async move {
            let payload = payload.map_err(|_| FormError::BodyNotTaken)?;
            let body = read(&request, payload, v2.max_body_bytes).await?;
            request
                .extensions_mut()
                .insert(Complete(Stopwatch::start()));
            parse(&body).map(Self)
        })
    }
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    // A struct could be read from a list too, by the order of its fields.
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(match is_json(text) {
            true => Problem::field(String::new(), "expected an object".to_owned()),
            false => FormError::NotJson.into(),
        });
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let parsed = serde_path_to_error::deserialize(&mut reader);
    let value = parsed.map_err(|wrong| {
        // The first thing that is wrong may be a field of a text that is no JSON further down.
        if !is_json(text) {
            return FormError::NotJson.into();
        }
        let pointer = pointer(wrong.path());
        told(pointer, &wrong.into_inner().to_string())
    })?;
    reader.end().map_err(|_| FormError::NotJson)?;
    Ok(value)
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// The query of a request, of a known shape.
pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        let again = fields.insert(name.to_string(), Value::from(value.into_owned()));
        if again.is_some() {
            let pointer = format!("/{}", escaped(&name));
            return Err(Problem::field(pointer, "expected once".to_owned()));
        }
    }
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|wrong| {
        let pointer = pointer(wrong.path());
        told(pointer, &wrong.into_inner().to_string())
    })
}

/// A wrong field, from the words of the parser.
fn told(pointer: String, words: &str) -> Problem {
    let words = words.split(" at line ").next().unwrap_or_default();
    // A field that is missing has no place of its own.
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| words.strip_prefix(start)?.split('`').next());
    let pointer = match named.map(|name| format!("/{}", escaped(name))) {
        Some(name) if !pointer.ends_with(&name) => pointer + &name,
        _ => pointer,
    };
    let expected = match words.split_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => words.to_owned(),
    };
    Problem::field(pointer, expected.chars().take(LONGEST).collect())
}

/// A path as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escaped(key),
            Segment::Enum { variant } => escaped(variant),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&name);
    }
    pointer
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

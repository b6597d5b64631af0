//! The request body: JSON with any content type, accepted as leniently as by the original server.
//!
//! Quirks that are kept: an empty body, a scalar and an array count as "no fields"; if a name is
//! repeated, the last one counts; null is the same as absent; unknown fields are ignored. The
//! original server took these for invalid JSON, and so does zaibo: `null` as the whole body, a byte
//! order mark, bytes that are not UTF-8, and nesting deeper than [`MAX_DEPTH`].

use std::borrow::Cow;

use crate::http::failure::FormError;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// How many objects and arrays may be nested within each other.
pub const MAX_DEPTH: usize = 11;

/// The fields of an object, in the order in which they were sent.
#[derive(Debug, Default, PartialEq)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// A value, in the detail that the commands need.
#[derive(Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// A whole number within 64 bits.
    Int(i64),
    /// A text.
    Text(Cow<'a, str>),
    /// An object.
    Object(Fields<'a>),
    /// A boolean.
    Bool(bool),
    /// A fraction, a number beyond 64 bits, or an array: no command accepts these.
    Other,
}

impl<'a> Fields<'a> {
    /// Parses a body.
    ///
    /// # Errors
    /// [`FormError::NotJson`] if the body is not accepted.
    pub fn parse(body: &'a [u8]) -> Result<Self, FormError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let mut parser = serde_json::Deserializer::from_slice(body);
        let value = Depth(MAX_DEPTH)
            .deserialize(&mut parser)
            .map_err(|_| FormError::NotJson)?;
        parser.end().map_err(|_| FormError::NotJson)?;
        match value {
            Value::Object(fields) => Ok(fields),
            Value::Null => Err(FormError::NotJson),
            Value::Int(_) | Value::Text(_) | Value::Bool(_) | Value::Other => Ok(Self::default()),
        }
    }

    /// The value of this field. `None` if it is absent or null.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        let (_, value) = self.0.iter().rfind(|(known, _)| known == name)?;
        (*value != Value::Null).then_some(value)
    }
}

/// Parses a value in which this many containers may be nested.
struct Depth(usize);

impl Depth {
    fn below<E: serde::de::Error>(&self) -> Result<Depth, E> {
        self.0
            .checked_sub(1)
            .map(Depth)
            .ok_or_else(|| E::custom("nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Value<'de>, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let below = self.below::<A::Error>()?.0;
        while items.next_element_seed(Depth(below))?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value<'de>, A::Error> {
        let below = self.below::<A::Error>()?.0;
        let mut fields = Vec::with_capacity(8);
        while let Some(name) = members.next_key_seed(Name)? {
            fields.push((name, members.next_value_seed(Depth(below))?));
        }
        Ok(Value::Object(Fields(fields)))
    }
}

/// Parses a name. It is borrowed if it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Cow<'de, str>, D::Error> {
        parser.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sampling::percent;

    fn nested(containers: usize) -> String {
        let arrays = containers - 1;
        format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays))
    }

    #[test]
    fn an_empty_body_a_scalar_and_an_array_are_no_fields() {
        for body in [
            "",
            "1",
            "\"token\"",
            "[]",
            "[1,{\"token\":\"x\"}]",
            "true",
            "1.5",
        ] {
            assert_eq!(
                Fields::parse(body.as_bytes()),
                Ok(Fields::default()),
                "{body}"
            );
        }
    }

    #[test]
    fn null_a_mark_bad_utf8_rubbish_and_a_tail_are_not_json() {
        let bodies: [&[u8]; 9] = [
            b"null",
            b"\xef\xbb\xbf{}",
            b"{\"a\":\"\xff\"}",
            b"{\"\xc3\x28\":1}",
            b"{",
            b"{} {}",
            b"{'a':1}",
            b" ",
            b"{\"a\":\"\\ud800\"}",
        ];
        for body in bodies {
            assert_eq!(Fields::parse(body), Err(FormError::NotJson), "{body:?}");
        }
    }

    #[test]
    fn eleven_containers_are_taken_and_twelve_are_not() {
        assert!(Fields::parse(nested(11).as_bytes()).is_ok());
        assert_eq!(
            Fields::parse(nested(12).as_bytes()),
            Err(FormError::NotJson)
        );
        assert_eq!(
            Fields::parse(nested(20_000).as_bytes()),
            Err(FormError::NotJson)
        );
    }

    #[test]
    fn of_a_repeated_name_the_last_one_counts() {
        let fields = Fields::parse(br#"{"a":1,"a":"x","b":1,"b":null}"#).expect("JSON");
        assert_eq!(fields.get("a"), Some(&Value::Text("x".into())));
        assert_eq!(fields.get("b"), None);
    }

    #[test]
    fn names_and_texts_may_be_escaped() {
        let fields = Fields::parse(br#"{"to\u006ben":"a\/b"}"#).expect("JSON");
        assert_eq!(fields.get("token"), Some(&Value::Text("a/b".into())));
    }

    #[test]
    fn only_whole_numbers_within_64_bits_are_ints() {
        let fields =
            Fields::parse(br#"{"a":-1,"b":1.0,"c":18446744073709551615,"d":1e3}"#).expect("JSON");
        assert_eq!(fields.get("a"), Some(&Value::Int(-1)));
        for name in ["b", "c", "d"] {
            assert_eq!(fields.get(name), Some(&Value::Other), "{name}");
        }
    }

    /// Blanks that JSON allows between tokens.
    fn blank() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec!["", "", " ", "\n\t"])
    }

    /// JSON in the forms of real clients and in unusual ones.
    fn json() -> impl Strategy<Value = String> {
        let text = "\\PC{0,6}".prop_map(|text| serde_json::Value::from(text).to_string());
        let odd = [
            "\"\\u0061\"",
            "\"\\ud83d\\ude00\"",
            "-0",
            "1e3",
            "1.5",
            "18446744073709551616",
        ];
        let leaf = prop_oneof![
            text.clone(),
            any::<i64>().prop_map(|number| number.to_string()),
            proptest::sample::select(vec!["null", "true", "false"]).prop_map(str::to_owned),
            proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
        ];
        let any = leaf.prop_recursive(6, 24, 4, move |inner| {
            let member = (text.clone(), blank(), inner.clone())
                .prop_map(|(name, blank, value)| format!("{name}{blank}:{blank}{value}"));
            let list = |of: BoxedStrategy<String>, [open, close]: [char; 2]| {
                (proptest::collection::vec(of, 0..4), blank()).prop_map(move |(items, blank)| {
                    format!(
                        "{open}{blank}{}{blank}{close}",
                        items.join(&format!(",{blank}"))
                    )
                })
            };
            prop_oneof![
                list(inner.boxed(), ['[', ']']),
                list(member.boxed(), ['{', '}']),
            ]
        });
        (blank(), any, blank()).prop_map(|(before, json, after)| format!("{before}{json}{after}"))
    }

    /// JSON in which often one byte is changed or removed.
    fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
        let change = proptest::option::of((any::<prop::sample::Index>(), any::<Option<u8>>()));
        (json(), change).prop_map(|(json, change)| {
            let mut bytes = json.into_bytes();
            if let Some((at, byte)) = change.filter(|_| !bytes.is_empty()) {
                let at = at.index(bytes.len());
                match byte {
                    Some(byte) => bytes[at] = byte,
                    None => drop(bytes.remove(at)),
                }
            }
            bytes
        })
    }

    #[test]
    fn what_the_properties_are_about_occurs() {
        let taken = percent(nearly_json(), |body| Fields::parse(&body).is_ok());
        assert!((30..90).contains(&taken), "{taken} % are taken");
        let with_fields = percent(nearly_json(), |body| {
            Fields::parse(&body).is_ok_and(|fields| fields != Fields::default())
        });
        assert!(with_fields >= 15, "{with_fields} % have fields");
    }

    proptest! {
        #[test]
        fn no_body_makes_the_parser_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::parse(&body);
        }

        #[test]
        fn the_parser_takes_what_serde_json_takes_and_nothing_else(body in nearly_json()) {
            let known = serde_json::from_slice::<serde_json::Value>(&body);
            let taken = Fields::parse(&body);
            // Apart from JSON, only an empty body is accepted; a bare null is not.
            let expected = body.is_empty() || known.as_ref().is_ok_and(|value| !value.is_null());
            prop_assert_eq!(taken.is_ok(), expected, "{}", String::from_utf8_lossy(&body));
            if let (Ok(fields), Ok(serde_json::Value::Object(members))) = (taken, known) {
                for (name, value) in &members {
                    let text = match fields.get(name) {
                        Some(Value::Text(text)) => Some(&**text),
                        _ => None,
                    };
                    prop_assert_eq!(text, value.as_str(), "{}", name);
                }
            }
        }
    }
}

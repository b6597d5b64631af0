//! The body of a callback as text and as JSON, in any encoding and with numbers of any length.

use std::borrow::Cow;

use encoding_rs::GB18030;
use serde_json::{Map, Value};

/// A whole number with more digits than this may exceed 64 bits, and the parser would round it.
const EXACT_DIGITS: usize = 19;

/// The members of a body that is a JSON object, and the text of the body for the inbox.
pub(super) fn parse(body: &[u8]) -> Option<(Map<String, Value>, String)> {
    let lossy = String::from_utf8_lossy(body);
    let object = |text: &str| serde_json::from_str(&with_exact_numbers(text)).ok();
    if let Some(members) = object(&lossy) {
        return Some((members, lossy.into_owned()));
    }
    // In GBK and GB18030 the second byte of a character may look like a backslash, so the body has
    // to be decoded before it is parsed.
    let is_utf8 = matches!(lossy, Cow::Borrowed(_));
    let text = (!is_utf8).then(|| GB18030.decode_without_bom_handling(body).0.into_owned())?;
    Some((object(&text)?, text))
}

/// Puts quotes around whole numbers that are too long for the parser, because they are ids and have
/// to stay exact.
fn with_exact_numbers(text: &str) -> Cow<'_, str> {
    let mut exact = String::new();
    let mut copied = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        match bytes[at] {
            b'"' => at = end_of_text(bytes, at),
            b'-' | b'0'..=b'9' => {
                let is_of_number = |byte: &&u8| {
                    byte.is_ascii_digit() || [b'-', b'+', b'.', b'e', b'E'].contains(byte)
                };
                at += bytes[at..].iter().take_while(is_of_number).count();
                let number = &text[from..at];
                let digits = number.strip_prefix('-').unwrap_or(number);
                let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
                if is_whole && digits.len() > EXACT_DIGITS && !digits.starts_with('0') {
                    exact.extend([&text[copied..from], "\"", number, "\""]);
                    copied = at;
                }
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    exact.push_str(&text[copied..]);
    Cow::Owned(exact)
}

/// The position after the JSON text whose opening quote is at `from`.
fn end_of_text(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stay_exact_and_nothing_else_changes() {
        for (text, exact) in [
            (
                r#"{"a":123456789012345678901}"#,
                r#"{"a":"123456789012345678901"}"#,
            ),
            (
                r#"[-98765432109876543210 ,{"b":[18446744073709551616]}]"#,
                r#"["-98765432109876543210" ,{"b":["18446744073709551616"]}]"#,
            ),
        ] {
            assert_eq!(with_exact_numbers(text), exact);
        }
        for same in [
            r#"{"a":1234567890123456789,"b":0.12345678901234567890123,"c":1e30}"#,
            r#"{"a":"123456789012345678901","b":"\"123456789012345678901"}"#,
            r#"{"a":00000000000000000000001}"#,
            "\"",
            "\"\\",
            "",
        ] {
            assert_eq!(with_exact_numbers(same), same);
        }
    }

    #[test]
    fn a_body_that_is_not_utf8_is_read_all_the_same() {
        // First a single invalid byte. Then two Chinese characters in GBK; the first one ends with
        // a backslash byte.
        for (body, expected) in [
            (&b"{\"a\":\"x\xff\",\"b\":1}"[..], "x\u{fffd}"),
            (b"{\"a\":\"\xd5\x5c\xc4\xe3\",\"b\":1}", "\u{8aa0}\u{4f60}"),
        ] {
            let (members, text) = parse(body).expect("an object");
            assert_eq!(
                (&members["a"], &members["b"]),
                (&expected.into(), &1.into())
            );
            assert!(text.contains(expected), "{text}");
        }
        for bad in [&b"\xff{}"[..], b"{\"a\":\xff}", b"[]", b"\xef\xbb\xbf{}"] {
            assert!(parse(bad).is_none(), "{bad:?}");
        }
    }
}

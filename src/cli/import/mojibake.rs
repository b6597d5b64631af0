//! Texts that were stored in the wrong encoding: UTF-8 that somebody read as Latin-1 and encoded again,
//! as dumps do whose character set is not named.

use encoding_rs::WINDOWS_1252;

/// The text that this one was before it was encoded twice; `None` if it was not. Only texts that turn
/// out to hold a Chinese, Japanese or Korean letter are believed: any other two letters may stand
/// beside each other on purpose.
pub(super) fn repaired(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    // MySQL's latin1 is this encoding, which maps every byte.
    let (bytes, _, has_others) = WINDOWS_1252.encode(text);
    if has_others {
        return None;
    }
    let before = String::from_utf8(bytes.into_owned()).ok()?;
    before.chars().any(is_cjk).then_some(before)
}

fn is_cjk(letter: char) -> bool {
    matches!(
        letter,
        '\u{3000}'..='\u{30ff}' // punctuation, kana
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7af}' // Hangul
            | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ffef}' // wide forms
            | '\u{20000}'..='\u{3134f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text after it was read as Latin-1, as MySQL does it.
    fn misread(text: &str) -> String {
        WINDOWS_1252
            .decode_without_bom_handling(text.as_bytes())
            .0
            .into_owned()
    }

    #[test]
    fn chinese_that_was_encoded_twice_is_read_again() {
        for text in [
            "我的直播间",
            "周五晚8点 🎤 不见不散",
            "ライブ",
            "라이브",
            "中",
        ] {
            assert_eq!(repaired(&misread(text)).as_deref(), Some(text));
        }
    }

    #[test]
    fn texts_that_are_what_they_seem_stay() {
        for text in [
            "",
            "Cooking",
            "我的直播间",
            "café",
            "Ã©",
            "naïve – “so”",
            "é中",
            "Привет",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
        assert_eq!(repaired(&misread("café")), None, "no letter of it is CJK");
        assert_eq!(repaired(&misread("🎤")), None, "no letter of it is CJK");
    }
}

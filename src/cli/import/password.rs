//! Passwords of the PHP server: text in base64, in a column that cut what was longer.
//!
//! Until 2018-08 the server had a shell encode it, `echo PASSWORD | base64`: these end in a newline,
//! and letters that mean something to a shell are lost for good. What is stored is what the user could
//! log in with.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::findings::What;
use crate::cli::Blanks;

/// Padding may be missing, and the last letter may carry bits of a byte that was cut.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A password that can be hashed. There is no `Debug`.
pub(super) struct Password {
    /// The password as the user types it.
    pub(super) text: String,
    /// It was stored with blanks, which were left out.
    pub(super) had_blanks: bool,
}

/// The password that is stored as `stored` in a column of `width` characters.
///
/// # Errors
/// Why it can not be used.
pub(super) fn decode(stored: &str, width: usize, blanks: Blanks) -> Result<Password, What> {
    // PHP leaves out letters that are not base64, wherever they are.
    let is_base64 = |letter: &u8| letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'/');
    let mut letters: Vec<u8> = stored.bytes().filter(is_base64).collect();
    if width > 0 && stored.chars().count() >= width && is_cut(&letters) {
        return Err(What::PasswordCut);
    }
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    let mut bytes = LENIENT
        .decode(&letters)
        .map_err(|_| What::PasswordNotText)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    let length = bytes.len();
    if blanks == Blanks::Strip {
        // The blanks of a regular expression's `\s`, with which the server compared.
        bytes.retain(|byte| !matches!(byte, b' ' | b'\t'..=b'\r'));
    }
    let had_blanks = bytes.len() < length;
    match String::from_utf8(bytes) {
        Ok(text) if text.is_empty() => Err(What::PasswordEmpty),
        Ok(text) => Ok(Password { text, had_blanks }),
        Err(_) => Err(What::PasswordNotText),
    }
}

/// Whether letters that fill their column are the beginning of a longer password.
///
/// The last letters hold a whole number of bytes, and some bits of the byte behind them. No letter
/// that can be typed has only zeros there, and neither has the byte of a longer text; but the newline
/// of a shell has.
fn is_cut(letters: &[u8]) -> bool {
    let spare = match letters.len() % 4 {
        0 => return false,
        1 => return true,
        2 => 0b1111,
        _ => 0b11,
    };
    let last = letters.last().copied().unwrap_or_default();
    let alphabet = STANDARD.as_str().as_bytes();
    let value = alphabet.iter().position(|letter| *letter == last);
    value.is_some_and(|value| value & spare != 0)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as BASE64;

    use super::*;

    /// The password that the server stored in this column of 50 characters.
    fn decoded(stored: &str) -> Result<String, What> {
        decode(stored, 50, Blanks::Strip).map(|password| password.text)
    }

    /// The column after the server of 2018-08 has stored a password.
    fn stored(password: &[u8]) -> String {
        let mut text = BASE64.encode(password);
        text.truncate(50);
        text
    }

    /// The column after a shell has encoded a password.
    fn echoed(password: &str) -> String {
        stored(format!("{password}\n").as_bytes())
    }

    #[test]
    fn a_password_is_read_whoever_stored_it() {
        assert_eq!(decoded("c2VjcmV0LTE="), Ok("secret-1".to_owned()));
        assert_eq!(decoded("c2VjcmV0LTEK"), Ok("secret-1".to_owned()));
        assert_eq!(
            decoded(&stored("密码123456".as_bytes())),
            Ok("密码123456".to_owned())
        );
        assert_eq!(decoded(&echoed("密码123456")), Ok("密码123456".to_owned()));
    }

    #[test]
    fn thirty_seven_bytes_are_whole_and_more_are_lost() {
        for length in 1..=37 {
            let password = "p".repeat(length);
            assert_eq!(
                decoded(&stored(password.as_bytes())),
                Ok(password.clone()),
                "{length}"
            );
            assert_eq!(
                decoded(&echoed(&password)),
                Ok(password),
                "{length} by a shell"
            );
        }
        for length in [38, 39, 40, 57, 128] {
            let password = "p".repeat(length);
            let column = stored(password.as_bytes());
            assert_eq!(decoded(&column), Err(What::PasswordCut), "{length}");
            assert_eq!(
                decoded(&echoed(&password)),
                Err(What::PasswordCut),
                "{length} by a shell"
            );
        }
        let wide = decode(&BASE64.encode("p".repeat(60)), 255, Blanks::Strip);
        assert_eq!(
            wide.ok().map(|password| password.text.len()),
            Some(60),
            "a column made wider"
        );
    }

    #[test]
    fn blanks_are_left_out_as_the_server_compared_or_kept_if_one_asks() {
        let column = stored(b"a b\tc ");
        let stripped = decode(&column, 50, Blanks::Strip).expect("a password");
        assert_eq!((stripped.text.as_str(), stripped.had_blanks), ("abc", true));
        let kept = decode(&column, 50, Blanks::Keep).expect("a password");
        assert_eq!((kept.text.as_str(), kept.had_blanks), ("a b\tc ", false));
        let echoed = decode(&echoed("a b"), 50, Blanks::Keep).expect("a password");
        assert_eq!(echoed.text, "a b", "only the newline of the shell goes");
        let plain = decode(&stored(b"abc"), 50, Blanks::Strip).expect("a password");
        assert!(!plain.had_blanks);
    }

    #[test]
    fn base64_is_read_as_leniently_as_php_reads_it() {
        for column in [
            "c2VjcmV0LTE",
            "c2Vj cmV0\nLTE=",
            "c2VjcmV0LTE==",
            "-c2VjcmV0LTE=",
        ] {
            assert_eq!(decoded(column), Ok("secret-1".to_owned()), "{column:?}");
        }
    }

    #[test]
    fn what_no_client_can_send_is_no_password() {
        // What a shell makes of a password like `$$` or a lone quote: nothing, or only blanks.
        for column in ["", "Cg==", "IAo=", "=", "密码", "A"] {
            assert_eq!(decoded(column), Err(What::PasswordEmpty), "{column:?}");
        }
        assert_eq!(decoded(&stored(&[0xff, 0xfe])), Err(What::PasswordNotText));
    }
}

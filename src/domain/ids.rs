//! Identifiers of users, rooms, lives and apps. Every value of these types is valid.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::is_nfc;

use super::letters::is_hidden;

/// A user's id, as they chose it when they registered. Case matters.
///
/// Cloning shares the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(Arc<str>);

impl Uid {
    /// The longest id in bytes: the limit of the cloud's messaging service.
    pub const MAX_BYTES: usize = 32;

    /// Accepts 1 to 32 bytes without control characters and without leading or trailing blanks.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        let clean = !text.chars().any(char::is_control) && text.trim() == text;
        (fits && clean).then(|| Self(text.into()))
    }

    /// Accepts the ids that [`parse`](Self::parse) accepts, except those that could look like another
    /// id: ids with invisible letters, and ids that are not in Unicode's normal form NFC. An id is
    /// never rewritten, because the app goes on with the bytes it sent. Users with such an id from an
    /// earlier version can still log in, so only registration calls this.
    pub fn parse_new(text: &str) -> Option<Self> {
        let is_plain = is_nfc(text) && !text.chars().any(is_hidden);
        Self::parse(text).filter(|_| is_plain)
    }

    /// The number of letters that name a guest, behind [`GUEST`](Self::GUEST).
    pub const GUEST_LETTERS: usize = 12;

    /// How the ids of guests begin. Nobody can register an id that begins so.
    pub const GUEST: &str = "guest-";

    /// The id of the guest with these letters.
    pub fn guest(letters: [u8; Self::GUEST_LETTERS]) -> Self {
        let letters = letters.map(char::from);
        Self(
            letters
                .iter()
                .fold(Self::GUEST.to_owned(), |id, letter| {
                    id + letter.encode_utf8(&mut [0; 4])
                })
                .into(),
        )
    }

    /// Whether a guest has this id.
    pub fn is_guest(&self) -> bool {
        let letters = self.0.strip_prefix(Self::GUEST);
        letters.is_some_and(|letters| {
            letters.len() == Self::GUEST_LETTERS
                && letters.bytes().all(|byte| byte.is_ascii_lowercase())
        })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A room's number: positive and within 32 signed bits, because old clients keep it in an `int`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomNum(u32);

impl RoomNum {
    /// Accepts 1 to 2 147 483 647.
    pub fn new(number: i64) -> Option<Self> {
        let number = i32::try_from(number).ok()?;
        (number > 0).then_some(Self(number.unsigned_abs()))
    }

    /// The number itself.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for RoomNum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One live of a room, from `create` (or a revival of the number) to its end.
///
/// The store assigns ids in rising order, so of two lives the one with the larger id is the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LiveId(i64);

impl LiveId {
    /// An id that the store assigned.
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The id as the store knows it.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for LiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The cloud's number for an app (its "sdkappid").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppId(u32);

impl AppId {
    /// Accepts 1 to 4 294 967 295.
    pub fn new(number: i64) -> Option<Self> {
        let number = u32::try_from(number).ok()?;
        (number > 0).then_some(Self(number))
    }

    /// The number itself.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_to_thirty_two_bytes_without_control_characters_or_outer_blanks() {
        for good in ["a", "0", "user 1", "用户", &"x".repeat(32)] {
            assert!(Uid::parse(good).is_some(), "{good:?}");
        }
        for bad in [
            "",
            " a",
            "a ",
            "a\u{3000}",
            "a\nb",
            "a\0",
            &"x".repeat(33),
            &"用".repeat(11),
        ] {
            assert!(Uid::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn the_id_of_a_guest_is_told_from_that_of_a_user() {
        let guest = Uid::guest(*b"abcdefghijkl");
        assert_eq!(guest.as_str(), "guest-abcdefghijkl");
        assert!(guest.is_guest());
        for user in ["guest", "guest-", "guest-abc", "guest-ABCDEFGHIJKL", "anna"] {
            assert!(!Uid::parse(user).expect("an id").is_guest(), "{user}");
        }
    }

    #[test]
    fn a_new_id_can_not_look_like_another() {
        for good in ["anna", "user 1", "用户", "가나", "jos\u{e9}", "naïve", "🎤"] {
            assert!(Uid::parse_new(good).is_some(), "{good:?}");
        }
        for twin in [
            "anna\u{200b}",
            "\u{202e}anna",
            "an\u{ad}na",
            "anna\u{3164}",
            "anna\u{2800}",
            "anna\u{fe0f}",
            "an\u{a0}na",
            "an\u{3000}na",
            "an\u{2028}na",
            "anna\u{e000}",
            "jose\u{301}",
            "\u{1112}\u{1161}",
            "\u{212b}",
        ] {
            assert!(Uid::parse_new(twin).is_none(), "{twin:?}");
            assert!(Uid::parse(twin).is_some(), "{twin:?} may log in");
        }
        for bad in ["", " a", "a\nb", &"x".repeat(33)] {
            assert!(Uid::parse_new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_room_number_is_positive_and_fits_an_int() {
        assert_eq!(RoomNum::new(10001).map(RoomNum::get), Some(10001));
        assert!(RoomNum::new(i64::from(i32::MAX)).is_some());
        for bad in [0, -1, i64::from(i32::MAX) + 1, i64::MIN] {
            assert!(RoomNum::new(bad).is_none(), "{bad}");
        }
    }
}

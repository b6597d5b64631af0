//! Cursors: where the next page of a list goes on. Clients send back what they got and read nothing in it.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::problem::Problem;

/// Rows of a page, unless the request says otherwise.
pub(super) const USUAL_LIMIT: &str = "50";

/// Rows of a page at most.
const MOST: usize = 200;

/// The number of rows that a request asks for.
///
/// # Errors
/// If it is not between 1 and 200.
pub(super) fn limit(asked: &str) -> Result<usize, Problem> {
    let limit = asked
        .parse()
        .ok()
        .filter(|limit| (1..=MOST).contains(limit));
    let wrong = || format!("expected 1 to {MOST}");
    limit.ok_or_else(|| Problem::field("/limit".to_owned(), &wrong()))
}

/// The text of a cursor behind the row with that key, in a list of that filter.
pub(super) fn cursor(key: u64, filter: &impl Hash) -> String {
    sealed(&key.to_be_bytes(), filter)
}

/// The key in a cursor.
///
/// # Errors
/// If it is no cursor, or one of another list.
pub(super) fn key(cursor: &str, filter: &impl Hash) -> Result<u64, Problem> {
    opened(cursor, filter, |key| {
        Some(u64::from_be_bytes(key.try_into().ok()?))
    })
}

/// The text of a cursor for a key of any form.
pub(super) fn sealed(key: &[u8], filter: &impl Hash) -> String {
    URL_SAFE_NO_PAD.encode([key, &mark(filter)].concat())
}

/// What `read` makes of the key in a cursor.
///
/// # Errors
/// If it is no cursor, or one of another list.
pub(super) fn opened<T>(
    cursor: &str,
    filter: &impl Hash,
    read: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let key = bytes.as_ref().and_then(|bytes| {
        let (key, of) = bytes.split_last_chunk()?;
        (*of == mark(filter)).then(|| read(key)).flatten()
    });
    let expected = "expected `next` of an earlier page with the same filters";
    key.ok_or_else(|| Problem::field("/cursor".to_owned(), expected))
}

/// What tells the cursors of one filter from those of another.
fn mark(filter: &impl Hash) -> [u8; 4] {
    let mut hasher = DefaultHasher::new();
    filter.hash(&mut hasher);
    let [a, b, c, d, ..] = hasher.finish().to_be_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let text = cursor(77, &("rooms", 1));
        assert_eq!(key(&text, &("rooms", 1)).ok(), Some(77));
        assert!(key(&text, &("rooms", 2)).is_err());
        for wrong in ["", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA", "ä"] {
            assert!(key(wrong, &("rooms", 1)).is_err(), "{wrong}");
        }
    }
}

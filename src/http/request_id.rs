//! The id of a request. It is in the answer and beside each fault in the log, so that a user's
//! report can be matched with the log.

use std::cell::RefCell;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Bytes, BytesMut};

/// The header of the id, in requests of proxies and in every answer.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is accepted from a proxy, in bytes.
const LONGEST: usize = 64;

/// The length of an id made here, in bytes: 16 hexadecimal digits.
const DIGITS: usize = 16;

/// How many ids a thread makes at once, so that they share one allocation.
const AT_ONCE: usize = 256;

/// The id of a request. Clones share the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    /// Accepts an id that a proxy set: 1 to 64 letters, digits, `-`, `_` or `.`.
    pub(super) fn given(text: &HeaderValue) -> Option<Self> {
        let fits = (1..=LONGEST).contains(&text.len());
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (fits && text.as_bytes().iter().all(is_plain)).then(|| Self(text.clone()))
    }

    /// Makes an id that no other request of this process has.
    pub(super) fn make() -> Self {
        thread_local!(static MADE: RefCell<Bytes> = const { RefCell::new(Bytes::new()) });
        let id = MADE.with_borrow_mut(|made| {
            if made.is_empty() {
                *made = ids();
            }
            made.split_to(DIGITS)
        });
        // Hexadecimal digits are always allowed in a header.
        Self(HeaderValue::from_maybe_shared(id).unwrap_or(HeaderValue::from_static("none")))
    }

    /// The id as it stands in an answer.
    pub(super) fn as_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Makes a batch of ids in one buffer. Eight digits are random for each batch, the other eight are
/// a counter.
fn ids() -> Bytes {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let piece = getrandom::u32().unwrap_or_default();
    let first = NEXT.fetch_add(AT_ONCE as u32, Ordering::Relaxed);
    let mut ids = BytesMut::with_capacity(AT_ONCE * DIGITS);
    for at in 0..AT_ONCE as u32 {
        // Writing to memory does not fail.
        let _ = write!(ids, "{piece:08x}{:08x}", first.wrapping_add(at));
    }
    ids.freeze()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_requests_have_the_same_id() {
        let ids: HashSet<String> = (0..10_000).map(|_| RequestId::make().to_string()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.len() == DIGITS));
    }

    #[test]
    fn an_id_of_a_proxy_is_taken_if_a_log_can_show_it() {
        let given =
            |text: &[u8]| RequestId::given(&HeaderValue::from_bytes(text).expect("a value"));
        for good in ["a", "req-1_2.3", "0".repeat(64).as_str()] {
            let id = given(good.as_bytes()).expect("taken");
            assert_eq!(id.to_string(), good);
        }
        for bad in [&b""[..], b"a b", b"a\tb", b"caf\xe9", &[b'0'; 65], b"a,b"] {
            assert_eq!(given(bad), None, "{bad:?}");
        }
    }
}

//! The results of the parsers of all senders: an event that may not have a key yet, and the
//! signature of a body.

use crate::domain::{EventKind, Place, UnixTime};

/// An event as its sender's parser reads it.
pub(super) struct ParsedEvent {
    pub(super) name: String,
    /// The key that every repetition of this event has. `None` if only the whole body can identify
    /// the event.
    pub(super) key: Option<String>,
    pub(super) place: Place,
    pub(super) at: Option<UnixTime>,
    pub(super) kind: EventKind,
}

/// The `sign` of live streaming. It covers only its own expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpirySign {
    /// The expiry as it was sent; the signature covers this text.
    pub(super) t: String,
    /// The expiry, in seconds since 1970.
    pub(super) expires: i64,
    /// The signature in hexadecimal digits.
    pub(super) sign: String,
}

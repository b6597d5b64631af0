//! What the parser of each sender gives: an event whose repetitions cannot be told yet, and the signature
//! that stands within a body.

use crate::domain::{EventKind, Place, UnixTime};

/// What an event says, before its repetitions can be told from others.
pub(super) struct ParsedEvent {
    pub(super) name: String,
    /// None: only the whole body tells one such event from another.
    pub(super) key: Option<String>,
    pub(super) place: Place,
    pub(super) at: Option<UnixTime>,
    pub(super) kind: EventKind,
}

/// The `sign` of live streaming, which covers nothing but its own expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpirySign {
    /// The expiry as text, as it is signed.
    pub(super) t: String,
    /// The expiry, in seconds since 1970.
    pub(super) expires: i64,
    /// The signature, in hexadecimal digits.
    pub(super) sign: String,
}

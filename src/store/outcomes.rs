//! What transactions take and return beside the types of the domain.

use crate::domain::{InboxState, Live, RoomUpdate, Uid, UnixTime};

/// SHA-256 of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A session as the database stores it.
#[derive(Clone, Debug)]
pub struct KnownSession {
    /// The user of the session.
    pub uid: Uid,
    /// The time of the last use, as last written back.
    pub last_used: UnixTime,
    /// When it ends however often it is used; `None` if it lives as long as it is used.
    pub ends_at: Option<UnixTime>,
}

/// The result of reporting a room.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The live that is on air now.
    pub live: Live,
    /// This report began the live: the room had no open live before.
    pub begun: bool,
}

/// The result of an ingest.
#[derive(Clone, Debug, PartialEq)]
pub enum Ingested {
    /// The event was new. It is stored with its effect.
    New(InboxState, Option<RoomUpdate>),
    /// The event was stored before.
    Repeated,
}

/// One step through the inbox, to find the events that are old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldEvents {
    /// The events to forget.
    pub ids: Vec<i64>,
    /// Where the next step begins; `None` if there are no more old events.
    pub next: Option<i64>,
}

/// A registered user with a session, for a database that is filled for measurements.
pub struct Person {
    /// Their id.
    pub uid: Uid,
    /// The hash of their token.
    pub token: TokenHash,
}

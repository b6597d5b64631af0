//! What an import brings from another server, in the form in which the store takes it.

use crate::domain::{LiveInfo, Recording, RoomNum, StreamName, Uid, UnixTime};
use crate::store::outcomes::TokenHash;

/// An account from another server.
#[derive(Clone)]
pub struct ImportedAccount {
    /// Its id.
    pub uid: Uid,
    /// The hash of its password, as a PHC string.
    pub password_hash: String,
    /// When the user registered.
    pub created_at: UnixTime,
}

/// A session from another server.
#[derive(Clone, Debug)]
pub struct ImportedSession {
    /// Its user.
    pub uid: Uid,
    /// The hash of its token.
    pub token: TokenHash,
    /// When it began.
    pub created_at: UnixTime,
    /// When it was used last.
    pub last_used_at: UnixTime,
    /// When it ends, however often it is used until then.
    pub ends_at: UnixTime,
}

/// A room from another server.
#[derive(Clone, Debug)]
pub struct ImportedRoom {
    /// Its number.
    pub number: RoomNum,
    /// The user who created it. They have an account here.
    pub host: Uid,
    /// When it was created.
    pub created_at: UnixTime,
    /// Names of streams that it sends beside the usual two.
    pub streams: Vec<StreamName>,
    /// Its live, over or on air.
    pub live: ImportedLive,
}

/// The live of an imported room.
#[derive(Clone, Debug)]
pub struct ImportedLive {
    /// When it began.
    pub opened_at: UnixTime,
    /// The last sign of life: its end, if it is not on air.
    pub last_seen_at: UnixTime,
    /// Whether it is on air now.
    pub is_on_air: bool,
    /// How the host described it; `None` if they never went live.
    pub info: Option<LiveInfo>,
    /// The likes that the host reported last.
    pub likes: u32,
}

/// A recording from another server.
#[derive(Clone, Debug)]
pub struct ImportedRecording {
    /// The id under which it is kept once.
    pub file_id: String,
    /// Its room.
    pub room: Option<RoomNum>,
    /// The recording itself.
    pub recording: Recording,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It was not here before.
    New,
    /// It was here, and its live has begun or ended since.
    Changed,
    /// It was here and stayed as it is.
    Known,
    /// Its number belongs to another host.
    Taken,
}

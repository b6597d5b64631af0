//! Announcements of hosts about recordings, and the list of recordings that can be played.

use diesel::prelude::*;

use super::super::engine::{Conn, lock};
use super::super::queries::{recordings, rooms};
use super::super::transactions::rebuild::rebuild_since;
use crate::domain::{
    Announcement, Recording, RecordingFilter, RecordingPlace, Refusal, Uid, UnixTime,
};
use crate::error::Error;
use crate::store::lock_key::LockKey;

/// Stores an announcement. It replaces an earlier one with the same room, uid and name.
///
/// # Errors
/// [`Refusal::NotYourRoom`] if `caller` did not create that room.
pub(crate) fn announce(
    conn: &mut Conn,
    caller: &Uid,
    announcement: &Announcement,
    now: UnixTime,
) -> Result<(), Error> {
    lock(conn, &[LockKey::Room(announcement.number)])?;
    if rooms::creator(conn, announcement.number)?.as_deref() != Some(caller.as_str()) {
        return Err(Refusal::NotYourRoom.into());
    }
    let announced_at = recordings::announce(conn, announcement, now)?;
    rebuild_since(conn, announcement.number, announced_at)
}

/// The number of recordings that match, and at most `size` of them from row `offset`, newest first.
pub(crate) fn page(
    conn: &mut Conn,
    filter: &RecordingFilter,
    offset: i64,
    size: i64,
) -> Result<(i64, Vec<Recording>), Error> {
    // One transaction, so that the total fits the page.
    conn.transaction(|conn| Ok(recordings::page(conn, filter, offset, size)?))
}

/// The number of recordings that match, and at most `size` of them behind a place, or from the newest
/// on.
pub(crate) fn behind(
    conn: &mut Conn,
    filter: &RecordingFilter,
    place: Option<&RecordingPlace>,
    size: i64,
) -> Result<(i64, Vec<(RecordingPlace, Recording)>), Error> {
    // As above.
    conn.transaction(|conn| Ok(recordings::behind(conn, filter, place, size)?))
}

//! Rebuilds recordings from all that is recorded: the reports of the file, the lives of its room,
//! and the announcements of its host.
//!
//! A recording is rebuilt whenever one of these changes, so the order in which they came does not
//! matter. The domain decides the outcome.

use diesel::prelude::*;

use super::super::engine::{Conn, lock};
use super::super::queries::streams::match_room;
use super::super::queries::{files, lives, recordings};
use crate::domain::{FileOutcome, RecordedFile, RecordedRoom, RoomNum, UnixTime};
use crate::error::Error;
use crate::store::lock_key::LockKey;

/// Recordings that one write rebuilds at most.
const REBUILT: i64 = 512;

/// Rebuilds the newest recordings of a room that were made at `since` or later, after a live that
/// began then or an announcement made then has changed. Recordings beyond the limit of one write
/// stay as they are.
pub(crate) fn rebuild_since(
    conn: &mut Conn,
    number: RoomNum,
    since: UnixTime,
) -> Result<(), Error> {
    let files = recordings::files_since(conn, number, since, REBUILT)?;
    files
        .iter()
        .try_for_each(|file_id| rebuild(conn, file_id).map(|_| ()))
}

/// Builds the recording of a file. Returns what the file is now.
pub(crate) fn rebuild(conn: &mut Conn, file_id: &str) -> Result<FileOutcome, Error> {
    let is_deleted = files::is_deleted(conn, file_id)?;
    let file = RecordedFile::new(files::reports_of(conn, file_id)?, is_deleted);
    let room = recorded_room(conn, &file)?;
    let outcome = file.outcome(room);
    match &outcome {
        FileOutcome::Deleted => recordings::unlist(conn, file_id)?,
        FileOutcome::Listed(number, recording) => {
            recordings::list(conn, file_id, *number, recording)?;
        }
        FileOutcome::Unmatched | FileOutcome::Unplayable => {}
    }
    Ok(outcome)
}

/// The first existing room among those that the reports of a file name.
fn recorded_room(conn: &mut Conn, file: &RecordedFile) -> QueryResult<Option<RecordedRoom>> {
    for place in file.places() {
        if let Some(room) = match_room(conn, place)? {
            // What is read of the room now must not change before the recording is written.
            lock(conn, &[LockKey::Room(room.number)])?;
            return Ok(Some(RecordedRoom {
                live: lives::description_at(conn, room.number, file.middle())?,
                announcement: recordings::latest_announcement(conn, room.number, file.end())?,
                number: room.number,
                host: room.host,
            }));
        }
    }
    Ok(None)
}

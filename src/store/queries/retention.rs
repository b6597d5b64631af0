//! Rows that are forgotten when they are old: events of the cloud, and what was recorded of them that
//! nobody can see any more.

use diesel::prelude::*;

use super::super::engine::{Conn, Db};
use crate::domain::{InboxState, UnixTime};
use crate::store::schema::{
    deleted_files, file_reports, inbox, lives, pushes, recordings, streams,
};

/// The columns of an event that decide whether it is forgotten, and what else is.
#[derive(Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(Db))]
pub(crate) struct EventRow {
    pub(crate) id: i64,
    state: String,
    received_at: i64,
    pub(crate) stream: Option<String>,
    pub(crate) file_id: Option<String>,
}

impl EventRow {
    /// Its state; `None` if this build does not know it.
    pub(crate) fn state(&self) -> Option<InboxState> {
        InboxState::from_text(&self.state)
    }

    /// Whether something has yet to happen to it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state().is_none_or(InboxState::is_waiting)
    }

    pub(crate) fn received_at(&self) -> UnixTime {
        UnixTime::from_secs(self.received_at)
    }
}

/// The next events after this id, at most `at_most`.
pub(crate) fn events_after(conn: &mut Conn, id: i64, at_most: i64) -> QueryResult<Vec<EventRow>> {
    inbox::table
        .filter(inbox::id.gt(id))
        .order(inbox::id)
        .limit(at_most)
        .select(EventRow::as_select())
        .load(conn)
}

/// Those of these events that are still there.
pub(crate) fn events(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<EventRow>> {
    inbox::table
        .filter(inbox::id.eq_any(ids))
        .select(EventRow::as_select())
        .load(conn)
}

pub(crate) fn delete_events(conn: &mut Conn, ids: &[i64]) -> QueryResult<()> {
    let events = inbox::table.filter(inbox::id.eq_any(ids));
    diesel::delete(events).execute(conn).map(|_| ())
}

/// Deletes the pushes of these streams that ended before `limit`. Of those whose end nobody reported
/// it deletes the ones that began before it, unless a live runs in the stream's room.
pub(crate) fn delete_pushes(conn: &mut Conn, names: &[&str], limit: UnixTime) -> QueryResult<()> {
    let limit = limit.as_secs();
    let began_before = pushes::started_at.lt(limit);
    let ended = pushes::table
        .filter(pushes::stream.eq_any(names))
        .filter(pushes::stopped_at.lt(limit))
        .filter(pushes::started_at.is_null().or(began_before));
    diesel::delete(ended).execute(conn)?;
    let running: Vec<String> = streams::table
        .inner_join(lives::table.on(streams::roomnum.eq(lives::roomnum.nullable())))
        .filter(streams::stream.eq_any(names))
        .filter(lives::ended_at.is_null())
        .select(streams::stream)
        .load(conn)?;
    let without_end = pushes::table
        .filter(pushes::stream.eq_any(without(names, &running)))
        .filter(pushes::stopped_at.is_null())
        .filter(began_before);
    diesel::delete(without_end).execute(conn).map(|_| ())
}

/// Deletes those of these streams of which nothing is known but a picture from before `limit`.
///
/// A stream that belongs to a room stays, as the room does: its host may go live there again after
/// years, and a stream is linked to its room only once.
pub(crate) fn delete_streams(conn: &mut Conn, names: &[&str], limit: UnixTime) -> QueryResult<()> {
    let pushed: Vec<String> = pushes::table
        .filter(pushes::stream.eq_any(names))
        .select(pushes::stream)
        .distinct()
        .load(conn)?;
    let picture_is_old = streams::picture_at.lt(limit.as_secs());
    let unknown = streams::table
        .filter(streams::stream.eq_any(without(names, &pushed)))
        .filter(streams::roomnum.is_null())
        .filter(streams::picture_at.is_null().or(picture_is_old));
    diesel::delete(unknown).execute(conn).map(|_| ())
}

/// Deletes what senders reported before `limit` about those of these files that are neither listed
/// nor marked as deleted. A recording is built from all reports about its file whenever something
/// changes, so the reports of a listed one stay.
pub(crate) fn delete_unlisted_reports(
    conn: &mut Conn,
    file_ids: &[&str],
    limit: UnixTime,
) -> QueryResult<()> {
    let mut known: Vec<String> = recordings::table
        .filter(recordings::file_id.eq_any(file_ids))
        .select(recordings::file_id)
        .load(conn)?;
    let deleted = deleted_files::table
        .filter(deleted_files::file_id.eq_any(file_ids))
        .select(deleted_files::file_id);
    known.extend(deleted.load::<String>(conn)?);
    let reports = file_reports::table
        .filter(file_reports::file_id.eq_any(without(file_ids, &known)))
        .filter(file_reports::received_at.lt(limit.as_secs()));
    diesel::delete(reports).execute(conn).map(|_| ())
}

/// Files that were deleted before `limit`, at most `at_most`.
pub(crate) fn files_deleted_before(
    conn: &mut Conn,
    limit: UnixTime,
    at_most: i64,
) -> QueryResult<Vec<String>> {
    deleted_files::table
        .filter(deleted_files::deleted_at.lt(limit.as_secs()))
        .order(deleted_files::deleted_at)
        .limit(at_most)
        .select(deleted_files::file_id)
        .load(conn)
}

/// Deletes all that is known of these files.
pub(crate) fn delete_files(conn: &mut Conn, file_ids: &[String]) -> QueryResult<()> {
    let reports = file_reports::table.filter(file_reports::file_id.eq_any(file_ids));
    diesel::delete(reports).execute(conn)?;
    let marks = deleted_files::table.filter(deleted_files::file_id.eq_any(file_ids));
    diesel::delete(marks).execute(conn).map(|_| ())
}

/// The names that are not among `others`.
fn without<'n>(names: &[&'n str], others: &[String]) -> Vec<&'n str> {
    let is_other = |name: &&str| others.iter().any(|other| other == name);
    names
        .iter()
        .copied()
        .filter(|name| !is_other(name))
        .collect()
}

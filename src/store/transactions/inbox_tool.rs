//! The inbox as the operator's tool lists and changes it.

use diesel::prelude::*;

use super::super::engine::Conn;
use super::super::queries::{files, inbox as rows, streams};
use crate::domain::{InboxState, RoomNum};
use crate::error::Error;
use crate::store::inbox_entry::{InboxEntry, InboxFilter};
use crate::store::schema::inbox;

/// The number of events for each sender and state.
pub(crate) fn counts(conn: &mut Conn) -> Result<Vec<(String, String, i64)>, Error> {
    let groups = inbox::table
        .group_by((inbox::sender, inbox::state))
        .select((inbox::sender, inbox::state, diesel::dsl::count(inbox::id)))
        .order((inbox::sender, inbox::state));
    Ok(groups.load(conn)?)
}

/// Up to `limit` events, newest first.
pub(crate) fn newest(
    conn: &mut Conn,
    filter: InboxFilter,
    limit: u32,
) -> Result<Vec<InboxEntry>, Error> {
    let mut events = inbox::table
        .order(inbox::id.desc())
        .limit(limit.into())
        .select(InboxEntry::as_select())
        .into_boxed();
    if let Some(state) = filter.state {
        events = events.filter(inbox::state.eq(state.as_str()));
    }
    if let Some(sender) = filter.sender {
        events = events.filter(inbox::sender.eq(sender.as_str()));
    }
    Ok(events.load(conn)?)
}

/// The event with that id.
pub(crate) fn entry(conn: &mut Conn, id: i64) -> Result<Option<InboxEntry>, Error> {
    let entry = inbox::table.find(id).select(InboxEntry::as_select());
    Ok(entry.first(conn).optional()?)
}

/// Marks an unmatched event to be tried again. An operator may also name its room. False if the event
/// is not unmatched.
pub(crate) fn make_due(conn: &mut Conn, id: i64, room: Option<RoomNum>) -> Result<bool, Error> {
    // The change holds the event's row, so nobody else matches it meanwhile.
    let unmatched = inbox::table
        .find(id)
        .filter(inbox::state.eq(InboxState::Unmatched.as_str()));
    let due = inbox::state.eq(InboxState::Due.as_str());
    if diesel::update(unmatched).set(due).execute(conn)? == 0 {
        return Ok(false);
    }
    if let Some(number) = room {
        let (stream, file_id): (Option<String>, Option<String>) = inbox::table
            .find(id)
            .select((inbox::stream, inbox::file_id))
            .first(conn)?;
        if let Some(stream) = &stream {
            streams::link_one(conn, stream, number)?;
        }
        if let Some(file_id) = &file_id {
            files::assign(conn, file_id, number)?;
        }
        rows::set_room(conn, id, number)?;
    }
    Ok(true)
}

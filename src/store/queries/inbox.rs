//! Rows of the inbox: every event of the cloud once, and its state.
//!
//! The conditions on the state are literal texts, because SQLite uses a partial index only for the
//! exact condition that the index was created with.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::engine::{CacheStatement, Conn, Db};
use super::super::queries::rooms::is_unattached;
use crate::domain::{
    CloudDismissal, CloudEvent, EventKind, InboxState, Place, RoomNum, StreamName, UnixTime,
    WaitingEvent,
};
use crate::store::errors::is_new;
use crate::store::schema::{inbox, rooms};

/// Inserts an event and returns its id; `None` if the inbox has it already. `room` is the room that
/// the event was matched to, if any.
pub(crate) fn insert(
    conn: &mut Conn,
    event: &CloudEvent,
    room: Option<RoomNum>,
    state: InboxState,
    now: UnixTime,
) -> QueryResult<Option<i64>> {
    let number = room.or(event.place.room);
    let file_id = match &event.kind {
        EventKind::File(report) => Some(&report.file_id),
        _ => None,
    };
    let inserted = diesel::insert_into(inbox::table)
        .values((
            inbox::sender.eq(event.sender.as_str()),
            inbox::event.eq(&event.name),
            inbox::dedupe_key.eq(&event.key),
            inbox::fact.eq(event.kind.as_str()),
            inbox::state.eq(state.as_str()),
            inbox::roomnum.eq(number.map(|number| i64::from(number.get()))),
            inbox::stream.eq(event.place.stream_name()),
            inbox::file_id.eq(file_id),
            inbox::happened_at.eq(event.at.map(UnixTime::as_secs)),
            inbox::received_at.eq(now.as_secs()),
            inbox::body.eq(&event.body),
        ))
        .insert_cached(conn);
    is_new(inserted)
}

/// Replaces a sender's report of a file by a better one. Returns the id of the event.
pub(crate) fn replace(conn: &mut Conn, event: &CloudEvent) -> QueryResult<i64> {
    let known = inbox::table
        .filter(inbox::sender.eq(event.sender.as_str()))
        .filter(inbox::dedupe_key.eq(&event.key));
    let id = known.select(inbox::id).first(conn)?;
    diesel::update(inbox::table.find(id))
        .set((
            inbox::state.eq(InboxState::Unmatched.as_str()),
            inbox::happened_at.eq(event.at.map(UnixTime::as_secs)),
            inbox::body.eq(&event.body),
        ))
        .execute_cached(conn)?;
    Ok(id)
}

/// Sets the state of an event.
pub(crate) fn set_state(conn: &mut Conn, id: i64, state: InboxState) -> QueryResult<()> {
    diesel::update(inbox::table.find(id))
        .set(inbox::state.eq(state.as_str()))
        .execute_cached(conn)
}

/// Changes the state of all events about a file from `from` to `to`.
pub(crate) fn set_state_of_file(
    conn: &mut Conn,
    file_id: &str,
    from: InboxState,
    to: InboxState,
) -> QueryResult<()> {
    let events = inbox::table
        .filter(is_in(from))
        .filter(inbox::file_id.eq(file_id));
    diesel::update(events)
        .set(inbox::state.eq(to.as_str()))
        .execute_cached(conn)
}

/// Sets the state of a dismissal, unless it is decided already.
pub(crate) fn decide_dismissal(conn: &mut Conn, id: i64, state: InboxState) -> QueryResult<()> {
    let pending = inbox::table.find(id).filter(is_in(InboxState::Pending));
    diesel::update(pending)
        .set(inbox::state.eq(state.as_str()))
        .execute_cached(conn)
}

/// Sets the room of an event.
pub(crate) fn set_room(conn: &mut Conn, id: i64, number: RoomNum) -> QueryResult<()> {
    diesel::update(inbox::table.find(id))
        .set(inbox::roomnum.eq(i64::from(number.get())))
        .execute_cached(conn)
}

/// Whether any event has that state.
pub(crate) fn has_any(conn: &mut Conn, state: InboxState) -> QueryResult<bool> {
    let found = diesel::dsl::exists(inbox::table.filter(is_in(state)));
    diesel::select(found).cached().get_result(conn)
}

/// Whether anything can be settled: an event is due, or a room still has to be attached. One query
/// for both, because it runs every second.
pub(crate) fn has_unsettled(conn: &mut Conn) -> QueryResult<bool> {
    let unattached = diesel::dsl::exists(rooms::table.filter(is_unattached()));
    let due = diesel::dsl::exists(inbox::table.filter(is_in(InboxState::Due)));
    let (unattached, due): (bool, bool) = diesel::select((unattached, due))
        .cached()
        .get_result(conn)?;
    Ok(unattached || due)
}

/// Events that wait for a room by its number, at most `at_most`.
pub(crate) fn waiting_for_room(
    conn: &mut Conn,
    number: RoomNum,
    at_most: i64,
) -> QueryResult<Vec<WaitingRow>> {
    inbox::table
        .filter(is_in(InboxState::Unmatched))
        .limit(at_most)
        .select(WaitingRow::as_select())
        .filter(inbox::roomnum.eq(i64::from(number.get())))
        .cached()
        .load(conn)
}

/// Events that wait for the room of a stream, at most `at_most`.
pub(crate) fn waiting_for_stream(
    conn: &mut Conn,
    stream: &StreamName,
    at_most: i64,
) -> QueryResult<Vec<WaitingRow>> {
    inbox::table
        .filter(is_in(InboxState::Unmatched))
        .limit(at_most)
        .select(WaitingRow::as_select())
        .filter(inbox::stream.eq(stream.as_str()))
        .cached()
        .load(conn)
}

/// Events that are due, the oldest first, at most `at_most`.
pub(crate) fn due(conn: &mut Conn, at_most: i64) -> QueryResult<Vec<WaitingRow>> {
    inbox::table
        .filter(is_in(InboxState::Due))
        .order(inbox::id)
        .limit(at_most)
        .select(WaitingRow::as_select())
        .load(conn)
}

/// Dismissals that are not decided yet, at most `at_most`; with `until`, only those received by
/// then.
pub(crate) fn pending_dismissals(
    conn: &mut Conn,
    until: Option<UnixTime>,
    at_most: i64,
) -> QueryResult<Vec<CloudDismissal>> {
    let until = until.map_or(i64::MAX, UnixTime::as_secs);
    let rows: Vec<(i64, Option<i64>, Option<i64>, i64)> = inbox::table
        .filter(is_in(InboxState::Pending))
        .filter(inbox::received_at.le(until))
        .limit(at_most)
        .select((
            inbox::id,
            inbox::roomnum,
            inbox::happened_at,
            inbox::received_at,
        ))
        .load(conn)?;
    let dismissals = rows.into_iter().filter_map(|(event, room, dated, told)| {
        let (dated, told) = (dated.unwrap_or(told), UnixTime::from_secs(told));
        Some(CloudDismissal {
            event,
            number: room.and_then(RoomNum::new)?,
            at: CloudDismissal::happened_at(UnixTime::from_secs(dated), told),
        })
    });
    Ok(dismissals.collect())
}

/// The condition that an event has that state.
fn is_in(state: InboxState) -> SqlLiteral<Bool> {
    sql(&format!("state = '{}'", state.as_str()))
}

/// The columns of a waiting event that its effect needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(Db))]
pub(crate) struct WaitingRow {
    pub(crate) id: i64,
    fact: String,
    roomnum: Option<i64>,
    stream: Option<String>,
    file_id: Option<String>,
    happened_at: Option<i64>,
    received_at: i64,
}

impl WaitingRow {
    /// The place that the event names. The stream's name is read as stored.
    pub(crate) fn place(&self) -> Place {
        Place {
            room: self.roomnum.and_then(RoomNum::new),
            stream: self.stream.as_deref().and_then(StreamName::from_id),
            uids: Vec::new(),
        }
    }

    /// The name of the stream as it is recorded.
    pub(crate) fn stream(&self) -> Option<&str> {
        self.stream.as_deref()
    }

    /// The file that it is about.
    pub(crate) fn file_id(&self) -> Option<&str> {
        self.file_id.as_deref()
    }

    pub(crate) fn into_event(self) -> WaitingEvent {
        WaitingEvent {
            kind: self.fact,
            file_id: self.file_id,
            happened_at: self.happened_at.map(UnixTime::from_secs),
            received_at: UnixTime::from_secs(self.received_at),
        }
    }
}

//! Rows of the inbox: every event that the cloud told, once, and what became of it.
//!
//! The conditions on the state stand as texts, because an index over a part of a table serves only the
//! very condition that it was made with.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::{
    CloudDismissal, CloudEvent, EventKind, InboxState, Place, RoomNum, StreamName, UnixTime,
    WaitingEvent,
};
use crate::store::queries::rooms::is_unattached;
use crate::store::schema::{inbox, rooms};
use crate::store::sqlite::cached::CacheStatement;

/// The number of the event that came last; 0 if none ever came.
pub(crate) fn newest_event(conn: &mut SqliteConnection) -> QueryResult<i64> {
    let newest: Option<i64> = inbox::table
        .select(diesel::dsl::max(inbox::id))
        .first(conn)?;
    Ok(newest.unwrap_or(0))
}

/// Keeps an event, of which `room` is the room if it is known. None if it is kept already.
pub(crate) fn insert(
    conn: &mut SqliteConnection,
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
    diesel::insert_into(inbox::table)
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
        .on_conflict_do_nothing()
        .insert_cached(conn)
        .optional()
}

/// Puts a better report of a file in the place of what its sender told of it before. The number of
/// the event.
pub(crate) fn replace(conn: &mut SqliteConnection, event: &CloudEvent) -> QueryResult<i64> {
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

/// Marks an event.
pub(crate) fn set_state(
    conn: &mut SqliteConnection,
    id: i64,
    state: InboxState,
) -> QueryResult<()> {
    diesel::update(inbox::table.find(id))
        .set(inbox::state.eq(state.as_str()))
        .execute_cached(conn)
}

/// Marks the events that tell of a file and are in the state `from`.
pub(crate) fn set_state_of_file(
    conn: &mut SqliteConnection,
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

/// Marks a dismissal that is not decided yet.
pub(crate) fn decide_dismissal(
    conn: &mut SqliteConnection,
    id: i64,
    state: InboxState,
) -> QueryResult<()> {
    let pending = inbox::table.find(id).filter(is_in(InboxState::Pending));
    diesel::update(pending)
        .set(inbox::state.eq(state.as_str()))
        .execute_cached(conn)
}

/// Says to which room an event belongs.
pub(crate) fn set_room(conn: &mut SqliteConnection, id: i64, number: RoomNum) -> QueryResult<()> {
    diesel::update(inbox::table.find(id))
        .set(inbox::roomnum.eq(i64::from(number.get())))
        .execute_cached(conn)
}

/// Whether any event is in that state.
pub(crate) fn has_any(conn: &mut SqliteConnection, state: InboxState) -> QueryResult<bool> {
    let found = diesel::dsl::exists(inbox::table.filter(is_in(state)));
    diesel::select(found).cached().get_result(conn)
}

/// Whether anything can be settled: an event is to be tried again, or a room has not been given what
/// was kept for it. One question, because it is asked each second.
pub(crate) fn has_unsettled(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let unattached = diesel::dsl::exists(rooms::table.filter(is_unattached()));
    let due = diesel::dsl::exists(inbox::table.filter(is_in(InboxState::Due)));
    let (unattached, due): (bool, bool) = diesel::select((unattached, due))
        .cached()
        .get_result(conn)?;
    Ok(unattached || due)
}

/// Events that wait for that room by its number, up to so many.
pub(crate) fn waiting_for_room(
    conn: &mut SqliteConnection,
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

/// Events that wait for the room that sends that stream, up to so many.
pub(crate) fn waiting_for_stream(
    conn: &mut SqliteConnection,
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

/// Events that are to be tried again, the oldest first, up to so many.
pub(crate) fn due(conn: &mut SqliteConnection, at_most: i64) -> QueryResult<Vec<WaitingRow>> {
    inbox::table
        .filter(is_in(InboxState::Due))
        .order(inbox::id)
        .limit(at_most)
        .select(WaitingRow::as_select())
        .load(conn)
}

/// Dismissals that are not decided yet, up to so many; with `until` only those that came until then.
pub(crate) fn pending_dismissals(
    conn: &mut SqliteConnection,
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

/// The condition of being in that state.
fn is_in(state: InboxState) -> SqlLiteral<Bool> {
    sql(&format!("state = '{}'", state.as_str()))
}

/// As much of a waiting event as its effect needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(diesel::sqlite::Sqlite))]
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
    /// The place it names. Its stream's name is as it is kept.
    pub(crate) fn place(&self) -> Place {
        Place {
            room: self.roomnum.and_then(RoomNum::new),
            stream: self.stream.as_deref().and_then(StreamName::from_id),
            uids: Vec::new(),
        }
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

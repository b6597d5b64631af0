//! The inbox: every event of the cloud is kept once, with its effect, in one transaction.
//!
//! An event that names no room waits as `unmatched` and takes effect when that room appears. A
//! repetition changes nothing.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::InboxState;
use crate::domain::{
    CloudEvent, EventKind, Place, Push, Queue, Refusal, RoomNum, RoomUpdate, StreamName, UnixTime,
};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::job::PIECE;
use crate::store::queries::files;
use crate::store::queries::streams;
use crate::store::schema::inbox;
use crate::store::sqlite::cached::CacheStatement;
use crate::store::transactions::dismissals;
use crate::store::transactions::lives::creator;

/// Events that one look settles at the most, so that no commit grows without bound.
pub(crate) const AT_ONCE: i64 = PIECE as i64;

/// What came of taking an event in.
#[derive(Clone, Debug, PartialEq)]
pub enum Ingested {
    /// It was new, and is kept with its effect.
    New(InboxState, Option<RoomUpdate>),
    /// It had been kept before.
    Repeated,
}

impl Store {
    /// Keeps an event and its effect if `may_keep` allows it, which is told whether it has an effect
    /// here.
    ///
    /// # Errors
    /// If it cannot be committed; then neither is kept. [`Refusal::Busy`] if `may_keep` says no.
    pub async fn ingest(
        &self,
        event: CloudEvent,
        now: UnixTime,
        may_keep: impl Fn(bool) -> bool + Send + 'static,
    ) -> Result<Ingested, Error> {
        self.write(move |conn| {
            let room = match_room(conn, &event.place)?;
            let first = InboxState::Unmatched;
            let id = match insert(conn, &event, room.as_ref(), first, now)? {
                Some(id) => id,
                None => match replace(conn, &event)? {
                    Some(id) => id,
                    None => return Ok(Ingested::Repeated),
                },
            };
            let (state, update) = take_effect(conn, id, &event, room, now)?;
            if !may_keep(state.is_effective()) {
                return Err(Refusal::Busy(Queue::Inbox).into());
            }
            if state != first {
                set_state(conn, id, state)?;
            }
            Ok(Ingested::New(state, update))
        })
        .await
    }
}

/// The room that an event is about, with its host.
///
/// `groupid` names it by number and the stream's hash by its host. They agree, unless somebody wrote
/// another room's number among the parameters of his push: so the hash is believed where it is
/// known, and the number elsewhere.
pub(crate) fn match_room(
    conn: &mut SqliteConnection,
    place: &Place,
) -> QueryResult<Option<(RoomNum, String)>> {
    let by_stream = match place.stream_name() {
        Some(stream) => streams::room_of(conn, &stream)?,
        None => None,
    };
    for number in [by_stream, place.room].into_iter().flatten() {
        if let Some(host) = creator(conn, number)? {
            return Ok(Some((number, host)));
        }
    }
    Ok(None)
}

fn insert(
    conn: &mut SqliteConnection,
    event: &CloudEvent,
    room: Option<&(RoomNum, String)>,
    state: InboxState,
    now: UnixTime,
) -> QueryResult<Option<i64>> {
    let number = room.map(|(number, _)| *number).or(event.place.room);
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

/// A better report of a file that its sender told of before takes the place of that. None if it is
/// a mere repetition.
fn replace(conn: &mut SqliteConnection, event: &CloudEvent) -> Result<Option<i64>, Error> {
    let EventKind::File(report) = &event.kind else {
        return Ok(None);
    };
    if !files::improves(conn, event.sender, report)? {
        return Ok(None);
    }
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
    Ok(Some(id))
}

/// What an event changes, and what became of it by that.
fn take_effect(
    conn: &mut SqliteConnection,
    id: i64,
    event: &CloudEvent,
    room: Option<(RoomNum, String)>,
    now: UnixTime,
) -> Result<(InboxState, Option<RoomUpdate>), Error> {
    let named = room.as_ref().map(|(number, host)| (*number, host.as_str()));
    let of_room = if room.is_some() {
        InboxState::Done
    } else {
        InboxState::Unmatched
    };
    match &event.kind {
        EventKind::Push { sequence, started } => {
            let stream = streams::counted(conn, &event.place, named)?;
            if let Some((stream, at)) = stream.zip(event.at) {
                let push = Push {
                    started_at: Some(at).filter(|_| *started),
                    stopped_at: Some(at).filter(|_| !*started),
                };
                streams::record_push(conn, &stream, sequence, push)?;
            }
            Ok((of_room, shows(conn, room, id)?))
        }
        EventKind::Picture { url } => {
            let stream = streams::counted(conn, &event.place, named)?;
            if let Some((stream, at)) = stream.zip(event.at) {
                streams::record_picture(conn, &stream, url, at)?;
            }
            Ok((of_room, shows(conn, room, id)?))
        }
        EventKind::File(report) => {
            files::report(conn, event.sender, &event.place, report, now)?;
            if let Some((number, _)) = &room {
                files::assign_if_unknown(conn, &report.file_id, *number)?;
            }
            Ok((rebuild_recording(conn, &report.file_id)?, None))
        }
        EventKind::FilesDeleted(gone) => {
            for file_id in gone {
                files::delete(conn, file_id)?;
                rebuild_recording(conn, file_id)?;
            }
            Ok((InboxState::Done, None))
        }
        EventKind::Presence { uids, here, at_ms } => {
            let seen = room.map(|(number, _)| RoomUpdate::Seen {
                number,
                uids: uids.clone(),
                here: *here,
                at_ms: *at_ms,
            });
            Ok((of_room, seen))
        }
        EventKind::Dismissal => match (room, event.at) {
            // It did not happen later than it was told.
            (Some((number, _)), Some(at)) => Ok(dismissals::judge(conn, id, number, at.min(now))?),
            (Some(_), None) => Ok((InboxState::Ignored, None)),
            (None, _) => Ok((InboxState::Unmatched, None)),
        },
        EventKind::Nothing => Ok((InboxState::Ignored, None)),
    }
}

/// Builds the recording of a file, and says of every event that tells of it what became of it.
fn rebuild_recording(conn: &mut SqliteConnection, file_id: &str) -> Result<InboxState, Error> {
    let state = files::rebuild(conn, file_id)?;
    // One statement for each state that has an index of its own.
    for waiting in [InboxState::Unmatched, InboxState::Unplayable] {
        if waiting != state && state != InboxState::Unmatched {
            let condition = format!("state = '{}'", waiting.as_str());
            let events = inbox::table
                .filter(sql::<Bool>(&condition))
                .filter(inbox::file_id.eq(file_id));
            diesel::update(events)
                .set(inbox::state.eq(state.as_str()))
                .execute_cached(conn)?;
        }
    }
    Ok(state)
}

fn set_state(conn: &mut SqliteConnection, id: i64, state: InboxState) -> QueryResult<()> {
    diesel::update(inbox::table.find(id))
        .set(inbox::state.eq(state.as_str()))
        .execute_cached(conn)
}

fn shows(
    conn: &mut SqliteConnection,
    room: Option<(RoomNum, String)>,
    id: i64,
) -> Result<Option<RoomUpdate>, Error> {
    let Some((number, _)) = room else {
        return Ok(None);
    };
    let broadcast = streams::broadcast(conn, number, id)?;
    Ok(Some(RoomUpdate::Shows(number, broadcast)))
}

pub(crate) fn has_unmatched(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let unmatched = diesel::dsl::exists(inbox::table.filter(is_unmatched()));
    diesel::select(unmatched).cached().get_result(conn)
}

/// Tries again what is due. What open rooms have to be told.
pub(crate) fn try_due(
    conn: &mut SqliteConnection,
    now: UnixTime,
) -> Result<Vec<RoomUpdate>, Error> {
    let due = inbox::table
        .filter(is_due())
        .order(inbox::id)
        .limit(AT_ONCE)
        .select(WaitingRow::as_select());
    let mut updates = Vec::new();
    for row in due.load::<WaitingRow>(conn)? {
        row.set_state(conn, InboxState::Unmatched)?;
        if let Some((number, _)) = match_room(conn, &row.place())? {
            updates.extend(row.settle(conn, number, now)?);
            let version = streams::newest_event(conn)?;
            let broadcast = streams::broadcast(conn, number, version)?;
            updates.push(RoomUpdate::Shows(number, broadcast));
        }
    }
    Ok(updates)
}

// These stand as texts, because an index over a part of a table serves only the very condition
// that it was made with.
pub(crate) fn is_unmatched() -> diesel::expression::SqlLiteral<Bool> {
    sql("state = 'unmatched'")
}

pub(crate) fn is_due() -> diesel::expression::SqlLiteral<Bool> {
    sql("state = 'due'")
}

/// As much of a waiting event as its effect needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct WaitingRow {
    id: i64,
    fact: String,
    roomnum: Option<i64>,
    stream: Option<String>,
    file_id: Option<String>,
    happened_at: Option<i64>,
    received_at: i64,
}

impl WaitingRow {
    /// The place it names. Its stream's name is as it is kept.
    fn place(&self) -> Place {
        Place {
            room: self.roomnum.and_then(RoomNum::new),
            stream: self.stream.as_deref().and_then(StreamName::from_id),
            uids: Vec::new(),
        }
    }

    /// Its room is known now. Pushes and pictures took effect by the name of their stream already,
    /// and a hint about somebody's presence has had its time.
    pub(crate) fn settle(
        self,
        conn: &mut SqliteConnection,
        number: RoomNum,
        now: UnixTime,
    ) -> Result<Option<RoomUpdate>, Error> {
        diesel::update(inbox::table.find(self.id))
            .set(inbox::roomnum.eq(i64::from(number.get())))
            .execute_cached(conn)?;
        let (state, update) = match (self.fact.as_str(), &self.file_id) {
            ("dismissal", _) => {
                // It did not happen later than it was told, wherever our clock stood then.
                let told = self.happened_at.map_or(0, |at| at.min(self.received_at));
                dismissals::judge(conn, self.id, number, UnixTime::from_secs(told).min(now))?
            }
            (_, Some(file_id)) => {
                files::assign_if_unknown(conn, file_id, number)?;
                (rebuild_recording(conn, file_id)?, None)
            }
            _ => (InboxState::Done, None),
        };
        self.set_state(conn, state)?;
        Ok(update)
    }

    fn set_state(&self, conn: &mut SqliteConnection, state: InboxState) -> QueryResult<()> {
        set_state(conn, self.id, state)
    }
}

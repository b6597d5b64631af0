//! The inbox: every event of the cloud is kept once, with its effect, in one transaction.
//!
//! An event that names no room waits as `unmatched` and takes effect when that room appears. A
//! repetition changes nothing.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::files;
use super::kept::Keep;
use super::lives::{creator, end_live, open_run};
use super::schema::inbox;
use super::{PIECE, Store, streams};
use crate::domain::{
    Consequence, EndReason, Fact, LiveEnd, Notice, Place, Progress, Push, RoomNum, StreamName,
    UnixTime,
};
use crate::error::Error;

/// Events that one look settles at the most, so that no commit grows without bound.
pub(super) const AT_ONCE: i64 = PIECE as i64;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxState {
    /// It took effect.
    Done,
    /// It names no room that exists; it takes effect when the room appears.
    Unmatched,
    /// It has no effect here.
    Kept,
    /// Somebody asked for it to be tried again; that happens within a second.
    Due,
}

impl InboxState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Done, Self::Unmatched, Self::Kept, Self::Due];

    /// The word for it on record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unmatched => "unmatched",
            Self::Kept => "kept",
            Self::Due => "due",
        }
    }
}

/// What came of taking an event in.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It was new, and is kept with its effect.
    New(InboxState, Option<Consequence>),
    /// It had been kept before.
    Repeated,
}

impl Store {
    /// Keeps an event and its effect. `figures` are those of the open room it names, if it may end
    /// that room's live.
    ///
    /// # Errors
    /// If it cannot be committed; then neither is kept.
    pub async fn take(
        &self,
        notice: Notice,
        figures: Option<Progress>,
        now: UnixTime,
    ) -> Result<Taken, Error> {
        self.write(move |conn| {
            let room = match_room(conn, &notice.place)?;
            let state = match &notice.fact {
                Fact::Nothing => InboxState::Kept,
                Fact::FilesDeleted(_) => InboxState::Done,
                _ if room.is_some() => InboxState::Done,
                _ => InboxState::Unmatched,
            };
            let Some(id) = insert(conn, &notice, room.as_ref(), state, now)? else {
                return Ok(Taken::Repeated);
            };
            let consequence = take_effect(conn, id, &notice, room, figures, now)?;
            Ok(Taken::New(state, consequence))
        })
        .await
    }
}

/// The room that an event is about, with its host.
///
/// `groupid` names it by number and the stream's hash by its host. They agree, unless somebody wrote
/// another room's number among the parameters of his push: so the hash is believed where it is
/// known, and the number elsewhere.
pub(super) fn match_room(
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
    notice: &Notice,
    room: Option<&(RoomNum, String)>,
    state: InboxState,
    now: UnixTime,
) -> QueryResult<Option<i64>> {
    let number = room.map(|(number, _)| *number).or(notice.place.room);
    let file_id = match &notice.fact {
        Fact::File(report) => Some(&report.file_id),
        _ => None,
    };
    diesel::insert_into(inbox::table)
        .values((
            inbox::sender.eq(notice.sender.word()),
            inbox::event.eq(&notice.event),
            inbox::dedupe_key.eq(&notice.key),
            inbox::fact.eq(notice.fact.word()),
            inbox::state.eq(state.word()),
            inbox::roomnum.eq(number.map(|number| i64::from(number.get()))),
            inbox::stream.eq(notice.place.stream_name()),
            inbox::file_id.eq(file_id),
            inbox::happened_at.eq(notice.at.map(UnixTime::as_secs)),
            inbox::received_at.eq(now.as_secs()),
            inbox::body.eq(&notice.body),
        ))
        .on_conflict_do_nothing()
        .insert(conn)
        .optional()
}

fn take_effect(
    conn: &mut SqliteConnection,
    id: i64,
    notice: &Notice,
    room: Option<(RoomNum, String)>,
    figures: Option<Progress>,
    now: UnixTime,
) -> Result<Option<Consequence>, Error> {
    let named = room.as_ref().map(|(number, host)| (*number, host.as_str()));
    match &notice.fact {
        Fact::Push { sequence, started } => {
            let stream = streams::counted(conn, &notice.place, named)?;
            if let Some((stream, at)) = stream.zip(notice.at) {
                let push = Push {
                    started_at: Some(at).filter(|_| *started),
                    stopped_at: Some(at).filter(|_| !*started),
                };
                streams::record_push(conn, &stream, sequence, push)?;
            }
            shows(conn, room, id)
        }
        Fact::Picture { url } => {
            let stream = streams::counted(conn, &notice.place, named)?;
            if let Some((stream, at)) = stream.zip(notice.at) {
                streams::record_picture(conn, &stream, url, at)?;
            }
            shows(conn, room, id)
        }
        Fact::File(report) => {
            files::report(conn, notice.sender, &notice.place, report, now)?;
            files::draw(conn, &report.file_id)?;
            Ok(None)
        }
        Fact::FilesDeleted(gone) => {
            gone.iter()
                .try_for_each(|file_id| files::delete(conn, file_id))?;
            Ok(None)
        }
        Fact::Presence { uids, here, at_ms } => Ok(room.map(|(number, _)| Consequence::Seen {
            number,
            uids: uids.clone(),
            here: *here,
            at_ms: *at_ms,
        })),
        Fact::Dismissal => match room {
            // Without a time it can only mean the live that runs now.
            Some((number, _)) => dismiss(conn, number, notice.at.unwrap_or(now), figures, now),
            None => Ok(None),
        },
        Fact::Nothing => Ok(None),
    }
}

fn shows(
    conn: &mut SqliteConnection,
    room: Option<(RoomNum, String)>,
    id: i64,
) -> Result<Option<Consequence>, Error> {
    let Some((number, _)) = room else {
        return Ok(None);
    };
    let broadcast = streams::broadcast(conn, number, id)?;
    Ok(Some(Consequence::Shows(number, broadcast)))
}

/// Ends the live that ran in a room at that time, if it still runs: a dismissal that comes late
/// does not end a later live of the same number.
fn dismiss(
    conn: &mut SqliteConnection,
    number: RoomNum,
    at: UnixTime,
    figures: Option<Progress>,
    now: UnixTime,
) -> Result<Option<Consequence>, Error> {
    let open = open_run(conn, number)?;
    let Some(open) = open.filter(|open| open.opened_at < at) else {
        return Ok(None);
    };
    let newest = figures.filter(|figures| figures.live == open.live);
    end_live(
        conn,
        &LiveEnd {
            live: open.live,
            reason: EndReason::Dismissed,
            tally: newest.map_or(open.tally, |figures| figures.tally),
            at: at.min(now),
        },
    )?;
    Ok(Some(Consequence::Over(open.live, number)))
}

/// The events that tell of a file have found their room.
pub(super) fn mark_file_done(conn: &mut SqliteConnection, file_id: &str) -> QueryResult<()> {
    let waiting = inbox::table
        .filter(is_unmatched())
        .filter(inbox::file_id.eq(file_id));
    diesel::update(waiting)
        .set(inbox::state.eq(InboxState::Done.word()))
        .change(conn)
}

pub(super) fn has_unmatched(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let unmatched = diesel::dsl::exists(inbox::table.filter(is_unmatched()));
    diesel::select(unmatched).kept().get_result(conn)
}

/// Tries again what is due. What open rooms have to be told.
pub(super) fn try_due(
    conn: &mut SqliteConnection,
    now: UnixTime,
) -> Result<Vec<Consequence>, Error> {
    let due = inbox::table
        .filter(is_due())
        .order(inbox::id)
        .limit(AT_ONCE)
        .select(WaitingRow::as_select());
    let mut consequences = Vec::new();
    for row in due.load::<WaitingRow>(conn)? {
        row.set_state(conn, InboxState::Unmatched)?;
        if let Some((number, _)) = match_room(conn, &row.place())? {
            consequences.extend(row.settle(conn, number, now)?);
            let version = streams::newest_event(conn)?;
            let broadcast = streams::broadcast(conn, number, version)?;
            consequences.push(Consequence::Shows(number, broadcast));
        }
    }
    Ok(consequences)
}

// These stand as texts, because an index over a part of a table serves only the very condition
// that it was made with.
pub(super) fn is_unmatched() -> diesel::expression::SqlLiteral<Bool> {
    sql("state = 'unmatched'")
}

pub(super) fn is_due() -> diesel::expression::SqlLiteral<Bool> {
    sql("state = 'due'")
}

/// As much of a waiting event as its effect needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(diesel::sqlite::Sqlite))]
pub(super) struct WaitingRow {
    id: i64,
    fact: String,
    roomnum: Option<i64>,
    stream: Option<String>,
    file_id: Option<String>,
    happened_at: Option<i64>,
}

impl WaitingRow {
    /// The place it names. Its stream's name is as it is kept.
    fn place(&self) -> Place {
        Place {
            room: self.roomnum.and_then(RoomNum::new),
            stream: self.stream.as_deref().and_then(StreamName::of_id),
            uid: None,
        }
    }

    /// Its room is known now. Pushes and pictures took effect by the name of their stream already,
    /// and a hint about somebody's presence has had its time.
    pub(super) fn settle(
        self,
        conn: &mut SqliteConnection,
        number: RoomNum,
        now: UnixTime,
    ) -> Result<Option<Consequence>, Error> {
        self.set_state(conn, InboxState::Done)?;
        diesel::update(inbox::table.find(self.id))
            .set(inbox::roomnum.eq(i64::from(number.get())))
            .change(conn)?;
        if let Some(file_id) = &self.file_id {
            files::draw(conn, file_id)?;
        }
        match (self.fact.as_str(), self.happened_at) {
            ("dismissal", Some(at)) => dismiss(conn, number, UnixTime::from_secs(at), None, now),
            _ => Ok(None),
        }
    }

    fn set_state(&self, conn: &mut SqliteConnection, state: InboxState) -> QueryResult<()> {
        diesel::update(inbox::table.find(self.id))
            .set(inbox::state.eq(state.word()))
            .change(conn)
    }
}

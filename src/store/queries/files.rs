//! Recorded files: what each sender says of them, and the recordings that are built from that.
//!
//! A recording is a function of all that is on record: the reports of the file, the lives of its
//! room, the announcements of its host. It is built again whenever one of these changes, so the
//! order in which they came does not show.

use diesel::prelude::*;

use crate::domain::InboxState;
use crate::domain::{FileReport, Place, RoomNum, Sender, StreamName, UnixTime};
use crate::error::Error;
use crate::store::schema::{announcements, deleted_files, file_reports, lives, recordings};
use crate::store::sqlite::cached::CacheStatement;
use crate::store::transactions::ingest::match_room;

/// Who is believed first about a file.
const TRUST: [Sender; 4] = [Sender::Live, Sender::Trtc, Sender::Im, Sender::Vod];

/// Keeps what a sender says of a file. What they said of it before stands, unless this is better.
pub(crate) fn report(
    conn: &mut SqliteConnection,
    sender: Sender,
    place: &Place,
    report: &FileReport,
    now: UnixTime,
) -> QueryResult<()> {
    let secs = |at: Option<UnixTime>| at.map(UnixTime::as_secs);
    let room = place.room.map(|room| i64::from(room.get()));
    let mut roomnum = room;
    if improves(conn, sender, report)? {
        let known = file_reports::table.find((&report.file_id, sender.as_str()));
        // Somebody may have said by hand which room the file belongs to.
        roomnum = room.or(known.select(file_reports::roomnum).first(conn)?);
        diesel::delete(known).execute(conn)?;
    }
    diesel::insert_or_ignore_into(file_reports::table)
        .values((
            file_reports::file_id.eq(&report.file_id),
            file_reports::sender.eq(sender.as_str()),
            file_reports::roomnum.eq(roomnum),
            file_reports::stream.eq(place.stream.as_ref().map(StreamName::as_str)),
            file_reports::video_id.eq(&report.video_id),
            file_reports::url.eq(&report.url),
            file_reports::cover.eq(&report.cover),
            file_reports::started_at.eq(secs(report.started_at)),
            file_reports::ended_at.eq(secs(report.ended_at)),
            file_reports::made_at.eq(secs(report.made_at)),
            file_reports::duration_s.eq(report.duration_s),
            file_reports::file_bytes.eq(report.file_bytes),
            file_reports::received_at.eq(now.as_secs()),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Whether that says more than what the same sender said of the file before.
pub(crate) fn improves(
    conn: &mut SqliteConnection,
    sender: Sender,
    report: &FileReport,
) -> QueryResult<bool> {
    let known = file_reports::table
        .find((&report.file_id, sender.as_str()))
        .select(ReportRow::as_select());
    let known = known.first(conn).optional()?.map(ReportRow::into_report);
    Ok(known.is_some_and(|known| report.improves_on(&known)))
}

/// The file is gone: its recording is not listed, now and whatever comes later.
pub(crate) fn delete(conn: &mut SqliteConnection, file_id: &str) -> QueryResult<()> {
    diesel::insert_or_ignore_into(deleted_files::table)
        .values(deleted_files::file_id.eq(file_id))
        .execute(conn)
        .map(|_| ())
}

/// Says by hand which room a file belongs to.
pub(crate) fn assign(
    conn: &mut SqliteConnection,
    file_id: &str,
    number: RoomNum,
) -> QueryResult<()> {
    diesel::update(file_reports::table.filter(file_reports::file_id.eq(file_id)))
        .set(file_reports::roomnum.eq(i64::from(number.get())))
        .execute_cached(conn)
}

/// Says which room a file belongs to of which no report says it: an event that names one may come
/// later than the report that counts.
pub(crate) fn assign_if_unknown(
    conn: &mut SqliteConnection,
    file_id: &str,
    number: RoomNum,
) -> QueryResult<()> {
    let reports = file_reports::table
        .filter(file_reports::file_id.eq(file_id))
        .filter(file_reports::roomnum.is_null());
    diesel::update(reports)
        .set(file_reports::roomnum.eq(i64::from(number.get())))
        .execute_cached(conn)
}

/// Recordings that one write builds again at the most.
const REBUILT: i64 = 512;

/// Builds again the newest recordings of a room that were made from `since` on: a live that began
/// then, or an announcement that was made then, has changed. Older ones, beyond what one write may
/// change, stay as they are.
pub(crate) fn rebuild_since(
    conn: &mut SqliteConnection,
    number: RoomNum,
    since: UnixTime,
) -> Result<(), Error> {
    let of_room = recordings::table
        .filter(recordings::roomnum.eq(i64::from(number.get())))
        .filter(recordings::created_at.ge(since.as_secs()))
        .order((recordings::created_at.desc(), recordings::file_id.desc()))
        .limit(REBUILT);
    let files: Vec<String> = of_room.select(recordings::file_id).load(conn)?;
    files
        .iter()
        .try_for_each(|file_id| rebuild(conn, file_id).map(|_| ()))
}

/// Builds the recording of a file from all that is on record. What became of the events that tell
/// of the file.
pub(crate) fn rebuild(conn: &mut SqliteConnection, file_id: &str) -> Result<InboxState, Error> {
    let listed = recordings::table.filter(recordings::file_id.eq(file_id));
    if is_deleted(conn, file_id)? {
        diesel::delete(listed).execute(conn)?;
        return Ok(InboxState::Done);
    }
    let mut reports = file_reports::table
        .filter(file_reports::file_id.eq(file_id))
        .select(ReportRow::as_select())
        .load(conn)?;
    reports.sort_by_key(|report| {
        let trusted = |sender: &Sender| sender.as_str() == report.sender;
        TRUST.iter().position(trusted)
    });
    let mut room = None;
    for report in &reports {
        if room.is_none() {
            room = match_room(conn, &report.place())?;
        }
    }
    let (Some((number, host)), Some(heard_at)) =
        (room, reports.iter().map(|report| report.received_at).min())
    else {
        return Ok(InboxState::Unmatched);
    };
    let told = reports.into_iter().map(ReportRow::into_report);
    let Some(mut file) = told.reduce(FileReport::completed_by) else {
        return Ok(InboxState::Unmatched);
    };
    // What can not be played is no recording yet.
    if file.url.is_empty() {
        return Ok(InboxState::Unplayable);
    }
    // A file is told of soon after it was made.
    let heard_at = UnixTime::from_secs(heard_at);
    file.made_at = file.made_at.or(Some(heard_at));
    let made_at = file.end().unwrap_or(heard_at);
    let (title, cover) = live_at(conn, number, file.middle().unwrap_or(heard_at))?;
    let announced = announced_by(conn, number, made_at)?;
    let (name, kind, announced_cover) = match announced {
        Some((name, kind, cover)) => (name, Some(kind), cover),
        None => (title.clone(), None, String::new()),
    };
    let covers = [&announced_cover, &cover, &file.cover];
    let built = (
        recordings::roomnum.eq(i64::from(number.get())),
        recordings::uid.eq(&host),
        recordings::name.eq(&name),
        recordings::title.eq(&title),
        recordings::cover.eq(covers
            .into_iter()
            .find(|cover| !cover.is_empty())
            .unwrap_or(&cover)),
        recordings::kind.eq(kind),
        recordings::video_id.eq(if file.video_id.is_empty() {
            &file.file_id
        } else {
            &file.video_id
        }),
        recordings::play_url.eq(&file.url),
        recordings::created_at.eq(made_at.as_secs()),
        recordings::file_bytes.eq(file.file_bytes.unwrap_or(0)),
        recordings::duration_s.eq(file.length_s()),
    );
    diesel::insert_into(recordings::table)
        .values((recordings::file_id.eq(file_id), built))
        .on_conflict(recordings::file_id)
        .do_update()
        .set(built)
        .execute_cached(conn)?;
    Ok(InboxState::Done)
}

fn is_deleted(conn: &mut SqliteConnection, file_id: &str) -> QueryResult<bool> {
    let deleted = deleted_files::table.find(file_id);
    diesel::select(diesel::dsl::exists(deleted)).get_result(conn)
}

/// Title and cover of the live that ran in a room at that time, else of its first.
fn live_at(
    conn: &mut SqliteConnection,
    number: RoomNum,
    at: UnixTime,
) -> QueryResult<(String, String)> {
    let of_room = lives::table
        .filter(lives::roomnum.eq(i64::from(number.get())))
        .select((lives::title, lives::cover));
    let running = of_room
        .filter(lives::opened_at.le(at.as_secs()))
        .order((lives::opened_at.desc(), lives::id.desc()))
        .first(conn)
        .optional()?;
    match running {
        Some(live) => Ok(live),
        None => {
            let first = of_room.order((lives::opened_at, lives::id));
            Ok(first.first(conn).optional()?.unwrap_or_default())
        }
    }
}

/// Name, kind and cover of the latest announcement for a room that was made before `end`.
fn announced_by(
    conn: &mut SqliteConnection,
    number: RoomNum,
    end: UnixTime,
) -> QueryResult<Option<(String, i64, String)>> {
    announcements::table
        .filter(announcements::roomnum.eq(i64::from(number.get())))
        .filter(announcements::announced_at.le(end.as_secs()))
        .order((
            announcements::announced_at.desc(),
            announcements::name.desc(),
            announcements::uid.desc(),
        ))
        .select((
            announcements::name,
            announcements::kind,
            announcements::cover,
        ))
        .first(conn)
        .optional()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = file_reports, check_for_backend(diesel::sqlite::Sqlite))]
struct ReportRow {
    file_id: String,
    sender: String,
    roomnum: Option<i64>,
    stream: Option<String>,
    video_id: String,
    url: String,
    cover: String,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    made_at: Option<i64>,
    duration_s: Option<i64>,
    file_bytes: Option<i64>,
    received_at: i64,
}

impl ReportRow {
    fn place(&self) -> Place {
        Place {
            room: self.roomnum.and_then(RoomNum::new),
            stream: self.stream.as_deref().and_then(StreamName::from_id),
            uids: Vec::new(),
        }
    }

    fn into_report(self) -> FileReport {
        let time = |at: Option<i64>| at.map(UnixTime::from_secs);
        FileReport {
            file_id: self.file_id,
            video_id: self.video_id,
            url: self.url,
            cover: self.cover,
            started_at: time(self.started_at),
            ended_at: time(self.ended_at),
            made_at: time(self.made_at),
            duration_s: self.duration_s,
            file_bytes: self.file_bytes,
        }
    }
}

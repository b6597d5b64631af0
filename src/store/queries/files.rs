//! Rows of what senders say of recorded files, and of files that are gone.

use diesel::prelude::*;

use crate::domain::{FileReport, Place, RoomNum, Sender, SenderReport, StreamName, UnixTime};
use crate::error::{Error, Fault};
use crate::store::schema::{deleted_files, file_reports};
use crate::store::sqlite::cached::CacheStatement;

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

/// Whether the file is gone.
pub(crate) fn is_deleted(conn: &mut SqliteConnection, file_id: &str) -> QueryResult<bool> {
    let deleted = deleted_files::table.find(file_id);
    diesel::select(diesel::dsl::exists(deleted)).get_result(conn)
}

/// What each sender said of a file.
pub(crate) fn reports_of(
    conn: &mut SqliteConnection,
    file_id: &str,
) -> Result<Vec<SenderReport>, Error> {
    let rows = file_reports::table
        .filter(file_reports::file_id.eq(file_id))
        .select(ReportRow::as_select())
        .load(conn)?;
    rows.into_iter().map(ReportRow::into_told).collect()
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

    fn into_told(self) -> Result<SenderReport, Error> {
        let sender = Sender::from_text(&self.sender)
            .ok_or_else(|| Fault::new("reading a report of a file", "nobody knows its sender"))?;
        Ok(SenderReport {
            sender,
            place: Place {
                room: self.roomnum.and_then(RoomNum::new),
                stream: self.stream.as_deref().and_then(StreamName::from_id),
                uids: Vec::new(),
            },
            received_at: UnixTime::from_secs(self.received_at),
            report: self.into_report(),
        })
    }
}

//! Rows of the senders' reports about recorded files, and of deleted files.

use diesel::prelude::*;

use super::super::engine::{CacheStatement, Conn, Db};
use crate::domain::{FileReport, Place, RoomNum, Sender, SenderReport, StreamName, UnixTime};
use crate::store::errors::is_new;
use crate::store::schema::{deleted_files, file_reports};

/// Stores a sender's report of a file. It replaces an earlier report of the same sender only if it
/// is better.
pub(crate) fn report(
    conn: &mut Conn,
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
        // An operator may have named the room of this file by hand.
        roomnum = room.or(known.select(file_reports::roomnum).first(conn)?);
        diesel::delete(known).execute(conn)?;
    }
    let inserted = diesel::insert_into(file_reports::table)
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
        .execute(conn);
    // The sender's earlier report may be the better one.
    is_new(inserted).map(|_| ())
}

/// Whether this report is better than the one that the same sender sent before.
pub(crate) fn improves(conn: &mut Conn, sender: Sender, report: &FileReport) -> QueryResult<bool> {
    let known = file_reports::table
        .find((&report.file_id, sender.as_str()))
        .select(ReportRow::as_select());
    let known = known.first(conn).optional()?.map(ReportRow::into_report);
    Ok(known.is_some_and(|known| report.improves_on(&known)))
}

/// Marks a file as deleted: its recording is never listed again, even if reports come later.
pub(crate) fn delete(conn: &mut Conn, file_id: &str, now: UnixTime) -> QueryResult<()> {
    let inserted = diesel::insert_into(deleted_files::table)
        .values((
            deleted_files::file_id.eq(file_id),
            deleted_files::deleted_at.eq(now.as_secs()),
        ))
        .execute(conn);
    is_new(inserted).map(|_| ())
}

/// Sets the room of a file, as an operator named it by hand.
pub(crate) fn assign(conn: &mut Conn, file_id: &str, number: RoomNum) -> QueryResult<()> {
    diesel::update(file_reports::table.filter(file_reports::file_id.eq(file_id)))
        .set(file_reports::roomnum.eq(i64::from(number.get())))
        .execute_cached(conn)
}

/// Sets the room of a file in those reports that name no room. An event that names the room may
/// come later than the report that is used.
pub(crate) fn assign_if_unknown(
    conn: &mut Conn,
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

/// Whether the file was deleted.
pub(crate) fn is_deleted(conn: &mut Conn, file_id: &str) -> QueryResult<bool> {
    let deleted = deleted_files::table.find(file_id);
    diesel::select(diesel::dsl::exists(deleted)).get_result(conn)
}

/// The report of each sender about a file. A row whose sender is unknown is left out, so that it
/// does not stop the room that the file belongs to.
pub(crate) fn reports_of(conn: &mut Conn, file_id: &str) -> QueryResult<Vec<SenderReport>> {
    let rows = file_reports::table
        .filter(file_reports::file_id.eq(file_id))
        .select(ReportRow::as_select())
        .load(conn)?;
    let reports = rows.into_iter().filter_map(ReportRow::into_sender_report);
    Ok(reports.collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = file_reports, check_for_backend(Db))]
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

    fn into_sender_report(self) -> Option<SenderReport> {
        let Some(sender) = Sender::from_text(&self.sender) else {
            tracing::warn!(
                file = self.file_id,
                sender = self.sender,
                "the database has a report of a file whose sender this version does not know: it is passed over; does another version run on this database?"
            );
            return None;
        };
        Some(SenderReport {
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

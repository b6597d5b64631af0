//! Rows of recordings and of hosts' announcements about them.

use diesel::prelude::*;

use super::super::engine::{CacheStatement, Conn, Db, existing};
use crate::domain::{Announcement, Recording, RecordingFilter, RecordingPlace, RoomNum, UnixTime};
use crate::store::schema::{announcements, recordings};

/// Records an announcement, or changes the existing one with this room, uid and name. Returns the
/// time of the first announcement.
pub(crate) fn announce(
    conn: &mut Conn,
    announcement: &Announcement,
    now: UnixTime,
) -> QueryResult<UnixTime> {
    let kind = announcements::kind.eq(announcement.kind);
    let cover = announcements::cover.eq(&announcement.cover);
    // A repeated announcement keeps the time of the first one.
    diesel::insert_into(announcements::table)
        .values((
            announcements::roomnum.eq(i64::from(announcement.number.get())),
            announcements::uid.eq(&announcement.uid),
            announcements::name.eq(&announcement.name),
            kind,
            cover,
            announcements::announced_at.eq(now.as_secs()),
        ))
        .on_conflict(existing((
            announcements::roomnum,
            announcements::uid,
            announcements::name,
        )))
        .do_update()
        .set((kind, cover))
        .execute_cached(conn)?;
    let known = (
        i64::from(announcement.number.get()),
        &announcement.uid,
        &announcement.name,
    );
    announcements::table
        .find(known)
        .select(announcements::announced_at)
        .first(conn)
        .map(UnixTime::from_secs)
}

/// The latest announcement for a room that was made by `end`.
pub(crate) fn latest_announcement(
    conn: &mut Conn,
    number: RoomNum,
    end: UnixTime,
) -> QueryResult<Option<Announcement>> {
    let latest = announcements::table
        .filter(announcements::roomnum.eq(i64::from(number.get())))
        .filter(announcements::announced_at.le(end.as_secs()))
        .order((
            announcements::announced_at.desc(),
            announcements::name.desc(),
            announcements::uid.desc(),
        ))
        .select((
            announcements::uid,
            announcements::name,
            announcements::kind,
            announcements::cover,
        ))
        .first(conn)
        .optional()?;
    Ok(latest.map(|(uid, name, kind, cover)| Announcement {
        number,
        uid,
        name,
        kind,
        cover,
    }))
}

/// Lists a file as a recording of a room, or updates its entry.
pub(crate) fn list(
    conn: &mut Conn,
    file_id: &str,
    number: RoomNum,
    recording: &Recording,
) -> QueryResult<()> {
    let values = RecordingValues::of(Some(number), recording);
    diesel::insert_into(recordings::table)
        .values((recordings::file_id.eq(file_id), values))
        .on_conflict(existing(recordings::file_id))
        .do_update()
        .set(values)
        .execute_cached(conn)
}

/// What a recording's row says, beside the id of its file.
#[derive(Clone, Copy, AsChangeset, Insertable)]
#[diesel(
    table_name = recordings,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(crate) struct RecordingValues<'r> {
    roomnum: Option<i64>,
    uid: &'r str,
    name: &'r str,
    title: &'r str,
    cover: &'r str,
    kind: Option<i64>,
    video_id: &'r str,
    play_url: &'r str,
    created_at: i64,
    file_bytes: i64,
    duration_s: i64,
}

impl<'r> RecordingValues<'r> {
    pub(crate) fn of(room: Option<RoomNum>, recording: &'r Recording) -> Self {
        Self {
            roomnum: room.map(|number| i64::from(number.get())),
            uid: &recording.uid,
            name: &recording.name,
            title: &recording.title,
            cover: &recording.cover,
            kind: recording.kind,
            video_id: &recording.video_id,
            play_url: &recording.play_url,
            created_at: recording.created_at.as_secs(),
            file_bytes: recording.file_bytes,
            duration_s: recording.duration_s,
        }
    }
}

/// Removes a file from the list.
pub(crate) fn unlist(conn: &mut Conn, file_id: &str) -> QueryResult<()> {
    let listed = recordings::table.filter(recordings::file_id.eq(file_id));
    diesel::delete(listed).execute(conn).map(|_| ())
}

/// The newest listed files of a room that were made at `since` or later, at most `at_most`.
pub(crate) fn files_since(
    conn: &mut Conn,
    number: RoomNum,
    since: UnixTime,
    at_most: i64,
) -> QueryResult<Vec<String>> {
    recordings::table
        .filter(recordings::roomnum.eq(i64::from(number.get())))
        .filter(recordings::created_at.ge(since.as_secs()))
        .order((recordings::created_at.desc(), recordings::file_id.desc()))
        .limit(at_most)
        .select(recordings::file_id)
        .load(conn)
}

/// The number of recordings that match, and at most `size` of them from row `offset`, newest first.
pub(crate) fn page(
    conn: &mut Conn,
    filter: &RecordingFilter,
    offset: i64,
    size: i64,
) -> QueryResult<(i64, Vec<Recording>)> {
    let total = matching(filter).count().get_result(conn)?;
    let rows = matching(filter)
        .order((recordings::created_at.desc(), recordings::file_id.desc()))
        .offset(offset)
        .limit(size)
        .select(RecordingRow::as_select())
        .load(conn)?;
    Ok((total, rows.into_iter().map(Recording::from).collect()))
}

/// The number of recordings that match, and at most `size` of them behind a place, or from the newest
/// on.
pub(crate) fn behind(
    conn: &mut Conn,
    filter: &RecordingFilter,
    place: Option<&RecordingPlace>,
    size: i64,
) -> QueryResult<(i64, Vec<(RecordingPlace, Recording)>)> {
    let total = matching(filter).count().get_result(conn)?;
    let mut older = matching(filter);
    if let Some(place) = place {
        let at = place.created_at.as_secs();
        let of_that_second = recordings::created_at
            .eq(at)
            .and(recordings::file_id.lt(&place.file_id));
        older = older.filter(recordings::created_at.lt(at).or(of_that_second));
    }
    let rows: Vec<(String, RecordingRow)> = older
        .order((recordings::created_at.desc(), recordings::file_id.desc()))
        .limit(size)
        .select((recordings::file_id, RecordingRow::as_select()))
        .load(conn)?;
    let rows = rows.into_iter().map(|(file_id, row)| {
        let created_at = UnixTime::from_secs(row.created_at);
        let place = RecordingPlace {
            created_at,
            file_id,
        };
        (place, row.into())
    });
    Ok((total, rows.collect()))
}

fn matching(filter: &RecordingFilter) -> recordings::BoxedQuery<'_, Db> {
    let mut query = recordings::table.into_boxed();
    if let Some(kinds) = filter.kinds() {
        let announced = recordings::kind.eq_any(kinds);
        query = query.filter(recordings::kind.is_null().or(announced.assume_not_null()));
    }
    match &filter.uid {
        Some(uid) => query.filter(recordings::uid.eq(uid)),
        None => query,
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = recordings, check_for_backend(Db))]
struct RecordingRow {
    uid: String,
    name: String,
    title: String,
    cover: String,
    kind: Option<i64>,
    video_id: String,
    play_url: String,
    created_at: i64,
    file_bytes: i64,
    duration_s: i64,
}

impl From<RecordingRow> for Recording {
    fn from(row: RecordingRow) -> Self {
        Self {
            uid: row.uid,
            name: row.name,
            title: row.title,
            cover: row.cover,
            kind: row.kind,
            video_id: row.video_id,
            play_url: row.play_url,
            created_at: UnixTime::from_secs(row.created_at),
            file_bytes: row.file_bytes,
            duration_s: row.duration_s,
        }
    }
}

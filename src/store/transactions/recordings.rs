//! Recordings that can be played, and what hosts announced about them.

use diesel::prelude::*;

use crate::domain::{Announcement, Recording, RecordingFilter, Refusal, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::files;
use crate::store::schema::{announcements, recordings};
use crate::store::transactions::lives::creator;

impl Store {
    /// Keeps what a host announced; the same name for the same room and uid again replaces it.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] if `caller` did not create that room.
    pub async fn announce(
        &self,
        caller: &Uid,
        told: Announcement,
        now: UnixTime,
    ) -> Result<(), Error> {
        let caller = caller.clone();
        self.write(move |conn| {
            if creator(conn, told.number)?.as_deref() != Some(caller.as_str()) {
                return Err(Refusal::NotYourRoom.into());
            }
            let kind = announcements::kind.eq(told.kind);
            let cover = announcements::cover.eq(&told.cover);
            // Announced again, it keeps its time.
            let announced_at = diesel::insert_into(announcements::table)
                .values((
                    announcements::roomnum.eq(i64::from(told.number.get())),
                    announcements::uid.eq(&told.uid),
                    announcements::name.eq(&told.name),
                    kind,
                    cover,
                    announcements::announced_at.eq(now.as_secs()),
                ))
                .on_conflict((
                    announcements::roomnum,
                    announcements::uid,
                    announcements::name,
                ))
                .do_update()
                .set((kind, cover))
                .returning(announcements::announced_at)
                .get_result(conn)?;
            files::rebuild_since(conn, told.number, UnixTime::from_secs(announced_at))
        })
        .await
    }

    /// How many recordings match, and up to `size` of them from row `offset`, newest first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn recordings(
        &self,
        filter: RecordingFilter,
        offset: i64,
        size: i64,
    ) -> Result<(i64, Vec<Recording>), Error> {
        self.read(move |conn| {
            // One transaction, so that the total is that of the page.
            conn.transaction(|conn| {
                let matching = || {
                    let announced = recordings::kind.eq_any(filter.kinds());
                    let of_kind = recordings::kind.is_null().or(announced.assume_not_null());
                    let query = recordings::table.filter(of_kind).into_boxed();
                    match &filter.uid {
                        Some(uid) => query.filter(recordings::uid.eq(uid)),
                        None => query,
                    }
                };
                let total = matching().count().get_result(conn)?;
                let rows = matching()
                    .order((recordings::created_at.desc(), recordings::file_id.desc()))
                    .offset(offset)
                    .limit(size)
                    .select(RecordingRow::as_select())
                    .load(conn)?;
                Ok((total, rows.into_iter().map(Recording::from).collect()))
            })
        })
        .await
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = recordings, check_for_backend(diesel::sqlite::Sqlite))]
struct RecordingRow {
    uid: String,
    name: String,
    title: String,
    cover: String,
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
            video_id: row.video_id,
            play_url: row.play_url,
            created_at: UnixTime::from_secs(row.created_at),
            file_bytes: row.file_bytes,
            duration_s: row.duration_s,
        }
    }
}

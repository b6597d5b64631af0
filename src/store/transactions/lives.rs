//! Rooms and their lives: a room is a number that belongs to a host, a live is once on air.

use diesel::prelude::*;

use crate::domain::{
    AppId, Device, EndReason, Live, LiveEnd, LiveId, LiveInfo, Refusal, RoomNum, RoomStats, Uid,
    UnixTime, VideoType,
};
use crate::error::{Error, Fault};
use crate::store::facade::Store;
use crate::store::queries::files;
use crate::store::schema::{lives, rooms};
use crate::store::sqlite::cached::CacheStatement;
use crate::store::transactions::attach;

/// What came of reporting a room.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The live that is on air now.
    pub live: Live,
    /// It was begun by this report: the number was not in use.
    pub begun: bool,
}

impl Store {
    /// Gives a host a new room. The live that he has, `current` by its figures, ends.
    ///
    /// # Errors
    /// If it cannot be committed, or every number has been given out.
    pub async fn create_room(
        &self,
        host: &Uid,
        current: Option<RoomStats>,
        now: UnixTime,
    ) -> Result<Live, Error> {
        let host = host.clone();
        self.write(move |conn| {
            supersede(conn, &host, None, current.unwrap_or_default(), now)?;
            let number = diesel::insert_into(rooms::table)
                .values((
                    rooms::host.eq(host.as_str()),
                    rooms::created_at.eq(now.as_secs()),
                    rooms::adopted.eq(true),
                ))
                .insert_cached(conn)?;
            let number = RoomNum::new(number).ok_or_else(|| {
                Fault::new("numbering a room", "every 32-bit number has been given out")
            })?;
            let live = insert_live(conn, number, &host, now)?;
            if !attach::attach(conn, number, &host, now)?.is_complete {
                attach::set_attached(conn, number, false)?;
            }
            Ok(Live {
                id: live,
                number,
                host: host.clone(),
                info: None,
                stats: RoomStats::default(),
            })
        })
        .await
    }

    /// Records that a host goes live in a room of his. If the room has no open live, one begins;
    /// the live that he has elsewhere, `current` by its figures, ends.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] if he did not create that room.
    pub async fn report_room(
        &self,
        host: &Uid,
        number: RoomNum,
        info: LiveInfo,
        current: Option<RoomStats>,
        now: UnixTime,
    ) -> Result<Reported, Error> {
        let host = host.clone();
        self.write(move |conn| {
            if creator(conn, number)?.as_deref() != Some(host.as_str()) {
                return Err(Refusal::NotYourRoom.into());
            }
            supersede(conn, &host, Some(number), current.unwrap_or_default(), now)?;
            let open = lives::table
                .filter(lives::host.eq(host.as_str()).and(lives::ended_at.is_null()))
                .select((
                    lives::id,
                    lives::opened_at,
                    lives::live_at,
                    lives::peak_members,
                    lives::total_members,
                    lives::likes,
                ))
                .first::<(i64, i64, Option<i64>, i64, i64, i64)>(conn)
                .optional()?;
            let (live, opened_at, live_at, stats, begun) = match open {
                Some((id, opened_at, live_at, peak, total, likes)) => (
                    LiveId::new(id),
                    UnixTime::from_secs(opened_at),
                    live_at.unwrap_or(now.as_secs()),
                    stats(peak, total, likes),
                    false,
                ),
                None => (
                    insert_live(conn, number, &host, now)?,
                    now,
                    now.as_secs(),
                    RoomStats::default(),
                    true,
                ),
            };
            diesel::update(lives::table.find(live.get()))
                .set((
                    lives::live_at.eq(live_at),
                    lives::title.eq(&info.title),
                    lives::cover.eq(&info.cover),
                    lives::kind.eq(&info.kind),
                    lives::appid.eq(info.app.map(|app| i64::from(app.get()))),
                    lives::device.eq(info.device.number()),
                    lives::videotype.eq(info.video.number()),
                ))
                .execute_cached(conn)?;
            files::rebuild_since(conn, number, opened_at)?;
            Ok(Reported {
                live: Live {
                    id: live,
                    number,
                    host: host.clone(),
                    info: Some(info.clone()),
                    stats,
                },
                begun,
            })
        })
        .await
    }

    /// Whether a user created the room of that number, be it live or not.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn is_creator(&self, uid: &Uid, number: RoomNum) -> Result<bool, Error> {
        let uid = uid.clone();
        self.read(move |conn| Ok(creator(conn, number)?.as_deref() == Some(uid.as_str())))
            .await
    }

    /// Records the end of a live. An end that is on record already stays as it is.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn end_live(&self, end: LiveEnd) -> Result<(), Error> {
        self.write(move |conn| end_live(conn, &end)).await
    }

    /// Every live that has not ended, in the order in which they went live.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn open_lives(&self) -> Result<Vec<Live>, Error> {
        self.read(|conn| {
            let rows = lives::table
                .filter(lives::ended_at.is_null())
                .order((lives::live_at, lives::id))
                .select(LiveRow::as_select())
                .load(conn)?;
            rows.into_iter().map(LiveRow::into_live).collect()
        })
        .await
    }
}

/// Who created the room of that number.
pub(crate) fn creator(conn: &mut SqliteConnection, number: RoomNum) -> QueryResult<Option<String>> {
    let room = rooms::table
        .find(i64::from(number.get()))
        .select(rooms::host);
    room.first(conn).optional()
}

pub(crate) fn end_live(conn: &mut SqliteConnection, end: &LiveEnd) -> Result<(), Error> {
    let open = lives::table.filter(lives::id.eq(end.live.get()).and(lives::ended_at.is_null()));
    let end = EndRow::new(end.reason, end.stats, end.at);
    Ok(diesel::update(open).set(end).execute_cached(conn)?)
}

/// A live that has not ended, as far as a dismissal needs to know it.
pub(crate) struct OpenLive {
    pub(crate) live: LiveId,
    pub(crate) opened_at: UnixTime,
}

/// The live of a room that has not ended.
pub(crate) fn open_live_of(
    conn: &mut SqliteConnection,
    number: RoomNum,
) -> QueryResult<Option<OpenLive>> {
    let open = lives::table
        .filter(lives::roomnum.eq(i64::from(number.get())))
        .filter(lives::ended_at.is_null())
        .select((lives::id, lives::opened_at));
    let open: Option<(i64, i64)> = open.first(conn).optional()?;
    Ok(open.map(|(live, opened_at)| OpenLive {
        live: LiveId::new(live),
        opened_at: UnixTime::from_secs(opened_at),
    }))
}

/// Ends the open live of a host, unless it is in the room that he keeps.
fn supersede(
    conn: &mut SqliteConnection,
    host: &Uid,
    keep: Option<RoomNum>,
    stats: RoomStats,
    at: UnixTime,
) -> QueryResult<()> {
    let keep = keep.map_or(0, |number| i64::from(number.get()));
    let open = lives::table
        .filter(lives::host.eq(host.as_str()))
        .filter(lives::ended_at.is_null())
        .filter(lives::roomnum.ne(keep));
    let end = EndRow::new(EndReason::Superseded, stats, at);
    diesel::update(open).set(end).execute_cached(conn)
}

fn insert_live(
    conn: &mut SqliteConnection,
    number: RoomNum,
    host: &Uid,
    now: UnixTime,
) -> QueryResult<LiveId> {
    diesel::insert_into(lives::table)
        .values((
            lives::roomnum.eq(i64::from(number.get())),
            lives::host.eq(host.as_str()),
            lives::opened_at.eq(now.as_secs()),
        ))
        .insert_cached(conn)
        .map(LiveId::new)
}

fn stats(peak: i64, total: i64, likes: i64) -> RoomStats {
    let figure = |figure: i64| u32::try_from(figure).unwrap_or(0);
    RoomStats {
        members: 0,
        peak: figure(peak),
        total: figure(total),
        likes: figure(likes),
    }
}

/// What is recorded of a live when it ends.
#[derive(AsChangeset)]
#[diesel(table_name = lives)]
struct EndRow {
    ended_at: i64,
    end_reason: &'static str,
    peak_members: i64,
    total_members: i64,
    likes: i64,
}

impl EndRow {
    fn new(reason: EndReason, stats: RoomStats, at: UnixTime) -> Self {
        Self {
            ended_at: at.as_secs(),
            end_reason: reason.as_str(),
            peak_members: i64::from(stats.peak),
            total_members: i64::from(stats.total),
            likes: i64::from(stats.likes),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = lives, check_for_backend(diesel::sqlite::Sqlite))]
struct LiveRow {
    id: i64,
    roomnum: i64,
    host: String,
    live_at: Option<i64>,
    title: String,
    cover: String,
    kind: String,
    appid: Option<i64>,
    device: i32,
    videotype: i32,
    peak_members: i64,
    total_members: i64,
    likes: i64,
}

impl LiveRow {
    fn into_live(self) -> Result<Live, Error> {
        let odd = || Fault::new("reading an open live", "a value in its row is out of range");
        let info = LiveInfo {
            title: self.title,
            cover: self.cover,
            kind: self.kind,
            app: self.appid.and_then(AppId::new),
            device: Device::from_number(self.device.into()).ok_or_else(odd)?,
            video: VideoType::from_number(self.videotype.into()).ok_or_else(odd)?,
        };
        Ok(Live {
            id: LiveId::new(self.id),
            number: RoomNum::new(self.roomnum).ok_or_else(odd)?,
            host: Uid::parse(&self.host).ok_or_else(odd)?,
            info: self.live_at.is_some().then_some(info),
            stats: stats(self.peak_members, self.total_members, self.likes),
        })
    }
}

//! Rows of lives: a live is one time on air in a room.

use diesel::prelude::*;

use super::super::engine::{CacheStatement, Conn, Db, conflict};
use crate::domain::{
    AppId, Device, EndReason, Live, LiveDescription, LiveEnd, LiveId, LiveInfo, OpenLive, Progress,
    RoomNum, RoomStats, Uid, UnixTime, VideoType,
};
use crate::error::{Error, Fault};
use crate::store::errors::is_new;
use crate::store::schema::lives;

/// The part of an open live that is needed when its room is reported again.
pub(crate) struct OpenLiveOfHost {
    pub(crate) id: LiveId,
    pub(crate) opened_at: UnixTime,
    /// When the host first went live; `None` if they have not gone live yet.
    pub(crate) live_at: Option<UnixTime>,
    pub(crate) stats: RoomStats,
}

/// The open live of a host.
pub(crate) fn open_live_of_host(
    conn: &mut Conn,
    host: &Uid,
) -> QueryResult<Option<OpenLiveOfHost>> {
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
    Ok(open.map(
        |(id, opened_at, live_at, peak, total, likes)| OpenLiveOfHost {
            id: LiveId::new(id),
            opened_at: UnixTime::from_secs(opened_at),
            live_at: live_at.map(UnixTime::from_secs),
            stats: stats(peak, total, likes),
        },
    ))
}

/// Records how the host described a live.
pub(crate) fn describe(
    conn: &mut Conn,
    live: LiveId,
    live_at: UnixTime,
    info: &LiveInfo,
) -> QueryResult<()> {
    diesel::update(lives::table.find(live.get()))
        .set((
            lives::live_at.eq(live_at.as_secs()),
            lives::title.eq(&info.title),
            lives::cover.eq(&info.cover),
            lives::kind.eq(&info.kind),
            lives::appid.eq(info.app.map(|app| i64::from(app.get()))),
            lives::device.eq(info.device.number()),
            lives::videotype.eq(info.video.number()),
        ))
        .execute_cached(conn)
}

/// Records the stats of an open live. A live that has ended is not changed.
pub(crate) fn record_progress(
    conn: &mut Conn,
    Progress { live, stats, .. }: &Progress,
) -> QueryResult<()> {
    let open = lives::table.filter(lives::id.eq(live.get()).and(lives::ended_at.is_null()));
    diesel::update(open)
        .set((
            lives::peak_members.eq(i64::from(stats.peak)),
            lives::total_members.eq(i64::from(stats.total)),
            lives::likes.eq(i64::from(stats.likes)),
        ))
        .execute_cached(conn)
}

/// All open lives, in the order in which they went live.
pub(crate) fn open_lives(conn: &mut Conn) -> Result<Vec<Live>, Error> {
    let rows = lives::table
        .filter(lives::ended_at.is_null())
        .order((lives::live_at, lives::id))
        .select(LiveRow::as_select())
        .load(conn)?;
    rows.into_iter().map(LiveRow::into_live).collect()
}

/// The last live of a room that began before `at`, and its end reason if it has ended.
pub(crate) fn begun_before(
    conn: &mut Conn,
    number: RoomNum,
    at: UnixTime,
) -> QueryResult<Option<(LiveId, Option<String>)>> {
    let begun = lives::table
        .filter(lives::roomnum.eq(i64::from(number.get())))
        .filter(lives::opened_at.lt(at.as_secs()))
        .order((lives::opened_at.desc(), lives::id.desc()))
        .select((lives::id, lives::end_reason));
    let begun: Option<(i64, Option<String>)> = begun.first(conn).optional()?;
    Ok(begun.map(|(live, end)| (LiveId::new(live), end)))
}

/// The description of the live that ran in a room at that time; of the room's first live if none
/// had begun by then.
pub(crate) fn description_at(
    conn: &mut Conn,
    number: RoomNum,
    at: UnixTime,
) -> QueryResult<LiveDescription> {
    let of_room = lives::table
        .filter(lives::roomnum.eq(i64::from(number.get())))
        .select((lives::title, lives::cover));
    let running = of_room
        .filter(lives::opened_at.le(at.as_secs()))
        .order((lives::opened_at.desc(), lives::id.desc()))
        .first::<(String, String)>(conn)
        .optional()?;
    let described = match running {
        Some(live) => Some(live),
        None => {
            let first = of_room.order((lives::opened_at, lives::id));
            first.first(conn).optional()?
        }
    };
    let (title, cover) = described.unwrap_or_default();
    Ok(LiveDescription { title, cover })
}

/// Records the end of a live. An end that is recorded already does not change.
pub(crate) fn end_live(conn: &mut Conn, end: &LiveEnd) -> Result<(), Error> {
    let open = lives::table.filter(lives::id.eq(end.live.get()).and(lives::ended_at.is_null()));
    let end = EndRow::new(end.reason, end.stats, end.at);
    Ok(diesel::update(open).set(end).execute_cached(conn)?)
}

/// The open live of a room.
pub(crate) fn open_live_of(conn: &mut Conn, number: RoomNum) -> QueryResult<Option<OpenLive>> {
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

/// Ends the open live of a host, unless it is in the room `keep`.
pub(crate) fn supersede(
    conn: &mut Conn,
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

/// Begins a live in a room. If the host has begun another one in the meantime, the transaction runs
/// again.
pub(crate) fn insert(
    conn: &mut Conn,
    number: RoomNum,
    host: &Uid,
    now: UnixTime,
) -> QueryResult<LiveId> {
    let inserted = diesel::insert_into(lives::table)
        .values((
            lives::roomnum.eq(i64::from(number.get())),
            lives::host.eq(host.as_str()),
            lives::opened_at.eq(now.as_secs()),
        ))
        .insert_cached(conn);
    is_new(inserted)?.map(LiveId::new).ok_or_else(conflict)
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

/// The columns that are written when a live ends.
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
#[diesel(table_name = lives, check_for_backend(Db))]
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

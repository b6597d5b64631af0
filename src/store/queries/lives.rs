//! Rows of lives: a live is one time on air in a room.

use diesel::prelude::*;

use super::super::engine::{CacheStatement, Conn, conflict};
use super::super::queries::live_row::{FiguresRow, LiveRow, ProfileRow};
use crate::domain::{
    EndReason, Live, LiveDescription, LiveEnd, LiveId, LiveSummary, OpenLive, Profile, Progress,
    RoomNum, RoomStats, Uid, UnixTime,
};
use crate::error::Error;
use crate::store::errors::is_new;
use crate::store::schema::lives;

/// The open live of a host, and when it was opened.
pub(crate) fn open_live_of_host(
    conn: &mut Conn,
    host: &Uid,
) -> Result<Option<(Live, UnixTime)>, Error> {
    let open = lives::table
        .filter(lives::host.eq(host.as_str()).and(lives::ended_at.is_null()))
        .select((LiveRow::as_select(), lives::opened_at))
        .first::<(LiveRow, i64)>(conn)
        .optional()?;
    let open = open.map(|(row, opened_at)| Ok((row.into_live()?, UnixTime::from_secs(opened_at))));
    open.transpose()
}

/// Records what the host says of a live.
pub(crate) fn describe(conn: &mut Conn, live: LiveId, profile: &Profile) -> QueryResult<()> {
    diesel::update(lives::table.find(live.get()))
        .set(ProfileRow::from(profile))
        .execute_cached(conn)
}

/// Records the stats of an open live. A live that has ended is not changed.
pub(crate) fn record_progress(
    conn: &mut Conn,
    Progress { live, stats, .. }: &Progress,
) -> QueryResult<()> {
    let open = lives::table.filter(lives::id.eq(live.get()).and(lives::ended_at.is_null()));
    let figures = FiguresRow::from(*stats);
    diesel::update(open).set(figures).execute_cached(conn)
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

/// What is recorded of a live, whether it goes on or not.
pub(crate) fn summary(conn: &mut Conn, live: LiveId) -> Result<Option<LiveSummary>, Error> {
    let row = lives::table
        .find(live.get())
        .select((LiveRow::as_select(), lives::ended_at, lives::end_reason))
        .first::<(LiveRow, Option<i64>, Option<String>)>(conn)
        .optional()?;
    let summary = row.map(|(row, ended_at, reason)| {
        let reason = reason.and_then(|reason| EndReason::from_text(&reason));
        let Live {
            id,
            number,
            host,
            profile,
            stats,
        } = row.into_live()?;
        Ok(LiveSummary {
            live: id,
            number,
            host,
            title: profile.info.title,
            live_at: profile.live_at,
            end: ended_at.map(UnixTime::from_secs).zip(reason),
            stats,
        })
    });
    summary.transpose()
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

/// Begins a live in a room, with that profile. If the host has begun another one in the meantime, the transaction runs
/// again.
pub(crate) fn insert(
    conn: &mut Conn,
    number: RoomNum,
    host: &Uid,
    profile: Profile,
    now: UnixTime,
) -> QueryResult<Live> {
    let inserted = diesel::insert_into(lives::table)
        .values((
            lives::roomnum.eq(i64::from(number.get())),
            lives::host.eq(host.as_str()),
            lives::opened_at.eq(now.as_secs()),
            ProfileRow::from(&profile),
        ))
        .insert_cached(conn);
    let id = is_new(inserted)?.ok_or_else(conflict)?;
    Ok(Live {
        id: LiveId::new(id),
        number,
        host: host.clone(),
        profile,
        stats: RoomStats::default(),
    })
}

/// The columns that are written when a live ends.
#[derive(AsChangeset)]
#[diesel(table_name = lives)]
struct EndRow {
    ended_at: i64,
    end_reason: &'static str,
    #[diesel(embed)]
    figures: FiguresRow,
}

impl EndRow {
    fn new(reason: EndReason, stats: RoomStats, at: UnixTime) -> Self {
        Self {
            ended_at: at.as_secs(),
            end_reason: reason.as_str(),
            figures: stats.into(),
        }
    }
}

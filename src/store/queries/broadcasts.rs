//! Broadcasts: what rooms show of their streams, computed from pushes, pictures and ends of lives.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::engine::{CacheStatement, Conn};
use crate::domain::{Broadcast, RoomNum, Signal, UnixTime};
use crate::error::{Error, Fault};

/// The broadcast of every open room that the cloud has reported anything about.
pub(crate) fn of_open_rooms(conn: &mut Conn) -> Result<Vec<(RoomNum, Broadcast)>, Error> {
    let rows: Vec<View> = diesel::sql_query(format!("{VIEW} {OF_OPEN_ROOMS}")).load(conn)?;
    let of_rooms = rows.chunk_by(|one, two| one.roomnum == two.roomnum);
    of_rooms
        .map(|views| {
            let number = RoomNum::new(views[0].roomnum).ok_or_else(|| {
                Fault::new("reading a stream", "its room's number is out of range")
            })?;
            Ok((number, View::together(views)))
        })
        .collect()
}

/// The broadcast of one room, with its version.
pub(crate) fn of_room(conn: &mut Conn, number: RoomNum) -> QueryResult<Broadcast> {
    let views: Vec<View> = diesel::sql_query(format!("{VIEW} WHERE r.roomnum = ?"))
        .bind::<BigInt, _>(i64::from(number.get()))
        .cached()
        .load(conn)?;
    Ok(View::together(&views))
}

/// For each stream of a room: the newest push without a known stop, the last stop, and the last end
/// of a live in the room. Each column is one search in an index. One statement reads all, so that the
/// version fits.
const VIEW: &str = "\
    SELECT r.roomnum, r.broadcast_version, s.picture_url, s.picture_at,
        (SELECT MAX(p.started_at) FROM pushes p WHERE p.stream = s.stream
            AND (p.stopped_at IS NULL OR p.stopped_at < p.started_at)) AS running_since,
        (SELECT MAX(p.stopped_at) FROM pushes p WHERE p.stream = s.stream) AS stopped_at,
        (SELECT MAX(l.ended_at) FROM lives l WHERE l.roomnum = r.roomnum) AS ended_at
    FROM rooms r LEFT JOIN streams s ON s.roomnum = r.roomnum";

const OF_OPEN_ROOMS: &str = "\
    WHERE r.roomnum IN (SELECT roomnum FROM lives WHERE ended_at IS NULL)
        AND (s.picture_at IS NOT NULL OR EXISTS (SELECT 1 FROM pushes e WHERE e.stream = s.stream))
    ORDER BY r.roomnum";

#[derive(QueryableByName)]
struct View {
    #[diesel(sql_type = BigInt)]
    roomnum: i64,
    #[diesel(sql_type = BigInt)]
    broadcast_version: i64,
    #[diesel(sql_type = Nullable<Text>)]
    picture_url: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    picture_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    running_since: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    stopped_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    ended_at: Option<i64>,
}

impl View {
    fn together(views: &[Self]) -> Broadcast {
        let pictured = views.iter().filter(|view| view.picture_at.is_some());
        let latest = pictured.max_by_key(|view| (view.picture_at, &view.picture_url));
        Broadcast {
            signal: views
                .iter()
                .map(Self::signal)
                .fold(Signal::Unknown, Signal::or),
            picture: latest.and_then(|view| Some(view.picture_url.as_deref()?.into())),
            version: views.first().map_or(0, |view| view.broadcast_version),
        }
    }

    fn signal(&self) -> Signal {
        let time = |at: Option<i64>| at.map(UnixTime::from_secs);
        let (since, stopped_at) = (time(self.running_since), time(self.stopped_at));
        Signal::from_pushes(since, stopped_at, time(self.ended_at))
    }
}

//! Broadcasts: what rooms show of their streams, computed from pushes, pictures and ends of lives.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::domain::{Broadcast, RoomNum, Signal, UnixTime};
use crate::error::{Error, Fault};
use crate::store::sqlite::cached::CacheStatement;

/// The broadcast of every open room that the cloud has reported anything about.
pub(crate) fn of_open_rooms(
    conn: &mut SqliteConnection,
    version: i64,
) -> Result<Vec<(RoomNum, Broadcast)>, Error> {
    let rows: Vec<View> = diesel::sql_query(format!("{VIEW} {OF_OPEN_ROOMS}")).load(conn)?;
    let of_rooms = rows.chunk_by(|one, two| one.roomnum == two.roomnum);
    of_rooms
        .map(|views| {
            let number = RoomNum::new(views[0].roomnum).ok_or_else(|| {
                Fault::new("reading a stream", "its room's number is out of range")
            })?;
            Ok((number, View::together(views, version)))
        })
        .collect()
}

/// The broadcast of one room.
pub(crate) fn of_room(
    conn: &mut SqliteConnection,
    number: RoomNum,
    version: i64,
) -> QueryResult<Broadcast> {
    let views: Vec<View> = diesel::sql_query(format!("{VIEW} WHERE s.roomnum = ?"))
        .bind::<BigInt, _>(i64::from(number.get()))
        .cached()
        .load(conn)?;
    Ok(View::together(&views, version))
}

/// For each stream: the newest push without a known stop, the last stop, and the last end of a live
/// in its room. Each column is one search in an index.
const VIEW: &str = "\
    SELECT s.roomnum, s.picture_url, s.picture_at,
        (SELECT MAX(p.started_at) FROM pushes p WHERE p.stream = s.stream
            AND (p.stopped_at IS NULL OR p.stopped_at < p.started_at)) AS running_since,
        (SELECT MAX(p.stopped_at) FROM pushes p WHERE p.stream = s.stream) AS stopped_at,
        (SELECT MAX(l.ended_at) FROM lives l WHERE l.roomnum = s.roomnum) AS ended_at
    FROM streams s";

const OF_OPEN_ROOMS: &str = "\
    WHERE s.roomnum IN (SELECT roomnum FROM lives WHERE ended_at IS NULL)
        AND (s.picture_at IS NOT NULL OR EXISTS (SELECT 1 FROM pushes e WHERE e.stream = s.stream))
    ORDER BY s.roomnum";

#[derive(QueryableByName)]
struct View {
    #[diesel(sql_type = BigInt)]
    roomnum: i64,
    #[diesel(sql_type = Text)]
    picture_url: String,
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
    fn together(views: &[Self], version: i64) -> Broadcast {
        let pictured = views.iter().filter(|view| view.picture_at.is_some());
        let latest = pictured.max_by_key(|view| (view.picture_at, &view.picture_url));
        Broadcast {
            signal: views
                .iter()
                .map(Self::signal)
                .fold(Signal::Unknown, Signal::or),
            picture: latest.map(|view| view.picture_url.as_str().into()),
            version,
        }
    }

    fn signal(&self) -> Signal {
        let time = |at: Option<i64>| at.map(UnixTime::from_secs);
        let (since, stopped_at) = (time(self.running_since), time(self.stopped_at));
        Signal::from_pushes(since, stopped_at, time(self.ended_at))
    }
}

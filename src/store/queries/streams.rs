//! Streams on record: whose they are, their pushes and pictures, and what a room shows of them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::domain::{
    Broadcast, Place, Push, RoomNum, Signal, StreamName, Uid, UnixTime, VideoType,
};
use crate::error::{Error, Fault};
use crate::store::facade::Store;
use crate::store::schema::{inbox, pushes, streams};
use crate::store::sqlite::cached::CacheStatement;

impl Store {
    /// What a room shows of its streams.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn broadcast(&self, number: RoomNum) -> Result<Broadcast, Error> {
        self.read(move |conn| {
            // One transaction, so that the version is that of the view.
            conn.transaction(|conn| {
                let version = newest_event(conn)?;
                Ok(broadcast(conn, number, version)?)
            })
        })
        .await
    }

    /// What every open room shows of its streams, if the cloud said anything.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn broadcasts(&self) -> Result<Vec<(RoomNum, Broadcast)>, Error> {
        self.read(|conn| {
            conn.transaction(|conn| {
                let version = newest_event(conn)?;
                let rows: Vec<View> =
                    diesel::sql_query(format!("{VIEW} {OF_OPEN_ROOMS}")).load(conn)?;
                let of_rooms = rows.chunk_by(|one, two| one.roomnum == two.roomnum);
                of_rooms
                    .map(|views| {
                        let number = RoomNum::new(views[0].roomnum).ok_or_else(|| {
                            Fault::new("reading a stream", "its room's number is out of range")
                        })?;
                        Ok((number, View::together(views, version)))
                    })
                    .collect()
            })
        })
        .await
    }
}

pub(crate) fn newest_event(conn: &mut SqliteConnection) -> QueryResult<i64> {
    let newest: Option<i64> = inbox::table
        .select(diesel::dsl::max(inbox::id))
        .first(conn)?;
    Ok(newest.unwrap_or(0))
}

/// From now on the streams of that host in that room are the room's.
pub(crate) fn link(conn: &mut SqliteConnection, number: RoomNum, host: &Uid) -> QueryResult<()> {
    let [camera, screen] = [VideoType::Camera, VideoType::Screen]
        .map(|video| StreamName::of_host(number, host, video));
    // Both at once: this is a good part of what a new room costs.
    diesel::sql_query(
        "INSERT INTO streams (stream, roomnum) VALUES (?1, ?3), (?2, ?3)
        ON CONFLICT (stream) DO UPDATE SET roomnum = excluded.roomnum",
    )
    .bind::<Text, _>(camera.as_str())
    .bind::<Text, _>(screen.as_str())
    .bind::<BigInt, _>(i64::from(number.get()))
    .execute_cached(conn)
}

/// From now on that stream is the room's.
pub(crate) fn link_one(
    conn: &mut SqliteConnection,
    stream: &str,
    number: RoomNum,
) -> QueryResult<()> {
    let roomnum = streams::roomnum.eq(i64::from(number.get()));
    diesel::insert_into(streams::table)
        .values((streams::stream.eq(stream), roomnum))
        .on_conflict(streams::stream)
        .do_update()
        .set(roomnum)
        .execute_cached(conn)
}

/// The room that is known to send that stream.
pub(crate) fn room_of(conn: &mut SqliteConnection, stream: &str) -> QueryResult<Option<RoomNum>> {
    let room = streams::table.find(stream).select(streams::roomnum);
    let room: Option<Option<i64>> = room.first(conn).optional()?;
    Ok(room.flatten().and_then(RoomNum::new))
}

/// The name of the stream of an event, if it counts for what the room shows: guests on mic send
/// streams of their own. While the room is unknown every stream is kept.
pub(crate) fn counted(
    conn: &mut SqliteConnection,
    place: &Place,
    room: Option<(RoomNum, &str)>,
) -> QueryResult<Option<String>> {
    let (Some(name), Some(stream)) = (place.stream_name(), &place.stream) else {
        return Ok(None);
    };
    let counts = match room {
        None => true,
        Some((number, _)) if stream.is_hash() => room_of(conn, &name)? == Some(number),
        Some((_, host)) => place.may_be_of(host),
    };
    if !counts {
        return Ok(None);
    }
    if let Some(number) = place.room.filter(|_| !stream.is_hash()) {
        link_one(conn, &name, number)?;
    }
    Ok(Some(name))
}

/// Keeps what a push tells beside what is known of it.
pub(crate) fn record_push(
    conn: &mut SqliteConnection,
    stream: &str,
    sequence: &str,
    told: Push,
) -> QueryResult<()> {
    let time = |at: Option<i64>| at.map(UnixTime::from_secs);
    let known = pushes::table
        .find((stream, sequence))
        .select((pushes::started_at, pushes::stopped_at));
    let known = known.first::<(Option<i64>, Option<i64>)>(conn).optional()?;
    let (started_at, stopped_at) = known.unwrap_or_default();
    let before = Push {
        started_at: time(started_at),
        stopped_at: time(stopped_at),
    };
    let push = before.joined(told);
    let times = (
        pushes::started_at.eq(push.started_at.map(UnixTime::as_secs)),
        pushes::stopped_at.eq(push.stopped_at.map(UnixTime::as_secs)),
    );
    diesel::insert_into(pushes::table)
        .values((
            pushes::stream.eq(stream),
            pushes::sequence.eq(sequence),
            times,
        ))
        .on_conflict((pushes::stream, pushes::sequence))
        .do_update()
        .set(times)
        .execute_cached(conn)
}

/// Keeps a picture if it is the latest of its stream.
pub(crate) fn record_picture(
    conn: &mut SqliteConnection,
    stream: &str,
    url: &str,
    at: UnixTime,
) -> QueryResult<()> {
    let known = streams::table
        .find(stream)
        .select((streams::picture_at, streams::picture_url));
    let known: Option<(Option<i64>, String)> = known.first(conn).optional()?;
    if known.is_some_and(|known| known >= (Some(at.as_secs()), url.to_owned())) {
        return Ok(());
    }
    let picture = (
        streams::picture_at.eq(at.as_secs()),
        streams::picture_url.eq(url),
    );
    diesel::insert_into(streams::table)
        .values((streams::stream.eq(stream), picture))
        .on_conflict(streams::stream)
        .do_update()
        .set(picture)
        .execute_cached(conn)
}

/// What a room shows of its streams.
pub(crate) fn broadcast(
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

/// Each stream with the newest push of which no stop is known, the last stop, and the last end of a
/// live in its room. Each column is one look into an index.
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

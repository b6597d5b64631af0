//! What an import writes. It has the database to itself, and what is there already stays: so it may be
//! stopped anywhere and run again.
//!
//! The rows of one call share a commit, so there are at most [`PIECE`](crate::store::PIECE) of them.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::super::engine::{Conn, keep_number};
use super::super::queries::recordings::RecordingValues;
use super::super::queries::streams::link_one;
use crate::domain::{EndReason, RoomNum, Uid, UnixTime};
use crate::error::Error;
use crate::store::imported::{
    Imported, ImportedAccount, ImportedRecording, ImportedRoom, ImportedSession,
};
use crate::store::schema::{accounts, lives, recordings, rooms, sessions, streams};

/// Those of these users that have an account.
pub(crate) fn known_accounts(conn: &mut Conn, uids: &[Uid]) -> Result<HashSet<String>, Error> {
    let uids = uids.iter().map(Uid::as_str);
    let known: Vec<String> = accounts::table
        .filter(accounts::uid.eq_any(uids))
        .select(accounts::uid)
        .load(conn)?;
    Ok(known.into_iter().collect())
}

/// Adds accounts that are not here.
pub(crate) fn add_accounts(conn: &mut Conn, rows: &[ImportedAccount]) -> Result<(), Error> {
    let uids: Vec<Uid> = rows.iter().map(|row| row.uid.clone()).collect();
    let known = known_accounts(conn, &uids)?;
    let new = rows.iter().filter(|row| !known.contains(row.uid.as_str()));
    let new: Vec<_> = new
        .map(|row| {
            (
                accounts::uid.eq(row.uid.as_str()),
                accounts::password_hash.eq(&row.password_hash),
                accounts::created_at.eq(row.created_at.as_secs()),
            )
        })
        .collect();
    insert(&new, |new| {
        diesel::insert_into(accounts::table)
            .values(new)
            .execute(conn)
    })
}

/// Adds sessions of those users who have not logged in here, and ends their imported sessions that are
/// not among them. Returns how many are new.
pub(crate) fn add_sessions(
    conn: &mut Conn,
    users: &[Uid],
    rows: &[ImportedSession],
) -> Result<usize, Error> {
    let known: Vec<(Vec<u8>, String, Option<i64>)> = sessions::table
        .filter(sessions::uid.eq_any(users.iter().map(Uid::as_str)))
        .select((sessions::token_hash, sessions::uid, sessions::ends_at))
        .load(conn)?;
    let wanted: HashSet<&[u8]> = rows.iter().map(|row| row.token.0.as_slice()).collect();
    let (here, imported): (Vec<_>, Vec<_>) =
        known.iter().partition(|(_, _, ends_at)| ends_at.is_none());
    // Their users have logged in again or out on the other server since the last import.
    let over = imported.iter().map(|(token, ..)| token);
    let over: Vec<&Vec<u8>> = over
        .filter(|token| !wanted.contains(token.as_slice()))
        .collect();
    diesel::delete(sessions::table.filter(sessions::token_hash.eq_any(over))).execute(conn)?;
    let tokens: HashSet<&[u8]> = known.iter().map(|(token, ..)| token.as_slice()).collect();
    let logged_in: HashSet<&str> = here.iter().map(|(_, uid, _)| uid.as_str()).collect();
    let new = rows.iter().filter(|row| {
        !tokens.contains(row.token.0.as_slice()) && !logged_in.contains(row.uid.as_str())
    });
    let new: Vec<_> = new
        .map(|row| {
            (
                sessions::token_hash.eq(row.token.0.as_slice()),
                sessions::uid.eq(row.uid.as_str()),
                sessions::created_at.eq(row.created_at.as_secs()),
                sessions::last_used_at.eq(row.last_used_at.as_secs()),
                sessions::ends_at.eq(row.ends_at.as_secs()),
            )
        })
        .collect();
    insert(&new, |new| {
        diesel::insert_into(sessions::table)
            .values(new)
            .execute(conn)
    })?;
    Ok(new.len())
}

/// Adds rooms, and begins or ends imported lives that nobody was in here. What became of each room is
/// returned in the same order.
pub(crate) fn add_rooms(conn: &mut Conn, rows: &[ImportedRoom]) -> Result<Vec<Imported>, Error> {
    let numbers = || rows.iter().map(|row| i64::from(row.number.get()));
    let hosts: HashMap<i64, String> = rooms::table
        .filter(rooms::roomnum.eq_any(numbers()))
        .select((rooms::roomnum, rooms::host))
        .load(conn)?
        .into_iter()
        .collect();
    let host_of = |row: &ImportedRoom| hosts.get(&i64::from(row.number.get()));
    let new: Vec<&ImportedRoom> = rows.iter().filter(|row| host_of(row).is_none()).collect();
    insert_rooms(conn, &new)?;
    let open = open_lives(conn, numbers())?;
    rows.iter()
        .map(|row| match host_of(row) {
            None => insert_live(conn, row).map(|()| Imported::New),
            Some(host) if host != row.host.as_str() => Ok(Imported::Taken),
            Some(_) if follow_live(conn, row, open.get(&row.number))? => Ok(Imported::Changed),
            Some(_) => Ok(Imported::Known),
        })
        .collect()
}

/// Inserts rooms with their lives that are over, and links their streams. What waits for these rooms
/// takes effect when the server starts.
fn insert_rooms(conn: &mut Conn, new: &[&ImportedRoom]) -> Result<(), Error> {
    let rows: Vec<_> = new
        .iter()
        .map(|room| {
            (
                rooms::roomnum.eq(i64::from(room.number.get())),
                rooms::host.eq(room.host.as_str()),
                rooms::created_at.eq(room.created_at.as_secs()),
                rooms::adopted.eq(false),
            )
        })
        .collect();
    insert(&rows, |rows| {
        diesel::insert_into(rooms::table).values(rows).execute(conn)
    })?;
    let over = new.iter().filter(|room| !room.live.is_on_air);
    let over: Vec<_> = over
        .map(|room| NewLive::over(room, room.live.last_seen_at))
        .collect();
    insert(&over, |over| {
        diesel::insert_into(lives::table).values(over).execute(conn)
    })?;
    for room in new {
        for stream in &room.streams {
            let known = streams::table
                .find(stream.as_str())
                .select(streams::roomnum);
            let known: Option<Option<i64>> = known.first(conn).optional()?;
            if known.flatten().is_none() {
                link_one(conn, stream.as_str(), room.number)?;
            }
        }
    }
    Ok(())
}

/// An open live that is here.
struct OpenHere {
    id: i64,
    /// Somebody was in it, so it was on air here and is no copy any more.
    was_used: bool,
}

/// The open lives of rooms, by number.
fn open_lives(
    conn: &mut Conn,
    numbers: impl Iterator<Item = i64>,
) -> Result<HashMap<RoomNum, OpenHere>, Error> {
    let open: Vec<(i64, i64, i64)> = lives::table
        .filter(lives::roomnum.eq_any(numbers))
        .filter(lives::ended_at.is_null())
        .select((lives::roomnum, lives::id, lives::total_members))
        .load(conn)?;
    let open = open.into_iter().filter_map(|(number, id, members)| {
        let was_used = members > 0;
        Some((RoomNum::new(number)?, OpenHere { id, was_used }))
    });
    Ok(open.collect())
}

/// Inserts the live of a new room, unless it is over: those are inserted with the rooms.
fn insert_live(conn: &mut Conn, room: &ImportedRoom) -> Result<(), Error> {
    if room.live.is_on_air && !begin_live(conn, room)? {
        let over = NewLive::over(room, room.live.last_seen_at);
        diesel::insert_into(lives::table)
            .values(over)
            .execute(conn)?;
    }
    Ok(())
}

/// Begins the live of a room if it is on air there and not here, and ends it if it is over there and
/// nobody was in it here. True if something changed.
fn follow_live(
    conn: &mut Conn,
    room: &ImportedRoom,
    open: Option<&OpenHere>,
) -> Result<bool, Error> {
    match open {
        None if room.live.is_on_air => begin_live(conn, room),
        Some(open) if !room.live.is_on_air && !open.was_used => {
            end_live(conn, open.id, room.live.last_seen_at)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Begins a live, and ends the open live of its host in another room. False if somebody was in that one
/// here: then it goes on.
fn begin_live(conn: &mut Conn, room: &ImportedRoom) -> Result<bool, Error> {
    let other: Option<(i64, i64)> = lives::table
        .filter(
            lives::host
                .eq(room.host.as_str())
                .and(lives::ended_at.is_null()),
        )
        .select((lives::id, lives::total_members))
        .first(conn)
        .optional()?;
    match other {
        Some((_, members)) if members > 0 => return Ok(false),
        Some((id, _)) => end_live(conn, id, room.live.opened_at)?,
        None => {}
    }
    diesel::insert_into(lives::table)
        .values(NewLive::on_air(room))
        .execute(conn)?;
    Ok(true)
}

fn end_live(conn: &mut Conn, id: i64, at: UnixTime) -> QueryResult<()> {
    diesel::update(lives::table.find(id))
        .set((
            lives::ended_at.eq(at.as_secs()),
            lives::end_reason.eq(EndReason::Imported.as_str()),
        ))
        .execute(conn)
        .map(|_| ())
}

#[derive(Insertable)]
#[diesel(table_name = lives, treat_none_as_default_value = false)]
struct NewLive<'r> {
    roomnum: i64,
    host: &'r str,
    opened_at: i64,
    live_at: Option<i64>,
    title: &'r str,
    cover: &'r str,
    kind: &'r str,
    appid: Option<i64>,
    device: i32,
    videotype: i32,
    ended_at: Option<i64>,
    end_reason: Option<&'static str>,
    likes: i64,
}

impl<'r> NewLive<'r> {
    fn on_air(room: &'r ImportedRoom) -> Self {
        let (live, info) = (&room.live, room.live.info.as_ref());
        Self {
            roomnum: i64::from(room.number.get()),
            host: room.host.as_str(),
            opened_at: live.opened_at.as_secs(),
            live_at: info.map(|_| live.opened_at.as_secs()),
            title: info.map_or("", |info| &info.title),
            cover: info.map_or("", |info| &info.cover),
            kind: info.map_or("", |info| &info.kind),
            appid: info
                .and_then(|info| info.app)
                .map(|app| i64::from(app.get())),
            device: info.map_or(0, |info| info.device.number()),
            videotype: info.map_or(0, |info| info.video.number()),
            ended_at: None,
            end_reason: None,
            likes: i64::from(live.likes),
        }
    }

    fn over(room: &'r ImportedRoom, at: UnixTime) -> Self {
        Self {
            ended_at: Some(at.as_secs()),
            end_reason: Some(EndReason::Imported.as_str()),
            ..Self::on_air(room)
        }
    }
}

/// Adds recordings. Returns how many are new.
pub(crate) fn add_recordings(conn: &mut Conn, rows: &[ImportedRecording]) -> Result<usize, Error> {
    let files = rows.iter().map(|row| row.file_id.as_str());
    let known: Vec<String> = recordings::table
        .filter(recordings::file_id.eq_any(files))
        .select(recordings::file_id)
        .load(conn)?;
    let known: HashSet<String> = known.into_iter().collect();
    let new: Vec<_> = rows
        .iter()
        .filter(|row| !known.contains(&row.file_id))
        .map(|row| {
            let values = RecordingValues::of(row.room, &row.recording);
            (recordings::file_id.eq(&row.file_id), values)
        })
        .collect();
    insert(&new, |new| {
        diesel::insert_into(recordings::table)
            .values(new)
            .execute(conn)
    })?;
    Ok(new.len())
}

/// Gives no new room a number up to `last`, from now on. Without any account there is nothing to do: no
/// room was imported either.
///
/// A number that was used once is never given out again while the database runs, and neither is any
/// below it. So a room that is inserted and deleted reserves what is needed.
pub(crate) fn reserve_numbers(conn: &mut Conn, last: RoomNum) -> Result<(), Error> {
    let host: Option<String> = accounts::table
        .select(accounts::uid)
        .first(conn)
        .optional()?;
    let number = i64::from(last.get());
    keep_number(conn, number)?;
    let known = rooms::table.find(number).count().get_result::<i64>(conn)? > 0;
    let Some(host) = host.filter(|_| !known) else {
        return Ok(());
    };
    diesel::insert_into(rooms::table)
        .values((
            rooms::roomnum.eq(number),
            rooms::host.eq(host),
            rooms::created_at.eq(0),
            rooms::adopted.eq(true),
        ))
        .execute(conn)?;
    diesel::delete(rooms::table.find(number)).execute(conn)?;
    Ok(())
}

/// Inserts rows, if there are any: an empty list would be no valid statement.
fn insert<R>(
    rows: &Vec<R>,
    execute: impl FnOnce(&Vec<R>) -> QueryResult<usize>,
) -> Result<(), Error> {
    if !rows.is_empty() {
        execute(rows)?;
    }
    Ok(())
}

//! Rooms and their lives: creating a room, going live in it, ending a live, and its figures.

use super::super::engine::{Conn, lock};
use super::super::queries::{lives, rooms};
use super::super::transactions::attach::attach;
use super::super::transactions::rebuild::rebuild_since;
use crate::domain::{
    Live, LiveEnd, LiveId, LiveSummary, Profile, ProfileChange, Progress, Refusal, RoomNum,
    RoomStats, Uid, UnixTime,
};
use crate::error::Error;
use crate::store::lock_key::LockKey;
use crate::store::outcomes::Reported;

/// Gives a host a new room with that profile. Their open live ends with the stats `current`.
pub(crate) fn create_room(
    conn: &mut Conn,
    host: &Uid,
    profile: &Profile,
    current: Option<RoomStats>,
    now: UnixTime,
) -> Result<Live, Error> {
    lives::supersede(conn, host, None, current.unwrap_or_default(), now)?;
    let number = rooms::insert(conn, host, now)?;
    let live = lives::insert(conn, number, host, profile.clone(), now)?;
    if !attach(conn, number, host, now)?.is_complete {
        rooms::mark_attached(conn, number.get().into(), false)?;
    }
    Ok(live)
}

/// Records that a host goes live in one of their rooms. If the room has no open live, one begins.
/// Their open live in another room ends with the stats `current`.
///
/// # Errors
/// [`Refusal::NotYourRoom`] if the host did not create that room; [`Refusal::TitleMissing`];
/// [`Refusal::VersionStale`] if not what was `seen` is open.
pub(crate) fn report_room(
    conn: &mut Conn,
    host: &Uid,
    number: RoomNum,
    change: &ProfileChange,
    seen: Option<(LiveId, u32)>,
    current: Option<RoomStats>,
    now: UnixTime,
) -> Result<Reported, Error> {
    lock(conn, &[LockKey::User(host), LockKey::Room(number)])?;
    if !is_creator(conn, host, number)? {
        return Err(Refusal::NotYourRoom.into());
    }
    lives::supersede(conn, host, Some(number), current.unwrap_or_default(), now)?;
    let (mut live, opened_at, begun) = match lives::open_live_of_host(conn, host)? {
        Some((live, opened_at)) => (live, opened_at, false),
        None => {
            let nothing = Profile::default();
            let live = lives::insert(conn, number, host, nothing, now)?;
            (live, now, true)
        }
    };
    require_seen(&live, seen)?;
    live.profile = live.profile.on_air(change.clone(), now)?;
    lives::describe(conn, live.id, &live.profile)?;
    rebuild_since(conn, number, opened_at)?;
    Ok(Reported { live, begun })
}

/// Changes the profile of a host's open live.
///
/// # Errors
/// [`Refusal::NoSuchRoom`] if the host has no open live in that room; [`Refusal::VersionStale`] if not
/// what was `seen` is open.
pub(crate) fn change_live(
    conn: &mut Conn,
    host: &Uid,
    number: RoomNum,
    change: &ProfileChange,
    seen: Option<(LiveId, u32)>,
) -> Result<Live, Error> {
    lock(conn, &[LockKey::User(host), LockKey::Room(number)])?;
    let open = lives::open_live_of_host(conn, host)?;
    let open = open.filter(|(live, _)| live.number == number);
    let (mut live, opened_at) = open.ok_or(Refusal::NoSuchRoom)?;
    require_seen(&live, seen)?;
    live.profile = live.profile.changed(change.clone());
    lives::describe(conn, live.id, &live.profile)?;
    rebuild_since(conn, number, opened_at)?;
    Ok(live)
}

fn require_seen(live: &Live, seen: Option<(LiveId, u32)>) -> Result<(), Refusal> {
    let is_seen = seen.is_none_or(|seen| seen == (live.id, live.profile.version));
    if is_seen {
        Ok(())
    } else {
        Err(Refusal::VersionStale)
    }
}

/// Whether a user created the room of that number, live or not.
pub(crate) fn is_creator(conn: &mut Conn, uid: &Uid, number: RoomNum) -> Result<bool, Error> {
    Ok(rooms::creator(conn, number)?.as_deref() == Some(uid.as_str()))
}

/// Records ends of lives. An end that is recorded already does not change.
pub(crate) fn end(conn: &mut Conn, ends: &[LiveEnd]) -> Result<(), Error> {
    ends.iter().try_for_each(|end| lives::end_live(conn, end))
}

/// Records the stats of open lives. A live that has ended is not changed.
pub(crate) fn record_progress(conn: &mut Conn, progress: &[Progress]) -> Result<(), Error> {
    for progress in progress {
        lives::record_progress(conn, progress)?;
    }
    Ok(())
}

/// What is recorded of a live, whether it goes on or not.
pub(crate) fn summary(conn: &mut Conn, live: LiveId) -> Result<Option<LiveSummary>, Error> {
    lives::summary(conn, live)
}

/// All open lives, in the order in which they went live.
pub(crate) fn open(conn: &mut Conn) -> Result<Vec<Live>, Error> {
    lives::open_lives(conn)
}

//! Sessions in the database: the hash of the token, its user, and the time of the last use.

use std::collections::HashSet;

use diesel::prelude::*;

use super::super::engine::{CacheStatement, Conn, lock};
use super::super::queries::lives::end_live;
use crate::domain::{LiveEnd, Uid, UnixTime};
use crate::error::{Error, Fault};
use crate::store::lock_key::LockKey;
use crate::store::outcomes::{KnownSession, TokenHash};
use crate::store::piece::PIECE;
use crate::store::schema::sessions;

/// Records a session. The user keeps at most `at_most` sessions, the newest ones. Returns the hashes
/// of the sessions that were removed.
pub(crate) fn begin(
    conn: &mut Conn,
    uid: &Uid,
    token: TokenHash,
    at_most: u32,
    now: UnixTime,
) -> Result<Vec<TokenHash>, Error> {
    lock(conn, &[LockKey::User(uid)])?;
    let surplus: Vec<Vec<u8>> = sessions::table
        .filter(sessions::uid.eq(uid.as_str()))
        .order(sessions::created_at.desc())
        // MySQL knows an offset only after a limit.
        .limit(i64::MAX)
        .offset(i64::from(at_most.saturating_sub(1)))
        .select(sessions::token_hash)
        .load(conn)?;
    for hash in &surplus {
        diesel::delete(sessions::table.find(hash)).execute(conn)?;
    }
    let session = (
        sessions::token_hash.eq(token.0.as_slice()),
        sessions::uid.eq(uid.as_str()),
        sessions::created_at.eq(now.as_secs()),
        sessions::last_used_at.eq(now.as_secs()),
    );
    diesel::insert_into(sessions::table)
        .values(session)
        .execute(conn)?;
    surplus.iter().map(|hash| parse(hash)).collect()
}

/// The session of a token; `None` if there is no such session.
pub(crate) fn find(conn: &mut Conn, token: TokenHash) -> Result<Option<KnownSession>, Error> {
    let session = sessions::table.find(token.0.as_slice()).select((
        sessions::uid,
        sessions::last_used_at,
        sessions::ends_at,
    ));
    let session = session
        .first::<(String, i64, Option<i64>)>(conn)
        .optional()?;
    let Some((uid, last_used, ends_at)) = session else {
        return Ok(None);
    };
    let uid =
        Uid::parse(&uid).ok_or_else(|| Fault::new("reading a session", "its id is not one"))?;
    Ok(Some(KnownSession {
        uid,
        last_used: UnixTime::from_secs(last_used),
        ends_at: ends_at.map(UnixTime::from_secs),
    }))
}

/// Whether a user has any session.
pub(crate) fn has_any(conn: &mut Conn, uid: &Uid) -> Result<bool, Error> {
    let of_user = sessions::table.filter(sessions::uid.eq(uid.as_str()));
    Ok(diesel::select(diesel::dsl::exists(of_user)).get_result(conn)?)
}

/// Ends a session, and the live that its user hosts. False if there was no such session.
pub(crate) fn log_out(
    conn: &mut Conn,
    token: TokenHash,
    live: Option<&LiveEnd>,
) -> Result<bool, Error> {
    let ended = diesel::delete(sessions::table.find(token.0.as_slice())).execute(conn)?;
    if let Some(live) = live.filter(|_| ended > 0) {
        end_live(conn, live)?;
    }
    Ok(ended > 0)
}

/// Ends every session of a user, and the live that they host. Returns the hashes of these sessions.
pub(crate) fn end_all(
    conn: &mut Conn,
    uid: &Uid,
    live: Option<&LiveEnd>,
) -> Result<Vec<TokenHash>, Error> {
    lock(conn, &[LockKey::User(uid)])?;
    let ended = end_of(conn, uid, None)?;
    if let Some(live) = live {
        end_live(conn, live)?;
    }
    Ok(ended)
}

/// Ends the sessions of a user who is locked, except that of `keep`. Returns the hashes of those that
/// were ended.
pub(super) fn end_of(
    conn: &mut Conn,
    uid: &Uid,
    keep: Option<TokenHash>,
) -> Result<Vec<TokenHash>, Error> {
    let of_user = sessions::table.filter(sessions::uid.eq(uid.as_str()));
    let hashes: Vec<Vec<u8>> = of_user.select(sessions::token_hash).load(conn)?;
    let hashes = hashes.iter().map(|hash| parse(hash));
    let mut ended = hashes.collect::<Result<Vec<_>, _>>()?;
    ended.retain(|hash| Some(*hash) != keep);
    for hash in &ended {
        diesel::delete(sessions::table.find(hash.0.as_slice())).execute_cached(conn)?;
    }
    Ok(ended)
}

/// Those of these sessions that have ended.
pub(crate) fn ended_of(conn: &mut Conn, tokens: &[TokenHash]) -> Result<Vec<TokenHash>, Error> {
    let hashes = tokens.iter().map(|token| token.0.as_slice());
    let known: Vec<Vec<u8>> = sessions::table
        .filter(sessions::token_hash.eq_any(hashes))
        .select(sessions::token_hash)
        .load(conn)?;
    let known: HashSet<&[u8]> = known.iter().map(Vec::as_slice).collect();
    let ended = tokens.iter().copied();
    Ok(ended
        .filter(|token| !known.contains(token.0.as_slice()))
        .collect())
}

/// Writes back the last use of sessions.
pub(crate) fn touch(conn: &mut Conn, used: &[(TokenHash, UnixTime)]) -> Result<(), Error> {
    for (token, last_used) in used {
        diesel::update(sessions::table.find(token.0.as_slice()))
            .set(sessions::last_used_at.eq(last_used.as_secs()))
            .execute_cached(conn)?;
    }
    Ok(())
}

/// Deletes sessions that were last used before `limit`, at most [`PIECE`] of them. Returns their
/// number.
pub(crate) fn forget_before(conn: &mut Conn, limit: UnixTime) -> Result<usize, Error> {
    let stale: Vec<Vec<u8>> = sessions::table
        .filter(sessions::last_used_at.lt(limit.as_secs()))
        .limit(i64::try_from(PIECE).unwrap_or(i64::MAX))
        .select(sessions::token_hash)
        .load(conn)?;
    for hash in &stale {
        diesel::delete(sessions::table.find(hash)).execute_cached(conn)?;
    }
    Ok(stale.len())
}

fn parse(hash: &[u8]) -> Result<TokenHash, Error> {
    let hash = hash
        .try_into()
        .map_err(|_| Fault::new("reading a session", "its hash has another length"))?;
    Ok(TokenHash(hash))
}

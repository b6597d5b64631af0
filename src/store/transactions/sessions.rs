//! Sessions in the database: the hash of the token, its user, and the time of the last use.

use diesel::prelude::*;

use crate::domain::{LiveEnd, Uid, UnixTime};
use crate::error::{Error, Fault};
use crate::store::facade::Store;
use crate::store::job::PIECE;
use crate::store::queries::lives::end_live;
use crate::store::schema::sessions;
use crate::store::sqlite::cached::CacheStatement;

/// SHA-256 of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A session as the database stores it.
#[derive(Clone, Debug)]
pub struct KnownSession {
    /// The user of the session.
    pub uid: Uid,
    /// The time of the last use, as last written back.
    pub last_used: UnixTime,
}

impl Store {
    /// Records a session. The user keeps at most `at_most` sessions, the newest ones. Returns the
    /// hashes of the sessions that were removed.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn begin_session(
        &self,
        uid: &Uid,
        token: TokenHash,
        at_most: u32,
        now: UnixTime,
    ) -> Result<Vec<TokenHash>, Error> {
        let uid = uid.clone();
        self.write(move |conn| {
            let surplus: Vec<Vec<u8>> = sessions::table
                .filter(sessions::uid.eq(uid.as_str()))
                .order(sessions::created_at.desc())
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
        })
        .await
    }

    /// The session of a token; `None` if there is no such session.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn session(&self, token: TokenHash) -> Result<Option<KnownSession>, Error> {
        self.read(move |conn| {
            let session = sessions::table
                .find(token.0.as_slice())
                .select((sessions::uid, sessions::last_used_at));
            let Some((uid, last_used)) = session.first::<(String, i64)>(conn).optional()? else {
                return Ok(None);
            };
            let uid = Uid::parse(&uid)
                .ok_or_else(|| Fault::new("reading a session", "its id is not one"))?;
            Ok(Some(KnownSession {
                uid,
                last_used: UnixTime::from_secs(last_used),
            }))
        })
        .await
    }

    /// Whether a user has any session.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn has_session(&self, uid: &Uid) -> Result<bool, Error> {
        let uid = uid.clone();
        self.read(move |conn| {
            let of_user = sessions::table.filter(sessions::uid.eq(uid.as_str()));
            Ok(diesel::select(diesel::dsl::exists(of_user)).get_result(conn)?)
        })
        .await
    }

    /// Ends a session, and the live that its user hosts, in one commit. False if there was no such
    /// session.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn log_out(&self, token: TokenHash, live: Option<LiveEnd>) -> Result<bool, Error> {
        self.write(move |conn| {
            let ended = diesel::delete(sessions::table.find(token.0.as_slice())).execute(conn)?;
            if let Some(live) = live.as_ref().filter(|_| ended > 0) {
                end_live(conn, live)?;
            }
            Ok(ended > 0)
        })
        .await
    }

    /// Ends every session of a user, and the live that they host, in one commit. Returns the hashes
    /// of these sessions.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn end_sessions(
        &self,
        uid: &Uid,
        live: Option<LiveEnd>,
    ) -> Result<Vec<TokenHash>, Error> {
        let uid = uid.clone();
        self.write(move |conn| {
            let of_user = sessions::table.filter(sessions::uid.eq(uid.as_str()));
            let ended: Vec<Vec<u8>> = of_user.select(sessions::token_hash).load(conn)?;
            diesel::delete(of_user).execute(conn)?;
            if let Some(live) = &live {
                end_live(conn, live)?;
            }
            ended.iter().map(|hash| parse(hash)).collect()
        })
        .await
    }

    /// Writes back the last use of sessions, at most [`PIECE`] of them.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn touch_sessions(&self, used: Vec<(TokenHash, UnixTime)>) -> Result<(), Error> {
        self.write(move |conn| {
            for (token, last_used) in &used {
                diesel::update(sessions::table.find(token.0.as_slice()))
                    .set(sessions::last_used_at.eq(last_used.as_secs()))
                    .execute_cached(conn)?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes sessions that were last used before `limit`, at most [`PIECE`] of them. Returns
    /// their number.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn forget_sessions_before(&self, limit: UnixTime) -> Result<usize, Error> {
        self.write(move |conn| {
            let stale: Vec<Vec<u8>> = sessions::table
                .filter(sessions::last_used_at.lt(limit.as_secs()))
                .limit(i64::try_from(PIECE).unwrap_or(i64::MAX))
                .select(sessions::token_hash)
                .load(conn)?;
            for hash in &stale {
                diesel::delete(sessions::table.find(hash)).execute_cached(conn)?;
            }
            Ok(stale.len())
        })
        .await
    }
}

fn parse(hash: &[u8]) -> Result<TokenHash, Error> {
    let hash = hash
        .try_into()
        .map_err(|_| Fault::new("reading a session", "its hash has another length"))?;
    Ok(TokenHash(hash))
}

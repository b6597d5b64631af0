//! Sessions: the hash of the token, its user, and the time of the last use.

use crate::domain::{LiveEnd, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::outcomes::{KnownSession, TokenHash};

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
        on_engine!(self.write(sessions::begin(&uid, token, at_most, now)))
    }

    /// The session of a token; `None` if there is no such session.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn session(&self, token: TokenHash) -> Result<Option<KnownSession>, Error> {
        on_engine!(self.read(sessions::find(token)))
    }

    /// Whether a user has any session.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn has_session(&self, uid: &Uid) -> Result<bool, Error> {
        let uid = uid.clone();
        on_engine!(self.read(sessions::has_any(&uid)))
    }

    /// Ends a session, and the live that its user hosts, in one commit. False if there was no such
    /// session.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn log_out(&self, token: TokenHash, live: Option<LiveEnd>) -> Result<bool, Error> {
        on_engine!(self.write(sessions::log_out(token, live.as_ref())))
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
        on_engine!(self.write(sessions::end_all(&uid, live.as_ref())))
    }

    /// Those of these sessions that have ended, at most [`PIECE`](crate::store::PIECE) of them.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn ended_sessions(&self, tokens: Vec<TokenHash>) -> Result<Vec<TokenHash>, Error> {
        on_engine!(self.read(sessions::ended_of(&tokens)))
    }

    /// Writes back the last use of sessions, at most [`PIECE`](crate::store::PIECE) of them.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn touch_sessions(&self, used: Vec<(TokenHash, UnixTime)>) -> Result<(), Error> {
        on_engine!(self.write(sessions::touch(&used)))
    }

    /// Deletes sessions that were last used before `limit`, at most [`PIECE`](crate::store::PIECE) of
    /// them. Returns their number.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn forget_sessions_before(&self, limit: UnixTime) -> Result<usize, Error> {
        on_engine!(self.write(sessions::forget_before(limit)))
    }
}

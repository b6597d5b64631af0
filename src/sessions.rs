//! Sessions: finds the caller of a token, mostly in a cache. Every use prolongs a session.
//!
//! The store keeps only the hashes of tokens. A use is one atomic store in memory.
//! [`Sessions::write_back`] writes uses back from time to time, so that a request never costs a
//! write.

mod guests;
mod upkeep;

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::domain::{LiveEnd, OwnEvent, Refusal, Uid, UnixTime};
use crate::error::{Error, Fault, Queue};
use crate::own_streams::OwnStreams;
use crate::store::{Store, TokenHash};
pub use guests::{Guest, GuestTokens};

/// Sessions that a user may have at once. An app begins a new one for each room that it enters.
const AT_ONCE: u32 = 64;

/// Tries of a look-up when sessions are revoked meanwhile.
const TRIES: u32 = 8;

/// How long the sessions of a user are in doubt after a write of unknown outcome: longer than a disk that
/// stands still keeps it. Of more users than that, the earliest are no longer in doubt.
const IN_DOUBT: Duration = Duration::from_secs(15 * 60);
const MOST_IN_DOUBT: u64 = 65_536;

/// The authenticated sender of a request. A value of this type proves that the token was checked.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub uid: Uid,
    /// The hash of the token.
    pub token: TokenHash,
}

/// A new token. It is sent to its owner once and cannot be read back from the store.
pub struct Token(String);

impl Token {
    /// 256 random bits as URL-safe text. Clients treat a token that begins with `0` as absent, so
    /// every token begins with `z`.
    fn random() -> Result<Self, Fault> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|cause| Fault::new("drawing a token", cause))?;
        Ok(Self(format!("z{}", URL_SAFE_NO_PAD.encode(bits))))
    }

    /// The token's text, as the client sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// All sessions, behind a cache.
pub struct Sessions {
    store: Store,
    clock: Clock,
    /// Tells users that a session of theirs has ended.
    own_streams: Arc<OwnStreams>,
    idle_s: i64,
    /// Used as a set. The lock of an entry orders a look-up and a revocation.
    cache: DashMap<Cached, ()>,
    /// Incremented before sessions are revoked, so that a look-up that began earlier is not cached.
    revocations: AtomicU64,
    /// Users whose sessions may have been ended, or may still be, by a write of unknown outcome. The store
    /// is asked about each of their tokens.
    in_doubt: moka::sync::Cache<Uid, ()>,
    /// Until when anybody is in doubt.
    in_doubt_until: AtomicI64,
}

#[derive(Debug)]
struct Session {
    token: TokenHash,
    uid: Uid,
    last_used: AtomicI64,
    written: AtomicI64,
    /// When it ends in any case; `i64::MAX` if it lives as long as it is used.
    ends_at: i64,
}

/// A session in the cache, found by its token. It is a single pointer, because the cache holds an
/// entry for every active user.
#[derive(Clone, Debug)]
struct Cached(Arc<Session>);

impl Borrow<TokenHash> for Cached {
    fn borrow(&self) -> &TokenHash {
        &self.0.token
    }
}

impl Hash for Cached {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.token.hash(state);
    }
}

impl PartialEq for Cached {
    fn eq(&self, other: &Self) -> bool {
        self.0.token == other.0.token
    }
}

impl Eq for Cached {}

impl Sessions {
    /// Seconds after which a session ends if its token is not used.
    pub fn idle_s(&self) -> i64 {
        self.idle_s
    }

    /// Sessions end when their token was not used for `idle`.
    pub fn new(store: Store, clock: Clock, own_streams: Arc<OwnStreams>, idle: Duration) -> Self {
        let idle_s = i64::try_from(idle.as_secs()).unwrap_or(i64::MAX);
        Self {
            store,
            clock,
            own_streams,
            idle_s,
            cache: DashMap::new(),
            revocations: AtomicU64::new(0),
            in_doubt: moka::sync::Cache::builder()
                .max_capacity(MOST_IN_DOUBT)
                .time_to_live(IN_DOUBT)
                .build(),
            in_doubt_until: AtomicI64::new(0),
        }
    }

    /// Begins a session and ends the user's earlier ones.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn begin(&self, uid: &Uid) -> Result<Token, Error> {
        self.begin_as_one_of(uid, 1).await
    }

    /// Begins a session beside the user's earlier ones. The oldest ones end if there are too many.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn begin_another(&self, uid: &Uid) -> Result<Token, Error> {
        self.begin_as_one_of(uid, AT_ONCE).await
    }

    async fn begin_as_one_of(&self, uid: &Uid, at_most: u32) -> Result<Token, Error> {
        let token = Token::random()?;
        let begun = self
            .store
            .begin_session(uid, hash(token.as_str()), at_most, self.clock.unix());
        let ended = self.settled(uid, begun.await)?;
        self.revoke(uid, &ended);
        Ok(token)
    }

    /// The caller with that token. Counts as a use of the token.
    ///
    /// # Errors
    /// [`Refusal::TokenUnknown`]; [`Refusal::TokenTooOld`] if the token was not used for too long.
    pub async fn caller(&self, token: &str) -> Result<Caller, Error> {
        self.caller_of(hash(token)).await
    }

    /// A caller goes on. Counts as a use of their token.
    ///
    /// # Errors
    /// As [`caller`](Self::caller).
    pub async fn caller_again(&self, caller: &Caller) -> Result<(), Error> {
        self.caller_of(caller.token).await.map(drop)
    }

    async fn caller_of(&self, token: TokenHash) -> Result<Caller, Error> {
        let cached = self.cache.get(&token).map(|found| found.key().clone());
        let cached = cached.filter(|Cached(session)| !self.is_in_doubt(&session.uid));
        let Cached(session) = match cached {
            Some(cached) => cached,
            None => self.look_up(token).await?,
        };
        let now = self.clock.unix().as_secs();
        let is_idle = session.last_used.load(Ordering::Relaxed) < now - self.idle_s;
        if is_idle || session.ends_at <= now {
            self.cache.remove(&token);
            return Err(Refusal::TokenTooOld.into());
        }
        session.last_used.fetch_max(now, Ordering::Relaxed);
        Ok(Caller {
            uid: session.uid.clone(),
            token,
        })
    }

    /// The user of a token if it is in the cache. For the log: it does not count as a use.
    pub fn cached(&self, token: &str) -> Option<Uid> {
        let found = self.cache.get(&hash(token))?;
        Some(found.key().0.uid.clone())
    }

    /// The number of sessions in the cache.
    pub fn cached_count(&self) -> usize {
        self.cache.len()
    }

    /// Whether a caller's session is still in the cache. A session can also leave the cache without
    /// having ended. So on false the caller has to be looked up in the store.
    pub fn knows(&self, caller: &Caller) -> bool {
        self.cache.contains_key(&caller.token)
    }

    /// Ends a caller's session, and the live that they host, in one commit.
    ///
    /// # Errors
    /// [`Refusal::TokenUnknown`] if the session has ended already; a fault if it cannot be
    /// committed.
    pub async fn end(&self, caller: &Caller, live: Option<LiveEnd>) -> Result<(), Error> {
        let ended = self.store.log_out(caller.token, live).await;
        let known = self.settled(&caller.uid, ended)?;
        self.revoke(&caller.uid, &[caller.token]);
        if known {
            Ok(())
        } else {
            Err(Refusal::TokenUnknown.into())
        }
    }

    /// Ends every session of a user, and the live that they host, in one commit.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn end_all(&self, uid: &Uid, live: Option<LiveEnd>) -> Result<(), Error> {
        let ended = self.store.end_sessions(uid, live).await;
        let ended = self.settled(uid, ended)?;
        self.revoke(uid, &ended);
        Ok(())
    }

    /// Ends every session of a user except that of `caller`, as `change` commits it with the user's new
    /// password. It returns the hashes of those that it ended, or `None` if it changed nothing.
    ///
    /// # Errors
    /// Those of `change`.
    pub async fn end_others(
        &self,
        caller: &Caller,
        change: impl Future<Output = Result<Option<Vec<TokenHash>>, Error>>,
    ) -> Result<bool, Error> {
        let ended = self.settled(&caller.uid, change.await)?;
        self.revoke(&caller.uid, ended.as_deref().unwrap_or_default());
        Ok(ended.is_some())
    }

    async fn look_up(&self, token: TokenHash) -> Result<Cached, Error> {
        for _ in 0..TRIES {
            let revocations = self.revocations.load(Ordering::Acquire);
            let Some(known) = self.store.session(token).await? else {
                self.cache.remove(&token);
                return Err(Refusal::TokenUnknown.into());
            };
            let last_used = known.last_used.as_secs();
            let session = Cached(Arc::new(Session {
                token,
                uid: known.uid,
                last_used: AtomicI64::new(last_used),
                written: AtomicI64::new(last_used),
                ends_at: known.ends_at.map_or(i64::MAX, UnixTime::as_secs),
            }));
            match self.cache.entry(session.clone()) {
                Entry::Occupied(cached) => return Ok(cached.key().clone()),
                // The entry is locked here, so a later revocation finds the session in the cache.
                Entry::Vacant(free) if revocations == self.revocations.load(Ordering::Acquire) => {
                    free.insert(());
                    return Ok(session);
                }
                Entry::Vacant(_) => {}
            }
        }
        Err(Error::Busy(Queue::Sessions))
    }

    /// The outcome of a write that ends sessions of a user. If it is not known, they are in doubt from now
    /// on.
    fn settled<T>(&self, uid: &Uid, outcome: Result<T, Error>) -> Result<T, Error> {
        if outcome.as_ref().is_err_and(Error::may_be_done) {
            self.in_doubt.insert(uid.clone(), ());
            let for_s = i64::try_from(IN_DOUBT.as_secs()).unwrap_or(0);
            let until = self.clock.unix().as_secs() + for_s;
            self.in_doubt_until.fetch_max(until, Ordering::AcqRel);
            self.revocations.fetch_add(1, Ordering::AcqRel);
        }
        outcome
    }

    fn is_in_doubt(&self, uid: &Uid) -> bool {
        self.clock.unix().as_secs() < self.in_doubt_until.load(Ordering::Acquire)
            && self.in_doubt.contains_key(uid)
    }

    /// These sessions of a user have ended.
    fn revoke(&self, uid: &Uid, tokens: &[TokenHash]) {
        if tokens.is_empty() {
            return;
        }
        self.revocations.fetch_add(1, Ordering::AcqRel);
        for token in tokens {
            self.cache.remove(token);
        }
        self.own_streams.tell(uid, OwnEvent::SessionEnded);
    }
}

/// The hash under which the store keeps a token.
pub fn hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_do_not_begin_with_zero_and_need_no_escaping() {
        let tokens: std::collections::HashSet<String> = (0..100)
            .map(|_| Token::random().expect("random").as_str().to_owned())
            .collect();
        assert_eq!(tokens.len(), 100);
        for token in tokens {
            assert_eq!(token.len(), 44);
            assert!(!token.starts_with('0'));
            assert!(
                token
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
        }
    }
}

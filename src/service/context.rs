//! What the use cases work with: the store, the sessions, the rooms, the cloud, and the rules of
//! this server.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::budgets::Budgets;
use super::client::Network;
use super::login_guard::LoginGuard;
use super::server_keys::ServerKeys;
use crate::clock::Clock;
use crate::cloud::{CoverBucket, ImAdmin, LinkSigner, LiveUrls, SigningApp, UserSigner};
use crate::domain::{AppId, Refusal, Retention, Uid};
use crate::error::Error;
use crate::metrics::{Metrics, Scene};
use crate::own_streams::OwnStreams;
use crate::passwords::Passwords;
use crate::rooms::RoomsHandle;
use crate::sessions::{Caller, GuestTokens, Sessions};
use crate::store::{Store, Trouble};

/// The product. Each file of this folder adds one family of use cases.
pub struct Service {
    /// Everything that survives a restart.
    pub store: Store,
    /// The sessions, and the callers behind their tokens.
    pub sessions: Sessions,
    /// The tokens of guests. `None` if there are no guests.
    pub guests: Option<GuestTokens>,
    /// The keys of the app's servers.
    pub keys: ServerKeys,
    /// The open rooms.
    pub rooms: RoomsHandle,
    /// What is told to one user alone.
    pub own_streams: Arc<OwnStreams>,
    /// Hashes and checks passwords.
    pub passwords: Passwords<Network>,
    /// Limits failed logins.
    pub login_guard: Arc<LoginGuard>,
    /// Limits how often clients may register and create rooms.
    pub budgets: Budgets,
    /// Signs for the cloud's SDK.
    pub signer: UserSigner,
    /// Names the streams and makes their addresses.
    pub live_urls: LiveUrls,
    /// Signs links between rooms.
    pub links: LinkSigner,
    /// The storage of covers. `None` if none is configured.
    pub covers: Option<CoverBucket>,
    /// The cloud's messaging service. `None` if it is not configured.
    pub im: Option<ImAdmin>,
    /// The clock of the server.
    pub clock: Clock,
    /// The counters for operators.
    pub metrics: Metrics,
    /// Limits how many events of the cloud wait for the writer at once. The other events wait
    /// before it, so that a burst of them leaves space in the writer's queue for the requests of
    /// clients.
    pub ingest_places: Semaphore,
    /// The rules of this server.
    pub policy: Policy,
}

/// The rules of this server, apart from those of rooms.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Users who may kick others out.
    pub admins: Vec<Uid>,
    /// Accounts with special rights in the cloud. Nobody may register or log in as one of them.
    pub reserved: Vec<Uid>,
    /// Whether the room keys of viewers let them send, and not only the keys of members on mic.
    pub viewer_keys_may_send: bool,
    /// How long a stream that stopped is still shown as on air, because many clients reconnect.
    pub stream_grace: Duration,
    /// How long events of the cloud are kept.
    pub retention: Retention,
}

impl Service {
    /// The caller to whom a token belongs. This counts as a use of the token.
    ///
    /// # Errors
    /// [`Refusal::TokenUnknown`]; [`Refusal::TokenTooOld`] if the token was not used for too long.
    pub async fn caller(&self, token: &str) -> Result<Caller, Error> {
        self.sessions.caller(token).await
    }

    /// Seconds after which a session ends if its token is not used.
    pub fn token_idle_s(&self) -> i64 {
        self.sessions.idle_s()
    }

    /// The caller to whom a token belongs, if this is known without a database query. Unlike
    /// [`caller`](Self::caller), this is no use of the token.
    pub fn known_caller(&self, token: &str) -> Option<Uid> {
        self.sessions.cached(token)
    }

    /// All metrics, with the figures of this moment.
    pub fn render_metrics(&self) -> String {
        let (rooms, live) = self.rooms.count();
        let (writes_waiting, reads_waiting) = self.store.waiting();
        self.metrics.push().stretched(self.rooms.tick_stretch());
        self.metrics.render(&Scene {
            rooms_opened: rooms.saturating_sub(live),
            rooms_live: live,
            writes_waiting,
            reads_waiting,
            sessions_cached: self.sessions.cached_count(),
        })
    }

    /// Whether the store can commit now. The metrics show the last answer.
    ///
    /// # Errors
    /// [`Trouble`]: what keeps it from committing.
    pub async fn store_health(&self) -> Result<(), Trouble> {
        let health = self.store.health(self.clock).await;
        self.metrics.store_usable(health.is_ok());
        health
    }

    /// Whether this account has special rights in the cloud. A user may have registered it before
    /// it became reserved.
    pub(super) fn is_reserved(&self, uid: &Uid) -> bool {
        self.policy.reserved.contains(uid)
    }

    /// The app that a request is about: the default app if the request names none.
    pub(super) fn app(&self, asked: Option<AppId>) -> Result<SigningApp<'_>, Refusal> {
        self.signer.app(asked).ok_or(Refusal::UnknownApp)
    }
}

//! What the use cases ask: the rooms, the record, the cloud, and the rules of this server.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::budgets::Budgets;
use super::client::Network;
use super::login_guard::LoginGuard;
use crate::clock::Clock;
use crate::cloud::{CoverBucket, ImAdmin, LinkSigner, LiveUrls, SigningApp, UserSigner};
use crate::domain::{AppId, Refusal, Uid};
use crate::error::Error;
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::rooms::RoomsHandle;
use crate::sessions::{Caller, Sessions};
use crate::store::Store;

/// The product. Its use cases stand in the files of this folder.
pub struct Service {
    /// What survives a restart.
    pub store: Store,
    /// Who is calling.
    pub sessions: Sessions,
    /// The open rooms.
    pub rooms: RoomsHandle,
    /// Password hashes.
    pub passwords: Passwords<Network>,
    /// Failed logins.
    pub login_guard: Arc<LoginGuard>,
    /// What clients may do only so often.
    pub budgets: Budgets,
    /// Signatures for the cloud's SDK.
    pub signer: UserSigner,
    /// Names and addresses of streams.
    pub live_urls: LiveUrls,
    /// Signatures for links between rooms.
    pub links: LinkSigner,
    /// Where covers are put; none: nowhere.
    pub covers: Option<CoverBucket>,
    /// The cloud's messaging service, where it is configured.
    pub im: Option<ImAdmin>,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Events of the cloud that may be on their way to the record at once. The others wait their turn, so
    /// that a burst leaves room in the writer's queue for what clients wait for.
    pub ingest_places: Semaphore,
    /// The rules of this server.
    pub policy: Policy,
}

/// The rules of this server that are no rules of rooms.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Users who may kick others out.
    pub admins: Vec<Uid>,
    /// Accounts that have power in the cloud: nobody is signed for as one of them.
    pub reserved: Vec<Uid>,
    /// The keys of viewers let them send, not only the keys of members on mic.
    pub viewer_keys_may_send: bool,
    /// How long after a stream stopped its room shows that there is none.
    pub stream_grace: Duration,
}

impl Service {
    /// The caller whose token that is. Counts as a use of the token.
    ///
    /// # Errors
    /// [`Refusal::TokenUnknown`], or [`Refusal::TokenTooOld`] if it was not used for too long.
    pub async fn caller(&self, token: &str) -> Result<Caller, Error> {
        self.sessions.caller(token).await
    }

    /// Whether that is an account with power in the cloud. It may have been registered before it
    /// was known to be one.
    pub(super) fn is_reserved(&self, uid: &Uid) -> bool {
        self.policy.reserved.contains(uid)
    }

    /// The app that a request is about; the default one if it names none.
    pub(super) fn app(&self, asked: Option<AppId>) -> Result<SigningApp<'_>, Refusal> {
        self.signer.app(asked).ok_or(Refusal::UnknownApp)
    }
}

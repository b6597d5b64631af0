//! Who answers the door: one entry for every command, handlers by family, the cloud's doors, health.
//!
//! A request takes the same way always: [`door`] reads it, [`route`] names its command, the
//! handler parses fields with `wire`, asks `sessions`, `rooms` and `store`, and renders with
//! `wire` again. Handlers commit first and tell the rooms second.

mod accounts;
mod budgets;
mod callbacks;
mod client;
mod connection;
mod connections;
mod door;
mod heads;
mod links;
mod lives;
mod login_guard;
mod members;
mod ops;
mod recordings;
mod request;
mod request_sign;
mod route;
mod serve;
mod signatures;
mod spaced;
mod trust;
mod turns;
mod uploads;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

pub use budgets::Budgets;
pub use callbacks::Callbacks;
pub(crate) use callbacks::tell;
pub use client::Network;
pub use login_guard::LoginGuard;
pub use ops::configure as configure_ops;
pub use request::TrustedProxies;
pub use request_sign::RequestSign;
pub use serve::{Capacity, serve};
pub use spaced::Warnings;
pub use trust::CallbackAuth;

use self::client::Client;
use crate::clock::Clock;
use crate::cloud::{CoverBucket, ImAdmin, LinkSigner, LiveUrls, SigningApp, UserSigner};
use crate::domain::{AppId, Refusal, Uid};
use crate::error::Error;
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::rooms::RoomsHandle;
use crate::sessions::Sessions;
use crate::store::Store;
use crate::wire::recording::{PlayUrlForm, RecordIndex, TotalForm};

/// Everything that handlers ask.
pub struct Services {
    /// What survives a restart.
    pub store: Store,
    /// Who is calling.
    pub sessions: Sessions,
    /// The open rooms.
    pub rooms: RoomsHandle,
    /// Password hashes.
    pub passwords: Passwords<Network>,
    /// Failed logins.
    pub guard: Arc<LoginGuard>,
    /// What clients may do only so often.
    pub budgets: Budgets,
    /// What operators are warned of, now and then.
    pub warnings: Warnings,
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
    /// Who is believed about where a request comes from.
    pub proxies: TrustedProxies,
    /// How the door is set up.
    pub doorway: Doorway,
    /// How the doors of the cloud are set up.
    pub callbacks: Callbacks,
    /// What is counted.
    pub metrics: Metrics,
}

impl Services {
    /// Whose request it is.
    fn client_of(&self, request: &HttpRequest) -> Client {
        self.proxies.client_of(request, self.clock.now())
    }

    /// Whether that is an account with power in the cloud. It may have been registered before it
    /// was known to be one.
    fn is_reserved(&self, uid: &Uid) -> bool {
        self.doorway.reserved.contains(uid)
    }

    /// Counts a refusal that operators want to know of.
    fn count(&self, refusal: Refusal) {
        match refusal {
            Refusal::Busy(queue) => self.metrics.busy(queue.as_str()),
            Refusal::TooManyRequests(budget) => {
                self.metrics.refused(budget.as_str());
                self.warnings.refused(budget, self.clock.now());
            }
            _ => {}
        }
    }

    /// The app that a request is about.
    fn app(&self, asked: Option<AppId>) -> Result<SigningApp<'_>, Refusal> {
        let app = self.signer.app(asked);
        app.ok_or(Refusal::BadField("Invalid appid"))
    }
}

/// How the door is set up.
#[derive(Clone, Debug)]
pub struct Doorway {
    /// A larger body is refused unread.
    pub max_body_bytes: usize,
    /// A body that takes longer to arrive is refused.
    pub body_timeout: Duration,
    /// Whether clients sign their requests; none: nobody looks.
    pub request_sign: Option<RequestSign>,
    /// Who may kick others out.
    pub admins: Vec<Uid>,
    /// Accounts that have power in the cloud: nobody is signed for as one of them.
    pub reserved: Vec<Uid>,
    /// What `index` of `recordlist` means.
    pub record_index: RecordIndex,
    /// How `recordlist` sends the number of all recordings.
    pub record_total: TotalForm,
    /// Viewers' room keys let them send, not only who is on mic.
    pub viewer_keys_may_send: bool,
    /// How a recording's address is sent.
    pub play_url: PlayUrlForm,
    /// How long after a stream stopped its room shows that there is none.
    pub stream_grace: Duration,
}

/// The body of an answer, or why there is none.
type Answer = Result<Bytes, Error>;

/// Puts the door into a server.
pub fn configure(services: web::Data<Services>) -> impl FnOnce(&mut ServiceConfig) {
    move |server| {
        server
            .app_data(services)
            .route("/healthz", web::get().to(ops::alive))
            .route("/readyz", web::get().to(ops::ready))
            // Figures are for operators: `ops.listen` serves them, and nothing does here.
            .route("/metrics", web::get().to(HttpResponse::NotFound))
            .default_service(web::to(door::enter));
    }
}

/// Success without data.
fn done() -> Answer {
    Ok(Bytes::from_static(crate::wire::envelope::DONE))
}

/// Success with data.
fn data<T: serde::Serialize>(data: T) -> Answer {
    Ok(crate::wire::envelope::data(data).into())
}

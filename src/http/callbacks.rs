//! The doors of the video cloud: one for each sender, and one inbox behind them.
//!
//! Kept first, told second: believe, parse, commit the event with its effect, tell the rooms,
//! acknowledge. Only here a status tells something: 200 that the event is kept, 403 that it is not
//! taken, 500 that it could not be kept and is to be sent again.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, rt};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Semaphore;

use super::Services;
use super::client::Client;
use super::request::read;
use super::spaced::Spaced;
use super::trust::{AuthError, CallbackAuth, Visit};
use crate::clock::Clock;
use crate::domain::{CloudEvent, Queue, Refusal, RoomUpdate, Sender};
use crate::error::{Error, Fault};
use crate::store::Ingested;
use crate::wire::callback::{self, UnverifiedEvent};

/// Callbacks that may be on their way to the disk at once. The others wait their turn, so that a
/// burst leaves room in the writer's queue for what clients wait for.
const AT_ONCE: usize = 256;

/// How long a callback waits for its turn. The senders give up after two to twenty seconds.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Refusals of one sender are logged this far apart; all are counted.
const LOG_SPACING: Duration = Duration::from_secs(1);

/// How often a busy room is told again, and the pause before.
const TELLING_TRIES: u32 = 60;
const TELLING_PAUSE: Duration = Duration::from_secs(1);

/// Of events without effect here so many bytes of each sender are kept in a second, and so many at
/// once: who has a valid sign may tell anything, and a busy app's chat is told message by message.
/// What is beyond is answered 500, counted, and sent again by a cloud that means it.
const IDLE_BYTES_A_SECOND: NonZero<u32> = NonZero::new(16 << 10).expect("not zero");
const IDLE_BYTES_AT_ONCE: NonZero<u32> = NonZero::new(16 << 20).expect("not zero");

/// And so many of events that have an effect: whoever has a valid sign may tell of a room that there
/// is, in as long a body as they like. A busy app's cloud tells of two thousand members a second.
const BYTES_A_SECOND: NonZero<u32> = NonZero::new(1 << 20).expect("not zero");
const BYTES_AT_ONCE: NonZero<u32> = NonZero::new(16 << 20).expect("not zero");

/// How the doors of the cloud are set up.
pub struct Callbacks {
    trust: CallbackAuth,
    max_body_bytes: usize,
    turns: Semaphore,
    /// What may be kept of each sender's events.
    allowances: [Arc<Allowance>; Sender::ALL.len()],
    /// When a refusal of each sender may be logged again.
    refusals: [Spaced; Sender::ALL.len()],
    /// The same of what could not be kept. Anybody can be refused; these must not be hidden by that.
    unkept: [Spaced; Sender::ALL.len()],
}

/// What may be kept of a sender's events, in bytes.
struct Allowance {
    idle: Limiter,
    effective: Limiter,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Clock, NoOpMiddleware<Nanos>>;

impl Allowance {
    fn new(clock: Clock) -> Self {
        let limiter = |a_second, at_once| {
            let quota = Quota::per_second(a_second).allow_burst(at_once);
            RateLimiter::direct_with_clock(quota, clock)
        };
        Self {
            idle: limiter(IDLE_BYTES_A_SECOND, IDLE_BYTES_AT_ONCE),
            effective: limiter(BYTES_A_SECOND, BYTES_AT_ONCE),
        }
    }

    /// Spends so many bytes, if they are there.
    fn spend(&self, is_effective: bool, bytes: NonZero<u32>) -> bool {
        let limiter = if is_effective {
            &self.effective
        } else {
            &self.idle
        };
        matches!(limiter.check_n(bytes), Ok(Ok(())))
    }
}

impl Callbacks {
    /// Doors for who can show what `trust` asks for.
    pub fn new(trust: CallbackAuth, max_body_bytes: usize, clock: Clock) -> Self {
        Self {
            trust,
            max_body_bytes,
            turns: Semaphore::new(AT_ONCE),
            allowances: Sender::ALL.map(|_| Arc::new(Allowance::new(clock))),
            refusals: Sender::ALL.map(|_| Spaced::new(LOG_SPACING)),
            unkept: Sender::ALL.map(|_| Spaced::new(LOG_SPACING)),
        }
    }
}

/// Why an event is not kept.
enum NotTaken {
    Unauthenticated(AuthError),
    Refused(Refusal),
    Failed(Error),
}

impl From<AuthError> for NotTaken {
    fn from(error: AuthError) -> Self {
        Self::Unauthenticated(error)
    }
}

impl From<Refusal> for NotTaken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Answers one callback of a sender.
pub(super) async fn enter(
    sender: Sender,
    request: HttpRequest,
    payload: web::Payload,
    services: web::Data<Services>,
) -> HttpResponse {
    let client = services.client_of(&request);
    let (status, body) = match ingest(sender, client, &request, payload, &services).await {
        Ok(()) => (StatusCode::OK, callback::accepted(sender)),
        Err(NotTaken::Unauthenticated(error)) => {
            note_refusal(&services, sender, error.reason(), client);
            let body = callback::refused(sender, Refusal::BadSign);
            (StatusCode::FORBIDDEN, body)
        }
        Err(NotTaken::Refused(refusal)) => {
            let reason = match refusal {
                Refusal::UnknownCommand => "it is not a POST",
                Refusal::BodyNotTaken => "its body is too large or came too slowly",
                Refusal::BadField(text) => text,
                _ => "its body is not a JSON object",
            };
            note_refusal(&services, sender, reason, client);
            (StatusCode::FORBIDDEN, callback::refused(sender, refusal))
        }
        Err(NotTaken::Failed(error)) => {
            services
                .metrics
                .callback_refused(sender.as_str(), "not kept");
            match error {
                Error::Refused(refusal) => {
                    services.count(refusal);
                    if services.callbacks.unkept[sender as usize]
                        .happened(services.clock.now())
                        .is_some()
                    {
                        tracing::warn!(
                            sender = sender.as_str(),
                            ?refusal,
                            "callback not kept, to be sent again"
                        );
                    }
                }
                Error::Fault(cause) => {
                    tracing::error!(sender = sender.as_str(), %cause, "callback not kept, to be sent again");
                }
            }
            (StatusCode::INTERNAL_SERVER_ERROR, callback::failed(sender))
        }
    };
    acknowledge(status, body)
}

/// The refusal of a callback whose body is announced to be too large, before it is sent.
pub(super) fn refuse_unsent(
    sender: Sender,
    announced: usize,
    services: &Services,
) -> Option<HttpResponse> {
    if announced <= services.callbacks.max_body_bytes {
        return None;
    }
    services
        .metrics
        .callback_refused(sender.as_str(), "its body is too large or came too slowly");
    let body = callback::refused(sender, Refusal::BodyNotTaken);
    Some(acknowledge(StatusCode::FORBIDDEN, body))
}

fn acknowledge(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}

fn note_refusal(services: &Services, sender: Sender, reason: &'static str, client: Client) {
    services.metrics.callback_refused(sender.as_str(), reason);
    let may_log = services.callbacks.refusals[sender as usize]
        .happened(services.clock.now())
        .is_some();
    let sender = sender.as_str();
    if may_log {
        tracing::warn!(sender, reason, client = %client, "callback refused");
    } else {
        tracing::debug!(sender, reason, client = %client, "callback refused");
    }
}

async fn ingest(
    sender: Sender,
    client: Client,
    request: &HttpRequest,
    payload: web::Payload,
    services: &web::Data<Services>,
) -> Result<(), NotTaken> {
    if request.method() != Method::POST {
        return Err(Refusal::UnknownCommand.into());
    }
    let Callbacks {
        trust,
        max_body_bytes,
        ..
    } = &services.callbacks;
    let visit = Visit {
        client,
        headers: request.headers(),
        path: request.path(),
    };
    trust.admit(sender, &visit)?;
    let timeout = services.doorway.body_timeout;
    let body = read(request, payload, *max_body_bytes, timeout).await?;
    let event = understand(sender, request, &body, services)?;
    let services = services.clone();
    // Finished even if the sender hangs up in between.
    let kept = rt::spawn(async move { keep(event, services).await }).await;
    let kept = kept.map_err(|panic| Fault::new("keeping a callback", panic).into());
    kept.and_then(|kept| kept).map_err(NotTaken::Failed)
}

/// Believes a body and parses it.
fn understand(
    sender: Sender,
    request: &HttpRequest,
    body: &Bytes,
    services: &Services,
) -> Result<CloudEvent, NotTaken> {
    let trust = &services.callbacks.trust;
    let now = services.clock.unix();
    if sender == Sender::Trtc {
        // Over the bytes as they came, so before they are looked at.
        let sign = request.headers().get("Sign");
        trust.verify_trtc(sign.and_then(|sign| sign.to_str().ok()), body)?;
    }
    let query = request.query_string();
    if sender == Sender::Im {
        trust.verify_im(query, now)?;
    }
    let told = UnverifiedEvent::parse(body)?;
    if sender == Sender::Live {
        trust.verify_live(told.expiry_sign().as_ref(), now)?;
    }
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let command = parameters.find(|(name, _)| name == "CallbackCommand");
    let command = command.map(|(_, command)| command);
    Ok(told.into_event(sender, command.as_deref())?)
}

async fn keep(event: CloudEvent, services: web::Data<Services>) -> Result<(), Error> {
    let turn = tokio::time::timeout(TIMEOUT, services.callbacks.turns.acquire()).await;
    let _turn = turn.map_err(|_| Refusal::Busy(Queue::Callbacks))?;
    let allowance = Arc::clone(&services.callbacks.allowances[event.sender as usize]);
    let bytes = u32::try_from(event.body.len()).unwrap_or(u32::MAX);
    // A body is an object, so it is never empty.
    let bytes = NonZero::new(bytes).unwrap_or(NonZero::<u32>::MIN);
    let may_keep = move |is_effective| allowance.spend(is_effective, bytes);
    let sender = event.sender.as_str();
    let name = event.name.clone();
    let now = services.clock.unix();
    match services
        .store
        .ingest(event.arrived(now), now, may_keep)
        .await?
    {
        Ingested::New(state, update) => {
            services.metrics.callback_taken(sender, state.as_str());
            tracing::debug!(
                sender,
                event = name,
                state = state.as_str(),
                "callback kept"
            );
            if let Some(update) = update {
                tell(update, &services).await;
            }
        }
        Ingested::Repeated => {
            services.metrics.callback_taken(sender, "repeated");
            tracing::debug!(sender, event = name, "callback repeated");
        }
    }
    Ok(())
}

/// Tells the rooms what is committed. A room that is too busy to hear that it was dismissed is told
/// again for a while.
pub(crate) async fn tell(update: RoomUpdate, services: &web::Data<Services>) {
    if let RoomUpdate::Dismissed {
        live,
        number,
        again: false,
        ..
    } = &update
    {
        tracing::info!(room = %number, live = %live, "dismissed in the cloud: over unless its host speaks");
    }
    if services.rooms.tell(update.clone()).await.is_err() {
        let rooms = services.rooms.clone();
        rt::spawn(async move {
            for _ in 0..TELLING_TRIES {
                tokio::time::sleep(TELLING_PAUSE).await;
                if rooms.tell(update.clone()).await.is_ok() {
                    return;
                }
            }
            tracing::error!(
                ?update,
                "a room was not told what is on record; it is told again later"
            );
        });
    }
}

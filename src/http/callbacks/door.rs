//! The doors for callbacks: one URL for each service of the cloud, and the answers given there.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::RequestHead;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::acknowledge::{accepted, failed, refused};
use super::allowance::Allowance;
use super::auth::{AuthError, CallbackAuth, CallbackHead};
use super::event::UnverifiedEvent;
use super::refusals::{BODY_NOT_TAKEN, NOT_KEPT, reason_of};
use crate::domain::{CloudEvent, RoomNum, Sender};
use crate::error::Error;
use crate::http::failure::FormError;
use crate::http::request::{announced, read};
use crate::http::request_id::{self, RequestId};
use crate::http::state::Shared;
use crate::log_throttle::LogThrottle;
use crate::service::Client;

/// The least time between two logged refusals of one sender. All refusals are counted.
const LOG_SPACING: Duration = Duration::from_secs(1);

/// A `callback.path_secret` has so many letters at the least.
const SHORTEST_SECRET: usize = 16;

/// The door that a callback was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Door {
    /// The door of a sender.
    Of(Sender),
    /// A path that no sender has. It is not answered with 200, because the cloud would not send the
    /// event again.
    Unknown,
}

impl Door {
    /// The door that a request was sent to, if it is a callback: `…/callback/<sender>` with
    /// anything before and after it, or `svc=live&cmd=callback`, where live streaming sent its
    /// events in 2016.
    pub(in crate::http) fn of(path: &str, query: &str) -> Option<Self> {
        if is_of_2016(query) {
            return Some(Self::Of(Sender::Live));
        }
        let mut parts = path.split('/');
        parts.find(|part| *part == "callback")?;
        let sender = parts.next().and_then(Sender::from_text);
        Some(sender.map_or(Self::Unknown, Self::Of))
    }
}

/// What stands in a path where a sender should, for the log: a plain word, and shorter than a
/// `callback.path_secret` can be, so that a secret in the wrong place is not logged.
fn named_in(path: &str) -> Option<&str> {
    let mut parts = path.split('/');
    parts.find(|part| *part == "callback")?;
    let named = parts.next()?;
    let is_plain = named.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_plain && named.len() < SHORTEST_SECRET).then_some(named)
}

/// If a name is repeated in the query, the last one counts, as in PHP.
fn is_of_2016(query: &str) -> bool {
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let last = |name| pairs.iter().rfind(|(known, _)| known == name);
    let is = |name, value| last(name).is_some_and(|(_, given)| given == value);
    is("svc", "live") && is("cmd", "callback")
}

/// The doors, with what they need to check and record events.
pub struct Callbacks {
    shared: Arc<Shared>,
    auth: CallbackAuth,
    max_body_bytes: usize,
    /// How much of each sender's events may be recorded.
    allowances: [Arc<Allowance>; Sender::ALL.len()],
    /// Limits how often the refusals of each sender are logged.
    refusals: [LogThrottle; Sender::ALL.len()],
    /// Limits how often failures to record are logged. Separate from the refusals, because
    /// strangers can cause many refusals and would hide the failures.
    unkept: [LogThrottle; Sender::ALL.len()],
}

impl Callbacks {
    /// Doors that check callbacks with `auth`.
    pub fn new(shared: Arc<Shared>, auth: CallbackAuth, max_body_bytes: usize) -> Self {
        let clock = shared.service.clock;
        Self {
            shared,
            auth,
            max_body_bytes,
            allowances: Sender::ALL.map(|_| Arc::new(Allowance::new(clock))),
            refusals: Sender::ALL.map(|_| LogThrottle::new(LOG_SPACING)),
            unkept: Sender::ALL.map(|_| LogThrottle::new(LOG_SPACING)),
        }
    }
}

/// The reason why an event is not recorded.
enum NotTaken {
    Unauthenticated(AuthError),
    Refused(FormError),
    Failed(Error, Option<RoomNum>),
}

impl From<AuthError> for NotTaken {
    fn from(error: AuthError) -> Self {
        Self::Unauthenticated(error)
    }
}

impl From<FormError> for NotTaken {
    fn from(error: FormError) -> Self {
        Self::Refused(error)
    }
}

/// Answers one callback: authenticates it, records its event and acknowledges it.
pub(in crate::http) async fn answer(
    door: Door,
    request: HttpRequest,
    payload: Payload,
    callbacks: &Callbacks,
) -> HttpResponse {
    let client = callbacks.shared.client_of(&request);
    let Door::Of(sender) = door else {
        let Shared {
            service, warnings, ..
        } = &*callbacks.shared;
        warnings.strayed(named_in(request.path()), client, service.clock.now());
        return HttpResponse::NotFound().finish();
    };
    let id = callbacks.shared.id_of(request.head());
    let (status, body) = match ingest(sender, client, &request, payload, callbacks).await {
        Ok(()) => (StatusCode::OK, accepted(sender)),
        Err(NotTaken::Unauthenticated(error)) => {
            let reason = error.reason();
            note_refusal(callbacks, sender, reason, reason, client);
            (StatusCode::FORBIDDEN, refused(sender, FormError::BadSign))
        }
        Err(NotTaken::Refused(error)) => {
            let counted = reason_of(error);
            let logged = match error {
                FormError::Field(field) => field.text,
                _ => counted,
            };
            note_refusal(callbacks, sender, counted, logged, client);
            (StatusCode::FORBIDDEN, refused(sender, error))
        }
        Err(NotTaken::Failed(error, room)) => {
            note_failure(callbacks, sender, &error, room, &id);
            (StatusCode::INTERNAL_SERVER_ERROR, failed(sender))
        }
    };
    acknowledge(status, body, &id)
}

/// Refuses a callback before its body is sent if the announced body is too large.
pub(in crate::http) fn refuse_unsent(
    door: Door,
    head: &RequestHead,
    callbacks: &Callbacks,
) -> Option<HttpResponse> {
    if announced(&head.headers)? <= callbacks.max_body_bytes {
        return None;
    }
    let Door::Of(sender) = door else {
        return Some(HttpResponse::NotFound().finish());
    };
    let metrics = &callbacks.shared.service.metrics;
    metrics.callback_refused(sender.as_str(), BODY_NOT_TAKEN);
    let body = refused(sender, FormError::BodyNotTaken);
    let id = callbacks.shared.id_of(head);
    Some(acknowledge(StatusCode::FORBIDDEN, body, &id))
}

fn acknowledge(status: StatusCode, body: Vec<u8>, id: &RequestId) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((request_id::HEADER, id.as_header()))
        .body(body)
}

fn note_refusal(
    callbacks: &Callbacks,
    sender: Sender,
    counted: &'static str,
    reason: &'static str,
    client: Client,
) {
    let service = &callbacks.shared.service;
    service.metrics.callback_refused(sender.as_str(), counted);
    let throttle = &callbacks.refusals[sender as usize];
    let may_log = throttle.happened(service.clock.now()).is_some();
    let sender = sender.as_str();
    if may_log {
        tracing::warn!(sender, reason, %client, "callback refused");
    } else {
        tracing::debug!(sender, reason, %client, "callback refused");
    }
}

fn note_failure(
    callbacks: &Callbacks,
    sender: Sender,
    error: &Error,
    room: Option<RoomNum>,
    id: &RequestId,
) {
    let service = &callbacks.shared.service;
    let throttle = &callbacks.unkept[sender as usize];
    let sender = sender.as_str();
    service.metrics.callback_refused(sender, NOT_KEPT);
    callbacks.shared.count(error);
    match error {
        Error::Refused(_) | Error::Busy(_) => {
            if throttle.happened(service.clock.now()).is_some() {
                tracing::warn!(sender, cause = %error, "callback not kept: answered 500, so the cloud sends it again");
            }
        }
        // The store logs where the outage begins and where it ends.
        Error::Unavailable { .. } => {}
        Error::Fault(fault) => {
            let faults = &callbacks.shared.warnings.faults;
            let room = room.as_ref().map(tracing::field::display);
            if let Some(times) = faults.happened(sender, fault, service.clock.now()) {
                tracing::error!(sender, room, request = %id, times, cause = %fault, "callback not kept: answered 500, so the cloud sends it again");
            } else {
                tracing::debug!(sender, room, request = %id, cause = %fault, "callback not kept");
            }
        }
    }
}

async fn ingest(
    sender: Sender,
    client: Client,
    request: &HttpRequest,
    payload: Payload,
    callbacks: &Callbacks,
) -> Result<(), NotTaken> {
    if request.method() != Method::POST {
        return Err(FormError::UnknownCommand.into());
    }
    let head = CallbackHead {
        client,
        headers: request.headers(),
        path: request.path(),
    };
    callbacks.auth.admit(sender, &head)?;
    let body = read(request, payload, callbacks.max_body_bytes).await?;
    let event = verify(sender, request, &body, callbacks)?;
    let room = event.place.room;
    let allowance = Arc::clone(&callbacks.allowances[sender as usize]);
    let bytes = event.body.len();
    let may_keep = move |is_effective| allowance.spend(is_effective, bytes);
    let ingested = callbacks.shared.service.ingest(event, may_keep).await;
    ingested.map_err(|error| NotTaken::Failed(error, room))
}

/// Checks the signature of a callback and parses its body.
fn verify(
    sender: Sender,
    request: &HttpRequest,
    body: &Bytes,
    callbacks: &Callbacks,
) -> Result<CloudEvent, NotTaken> {
    let auth = &callbacks.auth;
    let now = callbacks.shared.service.clock.unix();
    if sender == Sender::Trtc {
        // This signature covers the raw bytes, so it is checked before they are parsed.
        let sign = request.headers().get("Sign");
        auth.verify_trtc(sign.and_then(|sign| sign.to_str().ok()), body)?;
    }
    let query = request.query_string();
    if sender == Sender::Im {
        auth.verify_im(query, now)?;
    }
    let event = UnverifiedEvent::parse(body)?;
    if sender == Sender::Live {
        auth.verify_live(event.expiry_sign().as_ref(), now)?;
    }
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let command = parameters.find(|(name, _)| name == "CallbackCommand");
    let command = command.map(|(_, command)| command);
    Ok(event.into_event(sender, command.as_deref())?)
}

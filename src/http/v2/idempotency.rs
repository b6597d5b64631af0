//! Idempotency keys: a request that comes again under its key is answered as the first time, and what it asks
//! for is done once.

use actix_http::h1;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderName;
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use actix_web::{Error, FromRequest};

use super::asked::token;
use super::kept::{Answer, Sender, Turn};
use super::operation::{body_limit, name_of};
use super::problem::Problem;
use super::state::V2;
use super::told::{Told, tell};
use crate::http::failure::FormError;
use crate::http::request::read;
use crate::http::request_id::RequestId;
use crate::service::{Viewer, finish};

/// The header of the key.
pub(super) const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key, in bytes.
pub(super) const LONGEST_KEY: usize = 64;

/// What ignores the key. The answers of three operations hold a token or a ticket, which is kept nowhere: whoever
/// repeats them gets another one, and that does no harm, nor do more beats. A path that is none changes
/// nothing.
const IGNORING: [&str; 6] = ["login", "guest", "issue_ticket", "beat", "beats", "unknown"];

/// Whether an operation looks at the key.
pub(super) fn looks(method: &Method, name: &str) -> bool {
    method == Method::POST && !IGNORING.contains(&name)
}

/// Answers a request: as its key was answered before, or by what `next` does.
pub(super) async fn answer(
    v2: &web::Data<V2>,
    id: &RequestId,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<Told, Error> {
    let Some(key) = request.headers().get(KEY).cloned() else {
        return Ok(tell(v2, id, next.call(request).await?));
    };
    let name = name_of(request.method(), request.match_pattern().as_deref());
    let is_anybody = name == "register";
    let is_sent = is_anybody || token(request.request()).is_ok();
    if !looks(request.method(), name) || !is_sent {
        return Ok(tell(v2, id, next.call(request).await?));
    }
    let is_visible = key.as_bytes().iter().all(u8::is_ascii_graphic);
    if !is_visible || !(1..=LONGEST_KEY).contains(&key.len()) {
        let wrong = Problem::field(
            "/headers/idempotency-key".to_owned(),
            "expected 1 to 64 visible letters of ASCII",
        );
        return Ok(tell(v2, id, request.error_response(wrong)));
    }
    let (request, body) = match taken(v2, request).await {
        Ok(taken) => taken,
        Err((request, problem)) => {
            return Ok(tell(v2, id, request.error_response(problem)));
        }
    };
    // Only after the body: whoever is signed out while it comes gets no answer.
    let Some(sender) = sender(v2, &request, is_anybody).await else {
        return Ok(tell(v2, id, next.call(request).await?));
    };
    let mark = v2.kept.mark(request.path(), &body);
    let turn = v2.kept.turn((sender, key)).await;
    if let Some(known) = turn.known(v2.service().clock.now()) {
        if known.mark != mark {
            let problem = Problem::other_request();
            return Ok(tell(v2, id, request.error_response(problem)));
        }
        return Ok(Told {
            number: known.number,
            response: request.into_response(known.again()),
        });
    }
    let (v2, id) = (v2.clone(), id.clone());
    // To the end, even if the client hangs up: it will ask for this answer.
    let doing = async move {
        let told = next.call(request).await;
        let told = told.map(|response| tell(&v2, &id, response));
        Ok::<_, Problem>(told.map(|told| kept(&v2, told, turn, mark)))
    };
    finish(doing).await?
}

/// Takes the body of a request, and gives it back for the handler.
async fn taken(
    v2: &V2,
    request: ServiceRequest,
) -> Result<(ServiceRequest, Bytes), (ServiceRequest, Problem)> {
    let (request, mut payload) = request.into_parts();
    let limit = body_limit(request.uri().path(), v2.max_body_bytes);
    let body = match web::Payload::from_request(&request, &mut payload).into_inner() {
        Ok(payload) => read(&request, payload, limit).await,
        Err(_) => Err(FormError::BodyNotTaken),
    };
    match body {
        Ok(body) => {
            let (_, mut again) = h1::Payload::create(true);
            again.unread_data(body.clone());
            let request = ServiceRequest::from_parts(request, Payload::from(again));
            Ok((request, body))
        }
        Err(refused) => {
            let request = ServiceRequest::from_parts(request, Payload::None);
            Err((request, refused.into()))
        }
    }
}

/// The sender of a request; `None` if their token or key is not good, which the handler tells them.
async fn sender(v2: &V2, request: &ServiceRequest, is_anybody: bool) -> Option<Sender> {
    let service = v2.service();
    if is_anybody {
        let client = v2.client_of(request.request());
        return Some(Sender::Network(client.network()));
    }
    let token = token(request.request()).ok()?.to_owned();
    let watcher = service.watcher(&token).await.ok()?;
    Some(Sender::Viewer(watcher.uid().clone()))
}

/// Keeps an answer, and gives it back.
fn kept(v2: &V2, told: Told, turn: Turn, mark: u64) -> Told {
    let Told { number, response } = told;
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => {
            let answer = Answer {
                mark,
                at: v2.service().clock.now(),
                status: response.status(),
                headers: response.headers().clone(),
                body: body.clone(),
                number,
            };
            v2.kept.keep(turn, answer);
            BoxBody::new(body)
        }
        // It comes piece by piece, and nobody knows how long it is.
        Err(body) => body,
    };
    let response = ServiceResponse::new(request, response.set_body(body));
    Told { number, response }
}

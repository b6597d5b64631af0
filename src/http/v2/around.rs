//! What is around every request of the live API: its id, its signature, its metrics, and the headers of its
//! answer.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse};

use super::idempotency;
use super::operation::{body_limit, operation};
use super::problem::Problem;
use super::state::{Complete, V2, v2};
use super::told::{Told, tell};
use crate::clock::Stopwatch;
use crate::http::failure::FormError;
use crate::http::request::announced;
use crate::http::request_id::{self, RequestId};
use crate::http::request_sign::InBody;

/// The first part of every path.
const PREFIX: &str = "/v2";

/// How long a browser may keep what a preflight allowed: a day, in seconds.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("86400");

/// Pages of every origin may use this API: what counts is the token, and no cookie does.
const EVERYBODY: HeaderValue = HeaderValue::from_static("*");

/// Whether a path is one of this API. A query with `svc` and `cmd` changes nothing there.
pub(in crate::http) fn is_of(path: &str) -> bool {
    let rest = path.strip_prefix(PREFIX);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Refuses a request whose announced body is too large, if the client waits for permission to send
/// it (`Expect: 100-continue`).
pub(in crate::http) fn refuse_unsent(head: &RequestHead, v2: &V2) -> Option<HttpResponse> {
    let announced = announced(&head.headers)?;
    (announced > body_limit(head.uri.path(), v2.max_body_bytes)).then(|| {
        let id = v2.shared.id_of(head);
        refusal(&Problem::from(FormError::BodyNotTaken), &id)
    })
}

/// The whole answer to a request that never reaches a handler.
pub(super) fn refusal(problem: &Problem, id: &RequestId) -> HttpResponse {
    let mut response = problem.render(id);
    dress(response.headers_mut(), id);
    response
}

/// Answers a request, whatever happens to it.
pub(super) async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = Stopwatch::start();
    let v2 = v2(request.request());
    let id = v2.shared.id_of(request.head());
    if request.method() == Method::OPTIONS {
        let mut response = preflight();
        dress(response.headers_mut(), &id);
        return Ok(request.into_response(response).map_into_boxed_body());
    }
    let Told {
        number,
        mut response,
    } = match is_signed(&v2, request.head()) {
        Err(unsigned) => tell(&v2, &id, request.error_response(Problem::from(unsigned))),
        Ok(()) => idempotency::answer(&v2, &id, request, next).await?,
    };
    dress(response.headers_mut(), &id);
    let complete = response.request().extensions().get::<Complete>().copied();
    let begun = complete.map_or(begun, |Complete(begun)| begun);
    let at = operation(
        response.request().method(),
        response.request().match_pattern().as_deref(),
    );
    let counts = at.map_or(&v2.unknown, |at| &v2.counts[at]);
    counts.answered(number, begun.elapsed());
    Ok(response)
}

/// Whether a request has the signature that it needs.
///
/// # Errors
/// If it has not.
pub(super) fn is_signed(v2: &V2, head: &RequestHead) -> Result<(), FormError> {
    let Some(rule) = &v2.request_sign else {
        return Ok(());
    };
    let asked = head.uri.path_and_query();
    let asked = asked.map_or("", |asked| asked.as_str());
    // The method is signed too: here it says what is to be done.
    let asked = format!("{} {asked}", head.method);
    rule.check(&asked, InBody::default(), v2.service().clock.unix())
}

/// The headers that all answers share.
fn dress(headers: &mut HeaderMap, id: &RequestId) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, EVERYBODY);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Idempotency-Replayed, Retry-After, X-Request-Id"),
    );
    // What is the same for everybody has a rule of its own.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(request_id::HEADER, id.as_header());
}

/// Answers the question of a browser whether a page may send a request.
fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, EVERYBODY))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET, POST, PUT, PATCH, DELETE",
        ))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Idempotency-Key, If-Match, Last-Event-ID, Content-Type",
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE))
        .finish()
}

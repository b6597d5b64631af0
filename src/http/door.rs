//! The door: reads a request as clients really send it, has it answered, and dresses the answer.
//!
//! The content type is not looked at, nor is the method, except that `OPTIONS` is a browser's
//! preflight. Every answer has status 200, whatever its code: clients look at the code alone, and
//! some throw the body away otherwise.

use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, rt};

use super::request::{announced, read};
use super::route::{Command, Route};
use super::{
    Answer, Services, accounts, callbacks, links, lives, members, recordings, signatures, uploads,
    watch,
};
use crate::domain::Refusal;
use crate::error::{Error, Fault};
use crate::wire::{Fields, envelope};

/// How long a browser may remember a preflight, in seconds: a day.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("86400");

const EVERYBODY: (HeaderName, HeaderValue) = (
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    HeaderValue::from_static("*"),
);

/// Answers every request that is not for health.
pub(super) async fn enter(
    request: HttpRequest,
    payload: web::Payload,
    services: web::Data<Services>,
) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        return preflight(request.headers());
    }
    let command = match Route::of(request.path(), request.query_string()) {
        Some(Route::Callback(sender)) => {
            return callbacks::enter(sender, request, payload, services).await;
        }
        Some(Route::NoSuchDoor) => return HttpResponse::NotFound().finish(),
        Some(Route::Command(command)) => Some(command),
        None => None,
    };
    let answer = match command {
        None => Err(Refusal::UnknownCommand.into()),
        Some(command) => serve(command, request, payload, &services).await,
    };
    let body = match answer {
        Ok(body) => body,
        Err(Error::Refused(refusal)) => {
            tracing::debug!(?command, ?refusal, "refused");
            services.count(refusal);
            envelope::refusal(refusal).into()
        }
        Err(Error::Fault(fault)) => {
            tracing::error!(?command, cause = %fault, "request failed");
            envelope::fault().into()
        }
    };
    dress(body)
}

/// The refusal of a request whose body is announced to be too large, for a client that waits to be
/// told whether to send it.
pub(super) fn refuse_unsent(head: &RequestHead, services: &Services) -> Option<HttpResponse> {
    let announced = announced(&head.headers)?;
    let route = Route::of(head.uri.path(), head.uri.query().unwrap_or_default());
    if let Some(Route::Callback(sender)) = route {
        return callbacks::refuse_unsent(sender, announced, services);
    }
    let is_too_large = announced > services.doorway.max_body_bytes;
    is_too_large.then(|| dress(envelope::refusal(Refusal::BodyNotTaken).into()))
}

/// An answer with the headers that every answer has.
fn dress(body: Bytes) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, body);
    let headers = response.headers_mut();
    // Without a charset, and with the word "json": one web build takes the answer for text else.
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(EVERYBODY.0, EVERYBODY.1);
    // The iOS app's GET goes through the system's cache.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.map_into_boxed_body()
}

async fn serve(
    command: Command,
    request: HttpRequest,
    payload: web::Payload,
    services: &web::Data<Services>,
) -> Answer {
    let doorway = &services.doorway;
    let (max_bytes, timeout) = (doorway.max_body_bytes, doorway.body_timeout);
    let body = read(&request, payload, max_bytes, timeout).await?;
    if command.must_finish() {
        let services = services.clone();
        finish(async move { answer(command, request, body, &services).await }).await
    } else {
        answer(command, request, body, services).await
    }
}

/// Does work to its end even if the caller hangs up in between: it commits something and then tells
/// the rooms, or the cache of sessions.
pub(super) async fn finish<T: 'static>(
    work: impl Future<Output = Result<T, Error>> + 'static,
) -> Result<T, Error> {
    let finished = rt::spawn(work).await;
    finished.map_err(|panic| Fault::new("finishing a command", panic))?
}

async fn answer(
    command: Command,
    request: HttpRequest,
    body: Bytes,
    services: &web::Data<Services>,
) -> Answer {
    let fields = Fields::parse(&body)?;
    if let Some(rule) = &services.doorway.request_sign {
        let asked = request
            .uri()
            .path_and_query()
            .map_or("", |asked| asked.as_str());
        rule.check(asked, &fields, services.clock.unix())?;
    }
    let client = || services.client_of(&request);
    match command {
        Command::Heartbeat => members::heartbeat(services, &fields).await,
        Command::MemberList => members::list(services, &fields).await,
        Command::ReportMember => members::report(services, &fields).await,
        Command::RequestMic => members::request_mic(services, &fields).await,
        Command::ReportMic => members::report_mic(services, &fields).await,
        Command::RoomList => lives::list(services, &fields).await,
        Command::StreamList => watch::streams(services, &fields).await,
        Command::RoomPlayUrl => watch::play_url(services, &fields).await,
        Command::LinkSig => links::link_sig(services, &fields).await,
        Command::Create => lives::create(services, &fields, client()).await,
        Command::ReportRoom => lives::report(services, &fields).await,
        Command::ExitRoom => lives::exit(services, &fields).await,
        Command::ReportRecord => recordings::report(services, &fields).await,
        Command::RecordList => recordings::list(services, &fields).await,
        Command::Regist => accounts::regist(services, &fields, client()).await,
        Command::Login => accounts::login(services, &fields, client()).await,
        Command::RoomKey => signatures::room_key(services, &fields, client()).await,
        Command::Verify => signatures::verify(services, &fields),
        Command::CosSign => {
            let is_bare_post = request.method() == Method::POST && body.is_empty();
            uploads::get_sign(services, &fields, is_bare_post).await
        }
        Command::Kickout => accounts::kickout(services, &fields, client()).await,
        Command::Logout => accounts::logout(services, &fields, client()).await,
    }
}

/// What a browser asks before it sends JSON to another origin.
fn preflight(asked: &HeaderMap) -> HttpResponse {
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let headers = wanted.unwrap_or(HeaderValue::from_static("content-type"));
    HttpResponse::NoContent()
        .insert_header(EVERYBODY)
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST, GET"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, headers))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE))
        .finish()
}

//! The door: reads a request as clients really send it, has it answered, and dresses the answer.
//!
//! The content type is not looked at, nor is the method, except that `OPTIONS` is a browser's
//! preflight. Every answer has status 200, whatever its code: clients look at the code alone, and
//! some throw the body away otherwise.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{HttpRequest, HttpResponse, rt};
use futures_util::{FutureExt, StreamExt};

use super::client::Client;
use super::route::{Command, Route};
use super::{
    Answer, Doorway, Services, accounts, callbacks, links, lives, members, recordings, signatures,
    uploads, watch,
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
    let (max_bytes, patience) = (doorway.max_body_bytes, doorway.body_patience);
    let body = read(request.headers(), payload, max_bytes, patience).await?;
    if command.must_finish() {
        let services = services.clone();
        let finishing = async move { answer(command, request, body, &services).await };
        let finished = rt::spawn(finishing).await;
        finished.map_err(|panic| Fault::new("finishing a command", panic))?
    } else {
        answer(command, request, body, services).await
    }
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
    let client = || client_of(&request, &services.doorway);
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
        Command::Create => lives::create(services, &fields).await,
        Command::ReportRoom => lives::report(services, &fields).await,
        Command::ExitRoom => lives::exit(services, &fields).await,
        Command::ReportRecord => recordings::report(services, &fields).await,
        Command::RecordList => recordings::list(services, &fields).await,
        Command::Regist => accounts::regist(services, &fields).await,
        Command::Login => accounts::login(services, &fields, client()).await,
        Command::RoomKey => signatures::room_key(services, &fields, client()).await,
        Command::Verify => signatures::verify(services, &fields),
        Command::CosSign => {
            let is_bare_post = request.method() == Method::POST && body.is_empty();
            uploads::get_sign(services, &fields, is_bare_post).await
        }
        Command::Kickout => accounts::kickout(services, &fields, client()).await,
        Command::Logout => accounts::logout(services, &fields).await,
    }
}

/// Reads a body. One that arrives in a piece, as nearly all do, is not copied.
pub(super) async fn read(
    headers: &HeaderMap,
    mut payload: web::Payload,
    max_bytes: usize,
    patience: Duration,
) -> Result<Bytes, Refusal> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max_bytes) {
        return Err(Refusal::BodyNotTaken);
    }
    if announced == Some(0) {
        return Ok(Bytes::new());
    }
    if let Some(Some(Ok(first))) = payload.next().now_or_never() {
        if announced == Some(first.len()) {
            return Ok(first);
        }
        return read_rest(BytesMut::from(&*first), payload, max_bytes, patience).await;
    }
    read_rest(BytesMut::new(), payload, max_bytes, patience).await
}

async fn read_rest(
    mut body: BytesMut,
    mut payload: web::Payload,
    max_bytes: usize,
    patience: Duration,
) -> Result<Bytes, Refusal> {
    let reading = async {
        while body.len() <= max_bytes {
            match payload.next().await {
                Some(Ok(chunk)) => body.extend_from_slice(&chunk),
                Some(Err(_)) => break,
                None => return Ok(body.freeze()),
            }
        }
        Err(Refusal::BodyNotTaken)
    };
    tokio::time::timeout(patience, reading)
        .await
        .unwrap_or(Err(Refusal::BodyNotTaken))
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

/// Whether somebody passed the request on who is not trusted to say for whom.
pub(super) fn is_passed_on(request: &HttpRequest, doorway: &Doorway) -> bool {
    let says_so = |name: &str| request.headers().contains_key(name);
    !doorway.trust_forwarded_for
        && ["x-forwarded-for", "forwarded", "x-real-ip"]
            .into_iter()
            .any(says_so)
}

/// Where a request comes from. Without a peer, as in a test, nobody knows.
pub(super) fn client_of(request: &HttpRequest, doorway: &Doorway) -> Client {
    let forwarded = || {
        let entries = request
            .headers()
            .get(header::X_FORWARDED_FOR)?
            .to_str()
            .ok()?;
        entries.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let trusted = if doorway.trust_forwarded_for {
        forwarded()
    } else {
        None
    };
    let peer = || request.peer_addr().map(|peer| peer.ip());
    trusted.or_else(peer).map_or(Client::Unknown, Client::at)
}

//! Dispatch: reads a request in the form that old clients really send, calls its handler and
//! renders the answer.
//!
//! The content type and the method do not matter, except that `OPTIONS` is a browser's preflight.
//! Every answer has status 200: clients read only the code in the body, and some discard the body
//! if the status is another one.

use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::command::Command;
use super::config::{Answer, Legacy};
use super::trace::Trace;
use super::wire::{Fields, envelope};
use super::{accounts, links, lives, members, playback, recordings, signatures, uploads};
use crate::clock::Stopwatch;
use crate::error::{Error, Fault};
use crate::http::code::code;
use crate::http::failure::{Failure, FormError};
use crate::http::request::{announced, read};
use crate::http::request_id::{self, RequestId};
use crate::http::request_sign::InBody;
use crate::service::finish;

/// How long a browser may cache a preflight: a day, in seconds.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("86400");

const EVERYBODY: (HeaderName, HeaderValue) = (
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    HeaderValue::from_static("*"),
);

/// Answers a request. `command` is `None` if the request names no existing command.
pub(in crate::http) async fn answer(
    command: Option<Command>,
    request: HttpRequest,
    payload: Payload,
    legacy: &Data<Legacy>,
) -> HttpResponse {
    let id = legacy.shared.id_of(request.head());
    let asked = match command {
        None => Err(FormError::UnknownCommand),
        Some(command) => read(&request, payload, legacy.config.max_body_bytes)
            .await
            .map(|body| (command, body)),
    };
    // How long a client takes to send its body is not the server's time.
    let begun = Stopwatch::start();
    let answer = match asked {
        Err(refused) => Err(refused.into()),
        Ok((command, body)) => serve(command, request, body, legacy, &id).await,
    };
    let code = answer
        .as_ref()
        .map_or_else(|failure| code(failure).number, |_| 0);
    let body = answer.unwrap_or_else(|failure| {
        // A fault was logged where the user and the room are known.
        if !matches!(failure, Failure::Error(Error::Fault(_))) {
            tracing::debug!(?command, request = %id, ?failure, "refused");
        }
        if let Failure::Error(error) = &failure {
            legacy.shared.count(error);
        }
        envelope::failure(&failure).into()
    });
    let counts = legacy.counts.of(command);
    counts.answered(code, begun.elapsed());
    render(body, &id)
}

/// Refuses a request whose announced body is too large, if the client waits for permission to send
/// it (`Expect: 100-continue`).
pub(in crate::http) fn refuse_unsent(head: &RequestHead, legacy: &Legacy) -> Option<HttpResponse> {
    let announced = announced(&head.headers)?;
    (announced > legacy.config.max_body_bytes).then(|| {
        let body = envelope::failure(&FormError::BodyNotTaken.into());
        render(body.into(), &legacy.shared.id_of(head))
    })
}

/// An answer with the headers that all answers share.
fn render(body: Bytes, id: &RequestId) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, body);
    let headers = response.headers_mut();
    // There is no charset, and the type contains "json": otherwise one web build takes the answer
    // for plain text.
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(EVERYBODY.0, EVERYBODY.1);
    // The GET requests of the iOS app go through the cache of the system.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(request_id::HEADER, id.as_header());
    response.map_into_boxed_body()
}

async fn serve(
    command: Command,
    request: HttpRequest,
    body: Bytes,
    legacy: &Data<Legacy>,
    id: &RequestId,
) -> Answer {
    let answer = if command.must_finish() {
        let (body, legacy) = (body.clone(), Data::clone(legacy));
        finish(async move { handle(command, &request, &body, &legacy).await }).await
    } else {
        handle(command, &request, &body, legacy).await
    };
    if let Err(Failure::Error(Error::Fault(fault))) = &answer {
        note_fault(command, fault, &body, legacy, id);
    }
    answer
}

/// Logs a fault with whose request it was, unless there were many of its kind.
fn note_fault(command: Command, fault: &Fault, body: &Bytes, legacy: &Legacy, id: &RequestId) {
    let name = command.name();
    let faults = &legacy.shared.warnings.faults;
    let Some(times) = faults.happened(name, fault, legacy.service().clock.now()) else {
        tracing::debug!(command = name, request = %id, cause = %fault, "request failed");
        return;
    };
    let Trace { user, room } = Trace::of(command, body, legacy);
    let (user, room) = (user.as_ref().map(tracing::field::display), room);
    let room = room.as_ref().map(tracing::field::display);
    tracing::error!(command = name, request = %id, user, room, times, cause = %fault, "request failed, answered 90000");
}

async fn handle(command: Command, request: &HttpRequest, body: &Bytes, legacy: &Legacy) -> Answer {
    let fields = Fields::parse(body)?;
    let service = legacy.service();
    if let Some(rule) = &legacy.config.request_sign {
        let asked = request
            .uri()
            .path_and_query()
            .map_or("", |asked| asked.as_str());
        let in_body = InBody {
            sign: fields.request_sign(),
            sent_at: fields.time_stamp(),
        };
        rule.check(asked, in_body, service.clock.unix())?;
    }
    let client = || legacy.shared.client_of(request);
    match command {
        Command::Heartbeat => members::heartbeat(service, &fields).await,
        Command::MemberList => members::list(service, &fields).await,
        Command::ReportMember => members::report(service, &fields).await,
        Command::RequestMic => members::request_mic(service, &fields).await,
        Command::ReportMic => members::report_mic(service, &fields).await,
        Command::RoomList => lives::list(service, &fields).await,
        Command::StreamList => playback::list(service, &fields).await,
        Command::RoomPlayUrl => playback::of_room(service, &fields).await,
        Command::LinkSig => links::link_sig(service, &fields).await,
        Command::Create => lives::create(service, &fields, client()).await,
        Command::ReportRoom => lives::report(service, &fields).await,
        Command::ExitRoom => lives::exit(service, &fields).await,
        Command::ReportRecord => recordings::report(service, &fields).await,
        Command::RecordList => recordings::list(legacy, &fields).await,
        Command::Regist => accounts::regist(service, &fields, client()).await,
        Command::Login => accounts::login(service, &fields, client()).await,
        Command::RoomKey => signatures::room_key(service, &fields, client()).await,
        Command::Verify => signatures::verify(service, &fields),
        Command::CosSign => {
            let is_bare_post = request.method() == Method::POST && body.is_empty();
            uploads::get_sign(service, &fields, is_bare_post).await
        }
        Command::Kickout => accounts::kickout(service, &fields, client()).await,
        Command::Logout => accounts::logout(service, &fields, client()).await,
    }
}

/// Answers the preflight that a browser sends before JSON to another origin.
pub(in crate::http) fn preflight(asked: &HeaderMap) -> HttpResponse {
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let headers = wanted.unwrap_or(HeaderValue::from_static("content-type"));
    HttpResponse::NoContent()
        .insert_header(EVERYBODY)
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST, GET"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, headers))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE))
        .finish()
}

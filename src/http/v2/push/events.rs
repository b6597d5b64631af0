//! `GET /v2/rooms/{room}/events` and `GET /v2/me/events` without a WebSocket: as a stream of server-sent events, or
//! as a long poll.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::stream;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use super::super::asked::Watching;
use super::super::body::query;
use super::super::problem::Problem;
use super::super::shape::room_in;
use super::super::state::V2;
use super::bye::Bye;
use super::limits::{Place, Stopping, at_random};
use super::piece::Piece;
use super::subscription::{Subscription, Wanted};
use crate::domain::{Moment, RoomNum};
use crate::error::{Error, Queue};
use crate::http::server::{Activity, Serving};
use crate::metrics::Ongoing;
use crate::service::Watcher;

/// What asks for a stream of events.
const SSE: &str = "text/event-stream";

/// Bytes that are sent at once, roughly.
const AT_ONCE: usize = 16 * 1024;

/// How often a stream says that it is alive.
const SILENCE: Duration = Duration::from_secs(15);

/// How long a poll waits for news.
const POLL: Duration = Duration::from_secs(25);

/// How long a browser waits until it comes back, at least, and how far that may be from one to another.
const RETRY_MS: u32 = 1000;
const RETRY_SPREAD_MS: u32 = 4000;

/// The query.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RoomQuery {
    /// `<inc>:<seq>` of the last frame that the client got; without it comes a snapshot.
    since: Option<String>,
    /// The same of the client's own stream, or empty: then that is told as well.
    you: Option<String>,
    /// In place of a token.
    ticket: Option<String>,
}

/// The query of the own stream.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OwnQuery {
    /// `<inc>:<seq>` of the last frame that the client got; without it comes `me`.
    since: Option<String>,
    /// In place of a token.
    ticket: Option<String>,
}

/// A client who reads by HTTP.
struct Reading {
    subscription: Subscription,
    stopping: Stopping,
    /// When a poll ends, or when it is looked whether a stream may still go on.
    until: Moment,
    ticket: Option<(String, Option<RoomNum>)>,
    v2: Data<V2>,
    is_over: bool,
    _place: Place,
    _counted: Ongoing,
    /// The connection is not idle, though its request was answered.
    _serving: Option<Serving>,
}

/// The events of a room that the caller is in.
///
/// A long poll waits up to 25 seconds and answers frames as JSON. `Accept: text/event-stream` gets a stream that
/// lasts. The handshake of a WebSocket is answered 101; each of its messages is a frame.
#[utoipa::path(
    get,
    path = "/v2/rooms/{room}/events",
    security(("token" = []), ()),
    params(
        RoomQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "In a stream: the `id` of the last event, in place of `since` and `you`."),
    ),
    responses(
        (status = 101),
        (
            status = 200,
            content(
                (serde_json::Value = "application/json"),
                (String = "text/event-stream"),
            ),
        ),
        (status = 401, description = "token_missing, token_unknown, token_too_old"),
        (status = 403, description = "key_may_not, not_member"),
    ),
)]
pub(in crate::http::v2) async fn events(
    v2: Data<V2>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let room = room_in(&request)?;
    let RoomQuery { since, you, ticket } = query(&request)?;
    let seen = (since, you);
    read(&v2, &request, payload, Some(room), seen, ticket).await
}

/// What concerns the caller alone, on all their devices: rooms entered and left, mic, sessions, recordings.
///
/// Read as the events of a room.
#[utoipa::path(
    get,
    path = "/v2/me/events",
    security(("token" = []), ()),
    params(
        OwnQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "In a stream: as `since`, and before it."),
    ),
    responses(
        (status = 101),
        (
            status = 200,
            content(
                (serde_json::Value = "application/json"),
                (String = "text/event-stream"),
            ),
        ),
        (status = 401, description = "token_missing, token_unknown, token_too_old"),
        (status = 403, description = "key_may_not"),
    ),
)]
pub(in crate::http::v2) async fn own_events(
    v2: Data<V2>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let OwnQuery { since, ticket } = query(&request)?;
    read(&v2, &request, payload, None, (since, None), ticket).await
}

/// Reads a room, or the caller's own stream, behind what they have seen.
async fn read(
    v2: &Data<V2>,
    request: &HttpRequest,
    payload: Payload,
    room: Option<RoomNum>,
    (since, you): (Option<String>, Option<String>),
    ticket: Option<String>,
) -> Result<HttpResponse, Problem> {
    let watcher = watcher(v2, request, payload, ticket.as_deref(), room).await?;
    let is_stream = accepts_stream(request);
    let last = request.headers().get("last-event-id").filter(|_| is_stream);
    let wanted = match last.and_then(|id| id.to_str().ok()) {
        Some(id) => match id.split_once(',') {
            Some((since, you)) => Wanted::of(room, Some(since), Some(you)),
            None => Wanted::of(room, Some(id), you.as_deref()),
        },
        None => Wanted::of(room, since.as_deref(), you.as_deref()),
    };
    let place = v2.push.stream().ok_or(Error::Busy(Queue::Streams))?;
    let transport = if is_stream { "sse" } else { "poll" };
    let reading = Reading {
        subscription: Subscription::begin(v2, watcher, wanted).await?,
        stopping: v2.push.stopping(),
        until: v2.service().clock.now() + if is_stream { SILENCE } else { POLL },
        ticket: ticket.map(|ticket| (ticket, room)),
        _counted: v2.push.metrics.open(transport),
        v2: Data::clone(v2),
        is_over: false,
        _place: place,
        _serving: request.conn_data::<Rc<Activity>>().map(Activity::serve),
    };
    if is_stream {
        Ok(stream_of(reading))
    } else {
        reading.poll().await
    }
}

/// Who reads: whom the ticket lets in, or whose token it is.
async fn watcher(
    v2: &V2,
    request: &HttpRequest,
    payload: Payload,
    ticket: Option<&str>,
    room: Option<RoomNum>,
) -> Result<Watcher, Problem> {
    match ticket {
        Some(ticket) => {
            let watcher = v2.push.tickets.keep(ticket, room)?;
            v2.service().watcher_again(&watcher).await?;
            Ok(watcher)
        }
        None => {
            let asked = Watching::from_request(request, &mut payload.into_inner());
            Ok(asked.await?.watcher)
        }
    }
}

fn accepts_stream(request: &HttpRequest) -> bool {
    let accept = request.headers().get_all(header::ACCEPT);
    let mut accept = accept.filter_map(|value| value.to_str().ok());
    accept.any(|value| value.contains(SSE))
}

/// The answer that does not end before the subscription does.
fn stream_of(reading: Reading) -> HttpResponse {
    let retry = RETRY_MS + at_random(RETRY_SPREAD_MS);
    let begin = Bytes::from(format!("retry: {retry}\n\n"));
    let body = stream::unfold((reading, Some(begin)), |(mut reading, begin)| async move {
        let next = match begin {
            Some(begin) => Some(begin),
            None => reading.next().await,
        };
        next.map(|bytes| (Ok::<_, Infallible>(bytes), (reading, None)))
    });
    HttpResponse::Ok()
        .content_type(SSE)
        // nginx would keep events back until its buffer is full.
        .insert_header(("x-accel-buffering", "no"))
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .streaming(Box::pin(body))
}

impl Reading {
    /// The next bytes of a stream. `None` after the last ones.
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        let mut out = String::new();
        loop {
            if self.until <= self.v2.service().clock.now() {
                self.look(&mut out).await;
                if self.is_over {
                    break;
                }
            }
            match self.subscription.next().await {
                Piece::Frame(frame) => {
                    let id = self.subscription.position();
                    put(&mut out, "events", &id, self.subscription.text(&frame));
                }
                Piece::Text { kind, text } => {
                    put(&mut out, kind, &self.subscription.position(), &text);
                }
                Piece::Bye(bye) => {
                    self.bye(&mut out, bye);
                    break;
                }
                Piece::Nothing if !out.is_empty() => break,
                Piece::Nothing => self.wait(&mut out).await,
            }
            if out.len() >= AT_ONCE || self.is_over {
                break;
            }
        }
        self.v2.push.metrics.sent_by_sse(out.len());
        Some(out.into())
    }

    /// Waits for news, or for the time to say something else.
    async fn wait(&mut self, out: &mut String) {
        tokio::select! {
            () = self.subscription.wait() => {}
            () = tokio::time::sleep(self.until - self.v2.service().clock.now()) => {}
            () = self.stopping.begins() => {}
        }
        if self.stopping.has_begun() && !self.is_over {
            self.bye(out, Bye::Stopping);
        }
    }

    /// From time to time, also where much happens: whether the client may still read. Where nothing happens,
    /// the comment says that the stream is alive.
    async fn look(&mut self, out: &mut String) {
        self.until = self.v2.service().clock.now() + SILENCE;
        if let Some((ticket, room)) = &self.ticket {
            // Valid for as long as the stream lasts, and a while longer.
            let _ = self.v2.push.tickets.keep(ticket, *room);
        }
        if self.subscription.is_signed_out().await {
            self.bye(out, Bye::TokenGone);
        } else {
            out.push_str(":\n\n");
        }
    }

    fn bye(&mut self, out: &mut String, bye: Bye) {
        self.v2.push.metrics.closed(bye.code());
        put(out, "bye", "", &bye.text());
        self.is_over = true;
    }

    /// Everything that there is, or what comes within the time of a poll.
    async fn poll(mut self) -> Result<HttpResponse, Problem> {
        let mut frames = Vec::new();
        let mut length = 0;
        while length < AT_ONCE {
            let text = match self.subscription.next().await {
                Piece::Frame(frame) => self.subscription.text(&frame).to_owned(),
                Piece::Text { text, .. } => text,
                Piece::Bye(bye) => {
                    frames.push(bye.text());
                    break;
                }
                Piece::Nothing if frames.len() > usize::from(self.subscription.is_resumed()) => {
                    break;
                }
                Piece::Nothing => {
                    let news = async {
                        tokio::select! {
                            () = self.subscription.wait() => true,
                            () = self.stopping.begins() => false,
                        }
                    };
                    let rest = self.until - self.v2.service().clock.now();
                    if let Ok(true) = timeout(rest, news).await {
                        continue;
                    }
                    break;
                }
            };
            length += text.len();
            frames.push(text);
        }
        let body = format!(r#"{{"frames":[{}]}}"#, frames.join(","));
        self.v2.push.metrics.sent_by_poll(body.len());
        Ok(HttpResponse::Ok()
            .content_type("application/json")
            .body(body))
    }
}

/// Adds an event of a stream. The browser sends the last id that is not empty when it comes back.
fn put(out: &mut String, event: &str, id: &str, data: &str) {
    if !id.is_empty() {
        out.extend(["id: ", id, "\n"]);
    }
    for part in ["event: ", event, "\ndata: ", data, "\n\n"] {
        out.push_str(part);
    }
}

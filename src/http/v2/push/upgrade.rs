//! Takes a WebSocket out of the HTTP server: its handshake, and the refusal of what is none.

use actix_http::body::BoxBody;
use actix_http::ws::{handshake_response, verify_handshake};
use actix_http::{HttpMessage, Request, Response};
use actix_web::http::header::{HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL};
use actix_web::rt;
use actix_web::web::{BytesMut, Data};
use tokio::io::{AsyncRead, AsyncWrite};

use super::limits::Place;
use super::socket::{Opening, serve};
use super::subscription::Wanted;
use crate::clock::Stopwatch;
use crate::domain::{Refusal, RoomNum};
use crate::error::{Error, Queue};
use crate::http::failure::FormError;
use crate::http::v2::around::{is_signed, refusal};
use crate::http::v2::problem::Problem;
use crate::http::v2::state::V2;
use crate::service::Watcher;

/// The protocol that is spoken on the socket.
const PROTOCOL: &str = "zaibo.v1";

/// The path of a user's own stream.
const OWN: &str = "/v2/me/events";

/// The name in the metrics.
const NAME: &str = "events";

/// A WebSocket that is let in.
pub(in crate::http) struct Upgraded {
    v2: Data<V2>,
    room: Option<RoomNum>,
    known: Option<(Watcher, Wanted)>,
    place: Place,
}

/// Answers a handshake. If it is accepted, the socket has to be [`run`](Upgraded::run) after the answer.
pub(in crate::http) async fn upgrade(
    request: &Request,
    v2: &Data<V2>,
) -> (Response<BoxBody>, Option<Upgraded>) {
    let begun = Stopwatch::start();
    match accept(request, v2).await {
        Ok(upgraded) => {
            v2.counts_of(NAME).answered(0, begun.elapsed());
            let mut response = handshake_response(request.head());
            if offers_protocol(request) {
                let name = HeaderValue::from_static(PROTOCOL);
                response.insert_header((SEC_WEBSOCKET_PROTOCOL, name));
            }
            (response.finish().map_into_boxed_body(), Some(upgraded))
        }
        Err(problem) => {
            let id = v2.shared.id_of(request.head());
            v2.note(&problem, NAME, &id);
            v2.counts_of(NAME)
                .answered(problem.number(), begun.elapsed());
            (refusal(&problem, &id).into(), None)
        }
    }
}

async fn accept(request: &Request, v2: &Data<V2>) -> Result<Upgraded, Problem> {
    let room = stream_in(request.path()).ok_or(FormError::UnknownCommand)?;
    is_signed(v2, request.head())?;
    let has_key = request.headers().contains_key(SEC_WEBSOCKET_KEY);
    if verify_handshake(request.head()).is_err() || !has_key {
        let expected = "expected the handshake of a WebSocket of version 13";
        return Err(Problem::field("/upgrade".to_owned(), expected));
    }
    let (mut ticket, mut since, mut you) = (None, None, None);
    let query = request.uri().query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "ticket" => ticket = Some(value),
            "since" => since = Some(value),
            "you" => you = Some(value),
            _ => {}
        }
    }
    let wanted = Wanted::of(room, since.as_deref(), you.as_deref());
    if room.is_some_and(|room| !v2.service().has_readable(room)) {
        return Err(Refusal::NoSuchRoom.into());
    }
    let place = v2.push.socket().await.ok_or(Error::Busy(Queue::Sockets))?;
    // At the end, because whoever is refused for a while comes back with it.
    let watcher = ticket.map(|ticket| v2.push.tickets.take(&ticket, room));
    let watcher = watcher.transpose()?;
    Ok(Upgraded {
        v2: Data::clone(v2),
        room,
        known: watcher.map(|watcher| (watcher, wanted)),
        place,
    })
}

/// The room in `/v2/rooms/{room}/events`; none in `/v2/me/events`. The outer `None` if it is another path.
fn stream_in(path: &str) -> Option<Option<RoomNum>> {
    if path == OWN {
        return Some(None);
    }
    let digits = path.strip_prefix("/v2/rooms/")?.strip_suffix("/events")?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    RoomNum::new(digits.parse().ok().filter(|_| is_number)?).map(Some)
}

fn offers_protocol(request: &Request) -> bool {
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL);
    let mut offered = offered.filter_map(|value| value.to_str().ok());
    offered.any(|names| names.split(',').any(|name| name.trim() == PROTOCOL))
}

impl Upgraded {
    /// Serves the socket, on this thread and outside the HTTP server. `inbox` came with the handshake.
    pub(in crate::http) fn run<T>(self, transport: T, inbox: BytesMut)
    where
        T: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let counted = self.v2.push.metrics.open("websocket");
        rt::spawn(serve(
            transport,
            Opening {
                v2: self.v2,
                room: self.room,
                known: self.known,
                inbox,
                place: self.place,
                counted,
            },
        ));
    }
}

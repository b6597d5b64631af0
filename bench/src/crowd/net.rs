//! The connections of a crowd. All people share them: each request takes a free one and keeps it
//! until its answer. Another one is opened only if none is free, so that nobody waits for the answer
//! to somebody else.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Poll};
use serde_json::Value;

use super::address::Address;
use super::command::Command;
use super::sockets::Socket;
use super::truth::At;
use super::wire::{Request, Said};
use crate::connection::{Connection, is_success};
use crate::load::Target;

/// Connections at most. More requests wait.
pub(crate) const MOST: usize = 512;

/// Requests that may wait for a connection before the crowd gives up.
const MOST_WAITING: usize = 200_000;

/// How often a request is sent before the crowd gives up. A server that is killed ends its connections first,
/// and then stops to listen.
const MOST_TRIES: u32 = 3;

/// The longest wait for an answer before the crowd gives up.
const SILENCE: Duration = Duration::from_secs(30);

/// The number of the first socket. Those of connections are smaller.
const SOCKETS: usize = 1 << 20;

/// Who sent a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sender {
    Person(usize),
    /// The client of a person who wants to see a list, beside what they do, of that live or of all.
    Onlooker(Option<usize>),
    /// Somebody who compares what push told of that live with what it is.
    Examiner(usize),
    /// The question with that number, of those that are compared.
    Question(usize),
}

/// A request that waits for a connection or for its answer.
#[derive(Debug)]
struct Sent {
    sender: Sender,
    request: Request,
    sent: At,
    /// Connections that were closed instead of an answer to it.
    tries: u32,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) sender: Sender,
    pub(crate) command: Command,
    /// When the request was due.
    pub(crate) sent: At,
    pub(crate) now: At,
    status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether the request was done.
    pub(crate) fn is_done(&self) -> bool {
        match self.command.is_modern() {
            true => self.status < 300,
            false => is_success(&self.body),
        }
    }

    /// The answer to a beat by WebSocket.
    pub(crate) fn to_beat(who: usize, problem: Option<&Value>, sent: At, now: At) -> Self {
        let body = problem.map(|problem| problem.to_string().into_bytes());
        Self {
            sender: Sender::Person(who),
            command: Command::SocketBeat,
            sent,
            now,
            status: if body.is_some() { 503 } else { 200 },
            body: body.unwrap_or_default(),
        }
    }

    /// What it says; `None` if zaibo does not answer in this form.
    pub(crate) fn said(&self) -> Option<Said> {
        Said::parse(self.command, self.status, &self.body)
    }
}

/// One place for a connection.
#[derive(Default)]
struct Place {
    connection: Option<Connection>,
    request: Option<Sent>,
}

/// The connections.
pub(crate) struct Net {
    url: Address,
    target: Target,
    poll: Poll,
    events: Events,
    began: Instant,
    places: Vec<Place>,
    free: Vec<usize>,
    waiting: VecDeque<Sent>,
    /// Connections that were closed instead of an answer.
    pub(crate) dropped: u64,
    /// Sockets on which something happened in the last exchange.
    pub(crate) stirred: Vec<usize>,
}

impl Net {
    pub(crate) fn new(url: &Address, target: Target) -> io::Result<Self> {
        Ok(Self {
            url: url.clone(),
            target,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            began: Instant::now(),
            places: Vec::new(),
            free: Vec::new(),
            waiting: VecDeque::new(),
            dropped: 0,
            stirred: Vec::new(),
        })
    }

    pub(crate) fn now(&self) -> At {
        self.began.elapsed()
    }

    /// Connections in use so far.
    pub(crate) fn connections(&self) -> usize {
        self.places.len()
    }

    /// Requests without an answer.
    pub(crate) fn unanswered(&self) -> usize {
        self.places.len() - self.free.len() + self.waiting.len()
    }

    /// Sends a request, as soon as there is a connection for it.
    pub(crate) fn send(&mut self, sender: Sender, request: Request, now: At) {
        self.waiting.push_back(Sent {
            sender,
            request,
            sent: now,
            tries: 0,
        });
    }

    /// Opens a socket with that number, at a path.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn open(&self, at: usize, path: &str) -> Result<Socket, String> {
        let (registry, target) = (self.poll.registry(), &self.target);
        let socket = Socket::open(target, path, SOCKETS + at, registry);
        socket.map_err(|cause| unreachable(&cause))
    }

    /// Puts waiting requests onto connections, and collects answers for a while.
    ///
    /// # Errors
    /// If the server cannot be reached, does not answer any more, or answers something that zaibo
    /// would not.
    pub(crate) fn exchange(&mut self, wait: Duration) -> Result<Vec<Answer>, String> {
        self.flush()?;
        // The wait has whole milliseconds; rounded up, so that it does not become a loop.
        let wait = wait + Duration::from_micros(999);
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        match self.poll.poll(&mut events, Some(wait)) {
            Err(cause) if cause.kind() == ErrorKind::Interrupted => events.clear(),
            polled => polled.map_err(|cause| cause.to_string())?,
        }
        let mut answers = Vec::new();
        self.stirred.clear();
        for event in &events {
            match event.token().0.checked_sub(SOCKETS) {
                Some(socket) => self.stirred.push(socket),
                None => self.handle(event.token().0, &mut answers)?,
            }
        }
        self.events = events;
        self.flush()?;
        if self.waiting.len() > MOST_WAITING {
            return Err(format!(
                "it answers so slowly that {MOST_WAITING} requests wait to be sent"
            ));
        }
        // From when it was written: before that it waited for a free connection.
        let written = self.places.iter().filter_map(|place| {
            let connection = place.connection.as_ref();
            connection.filter(|_| place.request.is_some())
        });
        let oldest = written.map(|connection| connection.since).min();
        if oldest.is_some_and(|written| written.elapsed() > SILENCE) {
            return Err(format!("no answer for {} s", SILENCE.as_secs()));
        }
        Ok(answers)
    }

    fn handle(&mut self, at: usize, answers: &mut Vec<Answer>) -> Result<(), String> {
        let place = &mut self.places[at];
        let Some(connection) = &mut place.connection else {
            return Ok(());
        };
        match connection.receive() {
            Ok(None) => Ok(()),
            Ok(Some((status, body))) => {
                let body = body.to_vec();
                let Some(asked) = place.request.take() else {
                    return Err("an answer that nobody asked for".into());
                };
                let command = asked.request.command;
                if status != 200 && !command.is_modern() {
                    return Err(format!("HTTP status {status}"));
                }
                self.free.push(at);
                answers.push(Answer {
                    sender: asked.sender,
                    command,
                    sent: asked.sent,
                    status,
                    now: self.began.elapsed(),
                    body,
                });
                Ok(())
            }
            Err(cause) => self.lose(at, &cause),
        }
    }

    /// A connection failed. A request on it is sent again, as clients do.
    fn lose(&mut self, at: usize, cause: &io::Error) -> Result<(), String> {
        if matches!(cause.kind(), ErrorKind::Other | ErrorKind::InvalidData) {
            // It was no failure of the connection: what came is not an answer of zaibo, or no TLS that
            // is trusted.
            return Err(cause.to_string());
        }
        if cause.kind() == ErrorKind::ConnectionRefused {
            return Err(unreachable(cause));
        }
        let place = &mut self.places[at];
        place.connection = None;
        if let Some(mut request) = place.request.take() {
            self.free.push(at);
            self.dropped += 1;
            request.tries += 1;
            if request.tries == MOST_TRIES {
                return Err(format!("it closes every connection: {cause}"));
            }
            self.waiting.push_front(request);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        while !self.waiting.is_empty() {
            let at = match self.free.pop() {
                Some(at) => at,
                None if self.places.len() < MOST => {
                    self.places.push(Place::default());
                    self.places.len() - 1
                }
                None => break,
            };
            let Some(request) = self.waiting.pop_front() else {
                break;
            };
            let place = &mut self.places[at];
            if request.tries > 0 {
                // An old connection may be closed too, and not known to be.
                place.connection = None;
            }
            let connection = match &mut place.connection {
                Some(connection) => connection,
                none => {
                    // Nobody waits for the connection: a server that is slow to accept must not
                    // stop the crowd.
                    let stream = TcpStream::connect(self.target.address);
                    let (registry, tls) = (self.poll.registry(), self.target.tls.as_ref());
                    let opened = stream.and_then(|s| Connection::register(s, tls, at, registry));
                    none.insert(opened.map_err(|cause| unreachable(&cause))?)
                }
            };
            let (host, path) = (&self.url.host, &self.url.path);
            let buffer = connection.next(Instant::now());
            request.request.write(host, path, buffer);
            place.request = Some(request);
            if let Err(cause) = connection.write() {
                self.lose(at, &cause)?;
            }
        }
        Ok(())
    }
}

fn unreachable(cause: &io::Error) -> String {
    format!("it cannot be reached: {cause}")
}

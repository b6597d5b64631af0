//! A connection to a server: one HTTP/1.1 request at a time, kept open between them, without an
//! allocation per request.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::wire::{Tls, Wire};

/// The largest answer that can be read.
const BUFFER: usize = 64 * 1024;

/// The status of an answer that has no body, and need not say so.
const NO_CONTENT: u16 = 204;

/// Whether an answer is a success of zaibo. The bare server gives the same answer.
pub(crate) fn is_success(body: &[u8]) -> bool {
    let head = &body[..body.len().min(40)];
    let success = br#""errorCode":0,"#;
    head.windows(success.len()).any(|window| window == success)
}

/// A connection that is kept open. It has at most one request without an answer.
pub(crate) struct Connection {
    wire: Wire,
    request: Vec<u8>,
    written: usize,
    answer: Vec<u8>,
    filled: usize,
    /// When the request was due.
    pub(crate) since: Instant,
}

impl Connection {
    /// Registers a stream with that number. It need not be connected yet. With `tls` it is encrypted.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn register(
        mut stream: TcpStream,
        tls: Option<&Tls>,
        at: usize,
        registry: &Registry,
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, Token(at), both)?;
        Ok(Self {
            wire: Wire::new(stream, tls)?,
            request: Vec::with_capacity(1024),
            written: 0,
            answer: vec![0; BUFFER],
            filled: 0,
            since: Instant::now(),
        })
    }

    /// Whether it resumed an earlier session of TLS.
    pub(crate) fn is_resumed(&self) -> bool {
        self.wire.is_resumed()
    }

    /// Forgets the last answer, and returns the place for the next request, which
    /// [`Connection::write`] sends.
    pub(crate) fn next(&mut self, since: Instant) -> &mut Vec<u8> {
        self.since = since;
        self.request.clear();
        (self.written, self.filled) = (0, 0);
        &mut self.request
    }

    /// Writes what is left of the request, as far as the connection takes it, and reads. Returns the body
    /// of the answer; `None` until the answer is complete.
    ///
    /// # Errors
    /// If the connection is closed, or the answer is not one of zaibo.
    pub(crate) fn exchange(&mut self) -> io::Result<Option<&[u8]>> {
        match self.receive()? {
            None => Ok(None),
            Some((200, body)) => Ok(Some(body)),
            Some((status, _)) => Err(io::Error::other(format!("HTTP status {status}"))),
        }
    }

    /// The same, whatever the status of the answer is, which comes with its body.
    ///
    /// # Errors
    /// If the connection is closed, or the answer is none of HTTP.
    pub(crate) fn receive(&mut self) -> io::Result<Option<(u16, &[u8])>> {
        // Within TLS, what comes may be what the writing waited for.
        self.write()?;
        loop {
            match self.wire.read(&mut self.answer[self.filled..]) {
                Ok(0) => {
                    let cause = "the server closed a connection";
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, cause));
                }
                Ok(read) => self.filled += read,
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(cause) => return Err(cause),
            }
            if let Some(Answer { status, body }) = answer(&self.answer[..self.filled])? {
                return Ok(Some((status, &self.answer[body])));
            }
            if self.filled == self.answer.len() {
                return Err(io::Error::other("an answer is too large"));
            }
        }
    }

    /// Writes as much of the request as the connection takes.
    ///
    /// # Errors
    /// If the connection is closed.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        while self.written < self.request.len() {
            match self.wire.write(&self.request[self.written..]) {
                Ok(written) => self.written += written,
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(cause) => return Err(cause),
            }
        }
        self.wire.flush()
    }
}

/// An answer: its status, and the place of its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Range<usize>,
}

/// Reads the answer at the beginning of what came; `None` until it is complete.
///
/// # Errors
/// If it is no answer of HTTP, or one without a length.
pub(crate) fn answer(came: &[u8]) -> io::Result<Option<Answer>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(from) = head.parse(came).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let status = head.code.unwrap_or_default();
    let length = head
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| {
            std::str::from_utf8(header.value)
                .ok()?
                .parse::<usize>()
                .ok()
        })
        .or_else(|| (status == NO_CONTENT).then_some(0))
        .ok_or_else(|| io::Error::other("an answer without a length"))?;
    let body = from..from + length;
    Ok((came.len() >= body.end).then_some(Answer { status, body }))
}

/// Writes a whole request, as the Android app sends it.
pub(crate) fn post(host: &str, path: &str, query: &str, body: &[u8], request: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(
        request,
        "POST {path}?{query} HTTP/1.1\r\n\
        Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\
        Host: {host}\r\nConnection: Keep-Alive\r\nAccept-Encoding: gzip\r\n\
        User-Agent: okhttp/3.2.0\r\n\r\n",
        body.len()
    );
    request.extend_from_slice(body);
}

/// The processor time of this thread.
pub(crate) fn own_cpu() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Ok(Duration::from_nanos(nanos.unwrap_or(0)))
}

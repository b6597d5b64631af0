//! How long a scrape takes: what Prometheus reads of the server, every few seconds.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use zaibo::error::Fault;

use crate::child::Child;
use crate::compare::Spread;

/// How often it is measured.
const SCRAPES: usize = 21;

/// The limit for a scrape of a server with 10 000 rooms, in milliseconds.
pub(crate) const MOST_MS: f64 = 10.0;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The figures of several scrapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scrapes {
    /// From the connection to the last byte, in milliseconds.
    pub(crate) ms: Spread,
    /// Size of the last one, in bytes.
    pub(crate) bytes: usize,
}

/// Scrapes a server again and again.
///
/// # Errors
/// If it serves no metrics.
pub(crate) fn measure(server: &Child) -> Result<Scrapes, Fault> {
    let fault = |cause: String| Fault::new("reading the metrics", cause);
    let operators = server.operators;
    let operators = operators.ok_or_else(|| fault("the server has no address for them".into()))?;
    let mut times = Vec::new();
    let mut bytes = 0;
    for _ in 0..SCRAPES {
        let began = Instant::now();
        let text = scrape(operators).map_err(|cause| fault(cause.to_string()))?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        bytes = text.len();
    }
    Ok(Scrapes {
        ms: Spread::of(times.into_iter()),
        bytes,
    })
}

/// The text of the metrics. It has to be one of a server with rooms.
fn scrape(operators: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&operators, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    let body = body.filter(|body| body.contains("\nzaibo_rooms"));
    body.map(str::to_owned)
        .ok_or_else(|| io::Error::other("that are no metrics of rooms"))
}

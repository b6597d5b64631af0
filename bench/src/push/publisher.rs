//! Sends requests at once on several connections that are kept open, and reads their answers later.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::connection::{Answer, answer};

/// The connections. Requests that are to come at once are spread over them.
const CONNECTIONS: usize = 16;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// One who publishes events, by requests.
pub(super) struct Publisher {
    lines: Vec<Line>,
}

struct Line {
    stream: TcpStream,
    requests: Vec<u8>,
    /// Answers that have not come.
    waits: usize,
    came: Vec<u8>,
}

impl Publisher {
    /// Connects.
    ///
    /// # Errors
    /// If the server does not accept.
    pub(super) fn connect(server: SocketAddr) -> io::Result<Self> {
        let line = |_| {
            let stream = TcpStream::connect(server)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(Line {
                stream,
                requests: Vec::new(),
                waits: 0,
                came: Vec::new(),
            })
        };
        let lines = (0..CONNECTIONS).map(line).collect::<io::Result<_>>()?;
        Ok(Self { lines })
    }

    /// Takes requests that [`Publisher::send`] sends at once.
    pub(super) fn add(&mut self, requests: &[Vec<u8>]) {
        let each = requests.len().div_ceil(CONNECTIONS).max(1);
        for (line, requests) in self.lines.iter_mut().zip(requests.chunks(each)) {
            line.requests.extend(requests.iter().flatten());
            line.waits += requests.len();
        }
    }

    /// Sends all requests that were added.
    ///
    /// # Errors
    /// If a connection is closed.
    pub(super) fn send(&mut self) -> io::Result<()> {
        for line in &mut self.lines {
            line.stream.write_all(&line.requests)?;
            line.requests.clear();
        }
        Ok(())
    }

    /// Reads the answers of all requests.
    ///
    /// # Errors
    /// If one was not granted.
    pub(super) fn confirm(&mut self, is_granted: fn(&[u8]) -> bool) -> io::Result<()> {
        for line in &mut self.lines {
            while line.waits > 0 {
                line.confirm(is_granted)?;
            }
        }
        Ok(())
    }
}

impl Line {
    fn confirm(&mut self, is_granted: fn(&[u8]) -> bool) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let Answer { status, body } = loop {
            if let Some(answer) = answer(&self.came)? {
                break answer;
            }
            match self.stream.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.came.extend_from_slice(&buffer[..read]),
            }
        };
        let end = body.end;
        let said = &self.came[body];
        if !(200..300).contains(&status) || !is_granted(said) {
            let said = String::from_utf8_lossy(said);
            return Err(io::Error::other(format!(
                "an event was not taken: {status} {said}"
            )));
        }
        self.came.drain(..end);
        self.waits -= 1;
        Ok(())
    }
}

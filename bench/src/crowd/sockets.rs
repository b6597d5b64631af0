//! A WebSocket of the crowd: opened without waiting, read message by message, cut by dropping it.

use std::io::{self, ErrorKind, Read, Write};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::frame::{self, Kind};
use crate::load::Target;
use crate::wire::Wire;

/// The protocol that is spoken.
const PROTOCOL: &str = "zaibo.v1";

/// The size of a read.
const BUFFER: usize = 16 * 1024;

/// What came by a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The server took the socket, and will listen.
    Open,
    /// A message.
    Text(Vec<u8>),
    /// The server asked for a sign of life, and got one.
    Ping,
    /// The server closes the socket, with that code.
    Close(u16),
}

/// A socket.
pub(crate) struct Socket {
    wire: Wire,
    /// What is to be written yet.
    out: Vec<u8>,
    /// What came and was not understood yet.
    came: Vec<u8>,
    is_open: bool,
}

impl Socket {
    /// Opens a socket and registers it with that number.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn open(
        target: &Target,
        path: &str,
        number: usize,
        registry: &Registry,
    ) -> io::Result<Self> {
        let mut stream = TcpStream::connect(target.address)?;
        stream.set_nodelay(true)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, Token(number), both)?;
        Ok(Self {
            wire: Wire::new(stream, target.tls.as_ref())?,
            out: frame::request(path, Some(PROTOCOL)).into_bytes(),
            came: Vec::new(),
            is_open: false,
        })
    }

    /// Says something.
    ///
    /// # Errors
    /// If the connection is closed.
    pub(crate) fn say(&mut self, text: &str) -> io::Result<()> {
        self.out
            .extend(frame::text(text.as_bytes()).map_err(io::Error::other)?);
        self.write()
    }

    /// Writes what is to be written and reads what came.
    ///
    /// # Errors
    /// If the connection is closed, or the server does not speak WebSocket. What came before is in
    /// `heard` all the same.
    pub(crate) fn exchange(&mut self, heard: &mut Vec<Heard>) -> io::Result<()> {
        self.write()?;
        let read = self.read();
        self.understand(heard)?;
        self.write()?;
        read
    }

    fn read(&mut self) -> io::Result<()> {
        loop {
            let before = self.came.len();
            self.came.resize(before + BUFFER, 0);
            let read = self.wire.read(&mut self.came[before..]);
            self.came
                .truncate(before + read.as_ref().map_or(0, |read| *read));
            match read {
                Ok(0) => return Err(io::Error::new(ErrorKind::UnexpectedEof, "closed")),
                Ok(_) => {}
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(cause) => return Err(cause),
            }
        }
    }

    fn understand(&mut self, heard: &mut Vec<Heard>) -> io::Result<()> {
        let mut used = 0;
        if !self.is_open {
            let Some(length) = frame::consent(&self.came)? else {
                return Ok(());
            };
            used = length;
            self.is_open = true;
            heard.push(Heard::Open);
        }
        while let Some((frame, length)) = frame::read(&self.came[used..])? {
            used += length;
            match frame.kind {
                Kind::Text => heard.push(Heard::Text(frame.payload.to_vec())),
                Kind::Ping => {
                    self.out.extend(frame::short(Kind::Pong, frame.payload));
                    heard.push(Heard::Ping);
                }
                Kind::Pong => {}
                Kind::Close => {
                    let code = frame.payload.first_chunk().copied();
                    heard.push(Heard::Close(code.map_or(0, u16::from_be_bytes)));
                }
            }
        }
        self.came.drain(..used);
        Ok(())
    }

    /// Writes as much as the connection takes.
    fn write(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            match self.wire.write(&self.out) {
                Ok(written) => drop(self.out.drain(..written)),
                Err(cause)
                    if matches!(
                        cause.kind(),
                        ErrorKind::WouldBlock | ErrorKind::NotConnected
                    ) =>
                {
                    return Ok(());
                }
                Err(cause) => return Err(cause),
            }
        }
        self.wire.flush()
    }
}

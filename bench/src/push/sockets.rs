//! Many readers of pushed events in one thread: they count what comes, note when the last of them has
//! it, and answer pings.
//!
//! They share the machine with the server under measurement, so an event costs them one read and no
//! allocation.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frame::{self, Kind};

/// How many handshakes may wait for their answer.
const OPENING: usize = 256;

/// The longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The size of a read.
const BUFFER: usize = 64 * 1024;

/// How a reader subscribes.
pub(super) struct Subscription {
    pub(super) path: String,
    pub(super) protocol: Option<&'static str>,
    /// What it says first, if the server waits for that.
    pub(super) greeting: Option<String>,
}

/// What a reader knows from the messages that it got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// The number of the last event.
    pub(super) position: u64,
    /// Events that were left out, and nothing said so.
    pub(super) missed: u64,
    /// How often everything was told anew, because events were left out.
    pub(super) anew: u64,
}

/// Understands a message.
pub(super) type Hear = fn(&[u8], &mut Heard) -> io::Result<()>;

enum Stage {
    /// Waits for consent, and says this then.
    Opening(Option<Vec<u8>>),
    /// Waits for the first message. Consent alone does not say that the server has subscribed it.
    Admitted,
    Reading,
    /// Reads no more.
    Stuck,
}

struct Reader {
    stream: TcpStream,
    stage: Stage,
    /// The beginning of a frame whose rest has not come.
    rest: Vec<u8>,
    heard: Heard,
    /// The position that it is to reach.
    goal: u64,
}

/// Readers of one server.
pub(super) struct Sockets {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    readers: Vec<Reader>,
    tally: Tally,
}

/// What is counted of all readers together.
struct Tally {
    hear: Hear,
    opened: usize,
    /// Readers that have not reached their goal.
    behind: usize,
    /// When a reader reached its goal last.
    last: Instant,
    /// Bytes of messages to all readers.
    bytes: u64,
    /// The last message to the last reader that got one.
    sample: Vec<u8>,
}

impl Sockets {
    /// Opens a socket for each subscription. A socket is open when its first message has come.
    ///
    /// # Errors
    /// If the server refuses one, or does not answer.
    pub(super) fn open(
        server: SocketAddr,
        hear: Hear,
        subscriptions: impl Iterator<Item = Subscription>,
    ) -> io::Result<Self> {
        let mut sockets = Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            buffer: vec![0; BUFFER],
            readers: Vec::new(),
            tally: Tally {
                hear,
                opened: 0,
                behind: 0,
                last: Instant::now(),
                bytes: 0,
                sample: Vec::new(),
            },
        };
        for subscription in subscriptions {
            let has_place = |all: &Self| all.readers.len() - all.tally.opened < OPENING;
            sockets.run(PATIENCE, has_place)?;
            sockets.connect(server, &subscription)?;
        }
        let all_open = |all: &Self| all.readers.len() == all.tally.opened;
        if sockets.run(PATIENCE, all_open)? {
            return Ok(sockets);
        }
        let (opened, all) = (sockets.tally.opened, sockets.readers.len());
        Err(io::Error::other(format!(
            "only {opened} of {all} sockets opened"
        )))
    }

    fn connect(&mut self, server: SocketAddr, subscription: &Subscription) -> io::Result<()> {
        let Subscription {
            path,
            protocol,
            greeting,
        } = subscription;
        let mut stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.write_all(frame::request(path, *protocol).as_bytes())?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let token = Token(self.readers.len());
        let registry = self.poll.registry();
        registry.register(&mut stream, token, Interest::READABLE)?;
        let greeting = greeting.as_ref();
        self.readers.push(Reader {
            stream,
            stage: Stage::Opening(greeting.map(|text| frame::short(Kind::Text, text.as_bytes()))),
            rest: Vec::new(),
            heard: Heard::default(),
            goal: 0,
        });
        Ok(())
    }

    /// Lets some readers read no more. Their sockets stay open.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn neglect(&mut self, readers: Range<usize>) -> io::Result<()> {
        for reader in &mut self.readers[readers] {
            self.poll.registry().deregister(&mut reader.stream)?;
            reader.stage = Stage::Stuck;
        }
        Ok(())
    }

    /// Reads for that long.
    ///
    /// # Errors
    /// If the server ends a socket, or says what it should not.
    pub(super) fn idle(&mut self, span: Duration) -> io::Result<()> {
        self.run(span, |_| false).map(drop)
    }

    /// Says that as many events will come to each reader.
    pub(super) fn expect(&mut self, events: u64) {
        self.tally.behind = 0;
        for reader in &mut self.readers {
            if matches!(reader.stage, Stage::Reading) {
                reader.goal = reader.heard.position + events;
                self.tally.behind += 1;
            }
        }
    }

    /// Waits until all have come, and returns when the last one came.
    ///
    /// # Errors
    /// If they do not come.
    pub(super) fn wait(&mut self) -> io::Result<Instant> {
        if self.run(PATIENCE, |all| all.tally.behind == 0)? {
            return Ok(self.tally.last);
        }
        let (behind, all) = (self.tally.behind, self.readers.len());
        let cause = format!("{behind} of {all} readers wait in vain");
        Err(io::Error::other(cause))
    }

    /// What all readers heard, but those that read no more.
    pub(super) fn heard(&self) -> impl Iterator<Item = Heard> {
        let reading = |reader: &&Reader| matches!(reader.stage, Stage::Reading);
        self.readers
            .iter()
            .filter(reading)
            .map(|reader| reader.heard)
    }

    /// Bytes of messages to all readers.
    pub(super) fn bytes(&self) -> u64 {
        self.tally.bytes
    }

    /// A message that came last.
    pub(super) fn sample(&self) -> &[u8] {
        &self.tally.sample
    }

    /// Reads until it is done, at most for that long. Returns whether it is.
    fn run(&mut self, span: Duration, is_done: impl Fn(&Self) -> bool) -> io::Result<bool> {
        let began = Instant::now();
        loop {
            if is_done(self) {
                return Ok(true);
            }
            let left = span.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            match self.poll.poll(&mut self.events, Some(left)) {
                Err(cause) if cause.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &self.events {
                let at = event.token().0;
                let reader = &mut self.readers[at];
                let ends = event.is_read_closed();
                let read = reader.read(&mut self.buffer, ends, &mut self.tally);
                read.map_err(|cause| {
                    io::Error::new(cause.kind(), format!("reader {at}: {cause}"))
                })?;
            }
        }
    }
}

impl Reader {
    /// Reads all that is there. A short read is the last one, unless the stream ends.
    fn read(&mut self, buffer: &mut [u8], ends: bool, tally: &mut Tally) -> io::Result<()> {
        loop {
            let read = match self.stream.read(buffer) {
                Ok(0) => return Err(io::Error::new(ErrorKind::UnexpectedEof, "closed")),
                Ok(read) => read,
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(cause) => return Err(cause),
            };
            let came = &buffer[..read];
            if self.rest.is_empty() {
                let used = self.take(came, tally)?;
                self.rest.extend_from_slice(&came[used..]);
            } else {
                let mut all = mem::take(&mut self.rest);
                all.extend_from_slice(came);
                let used = self.take(&all, tally)?;
                all.drain(..used);
                self.rest = all;
            }
            if read < buffer.len() && !ends {
                return Ok(());
            }
        }
    }

    /// Takes all frames that are complete. Returns how many bytes they have.
    fn take(&mut self, came: &[u8], tally: &mut Tally) -> io::Result<usize> {
        let mut used = 0;
        if let Stage::Opening(greeting) = &mut self.stage {
            let Some(length) = frame::consent(came)? else {
                return Ok(0);
            };
            used = length;
            if let Some(greeting) = greeting.take() {
                self.stream.write_all(&greeting)?;
            }
            self.stage = Stage::Admitted;
        }
        while let Some((frame, length)) = frame::read(&came[used..])? {
            used += length;
            match frame.kind {
                Kind::Text => self.hear(frame.payload, tally)?,
                Kind::Ping => self
                    .stream
                    .write_all(&frame::short(Kind::Pong, frame.payload))?,
                Kind::Pong => {}
                Kind::Close => return Err(io::Error::other("the server closes a socket")),
            }
        }
        Ok(used)
    }

    fn hear(&mut self, message: &[u8], tally: &mut Tally) -> io::Result<()> {
        let was_behind = self.heard.position < self.goal;
        (tally.hear)(message, &mut self.heard)?;
        tally.bytes += message.len() as u64;
        tally.sample.clear();
        tally.sample.extend_from_slice(message);
        if matches!(self.stage, Stage::Admitted) {
            self.stage = Stage::Reading;
            tally.opened += 1;
        }
        if was_behind && self.heard.position >= self.goal {
            tally.behind -= 1;
            tally.last = Instant::now();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

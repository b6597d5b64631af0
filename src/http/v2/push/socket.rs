//! A WebSocket, from its handshake to its last frame: one task on the bare socket, and no queue.
//!
//! The task writes what its [`Subscription`] has, then waits for the bell, the client or the time. While the
//! client takes nothing it waits for that alone, and falls behind in the feed, which is bounded.

use std::future::poll_fn;
use std::io;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::web::{Bytes, BytesMut, Data};
use governor::DefaultDirectRateLimiter;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{sleep, timeout};

use super::answer::{done, pong, refused};
use super::bye::Bye;
use super::command::{Auth, Command, Wrong};
use super::limits::{Place, at_random, budget};
use super::message::{self, Message, Reader};
use super::piece::Piece;
use super::subscription::{Subscription, Wanted};
use crate::domain::RoomNum;
use crate::error::Error;
use crate::http::v2::problem::Problem;
use crate::http::v2::state::V2;
use crate::metrics::Ongoing;
use crate::service::Watcher;

/// How long a client may take to say who they are.
const AUTH: Duration = Duration::from_secs(5);

/// How often the server asks for a sign of life, on average, and how far it may be from that.
const PING: Duration = Duration::from_secs(12);
const PING_SPREAD_MS: u32 = 4_000;

/// A client that sends nothing for so many pings is gone.
const UNANSWERED: u32 = 3;

/// Bytes that are written at once, roughly.
const AT_ONCE: usize = 16 * 1024;

/// The bytes that are read at once.
const READ: usize = 2048;

/// Frames of a client in a second, and at once.
const FRAMES_PER_S: NonZeroU32 = NonZeroU32::new(20).unwrap();
const FRAMES_AT_ONCE: NonZeroU32 = NonZeroU32::new(40).unwrap();

/// A snapshot costs more than an answer, so asking for one counts as so many frames.
const FRAMES_OF_RESYNC: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// What a handshake asked for.
pub(super) struct Opening {
    pub(super) v2: Data<V2>,
    /// The room; `None` for the own stream.
    pub(super) room: Option<RoomNum>,
    /// Known if the address had a ticket.
    pub(super) known: Option<(Watcher, Wanted)>,
    /// Bytes that came with the handshake.
    pub(super) inbox: BytesMut,
    pub(super) place: Place,
    pub(super) counted: Ongoing,
}

/// Serves a WebSocket until it ends.
pub(super) async fn serve<T: AsyncRead + AsyncWrite + Unpin>(transport: T, opening: Opening) {
    let Opening {
        v2,
        room,
        known,
        inbox,
        place: _place,
        counted: _counted,
    } = opening;
    let mut socket = Socket {
        v2,
        transport,
        inbox,
        reader: Reader::default(),
        out: Vec::new(),
        frames: budget(FRAMES_PER_S, FRAMES_AT_ONCE),
    };
    // What is needed once or rarely is in a box, so that an idle socket does not keep the space for it.
    let over = match Box::pin(socket.begin(room, known)).await {
        Ok(subscription) => match Box::pin(socket.go_on(subscription)).await {
            Ok(never) => match never {},
            Err(over) => over,
        },
        Err(over) => over,
    };
    if let Over::Bye(bye) = over {
        Box::pin(socket.say(bye)).await;
    }
}

/// Why a socket ends.
enum Over {
    /// The server says so.
    Bye(Bye),
    /// The client is gone.
    Gone,
}

impl From<Bye> for Over {
    fn from(bye: Bye) -> Self {
        Self::Bye(bye)
    }
}

enum Never {}

struct Socket<T> {
    v2: Data<V2>,
    transport: T,
    inbox: BytesMut,
    reader: Reader,
    out: Vec<u8>,
    frames: DefaultDirectRateLimiter,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Socket<T> {
    /// Finds out who the client is, and begins to read.
    async fn begin(
        &mut self,
        room: Option<RoomNum>,
        known: Option<(Watcher, Wanted)>,
    ) -> Result<Subscription, Over> {
        let (watcher, wanted) = match known {
            Some((watcher, wanted)) => {
                // The ticket may have outlived the token.
                let again = self.v2.service().watcher_again(&watcher).await;
                again.map_err(|error| Bye::from(&error))?;
                (watcher, wanted)
            }
            None => self.introduce(room).await?,
        };
        let begun = Subscription::begin(&self.v2, watcher, wanted).await;
        begun.map_err(|error| Over::Bye(Bye::from(&error)))
    }

    /// Waits for the frame that says who the client is.
    async fn introduce(&mut self, room: Option<RoomNum>) -> Result<(Watcher, Wanted), Over> {
        let mut stopping = self.v2.push.stopping();
        let text = tokio::select! {
            said = timeout(AUTH, self.first_text()) => said.map_err(|_| Bye::TokenLate)??,
            () = stopping.begins() => return Err(Bye::Stopping.into()),
        };
        let Auth { token, since, you } = Auth::read(&text).ok_or(Bye::BadFrame)?;
        let watcher = self.v2.service().watcher(&token).await;
        let watcher = watcher.map_err(|error| Bye::from(&error))?;
        Ok((watcher, Wanted::of(room, since.as_deref(), you.as_deref())))
    }

    /// Reads on until it is over.
    async fn go_on(&mut self, mut subscription: Subscription) -> Result<Never, Over> {
        let mut stopping = self.v2.push.stopping();
        // These two wait all the time, so that an event costs them nothing.
        let mut stopping = pin!(stopping.begins());
        let mut ping = pin!(sleep(next_ping()));
        let mut unanswered = 0;
        // More may have come together with what was read so far.
        Box::pin(self.hear(&mut subscription)).await?;
        loop {
            self.collect(&mut subscription).await?;
            self.write().await?;
            tokio::select! {
                biased;
                () = subscription.wait() => {}
                heard = read(&mut self.transport, &mut self.inbox) => {
                    heard.map_err(|_| Over::Gone)?;
                    unanswered = 0;
                    subscription.stamp();
                    Box::pin(self.hear(&mut subscription)).await?;
                }
                () = &mut ping => {
                    if unanswered == UNANSWERED {
                        return Err(Bye::Silent.into());
                    }
                    if Box::pin(subscription.is_signed_out()).await {
                        return Err(Bye::TokenGone.into());
                    }
                    unanswered += 1;
                    message::put_ping(&mut self.out);
                    ping.set(sleep(next_ping()));
                }
                () = &mut stopping => return Err(Bye::Stopping.into()),
            }
        }
    }

    /// Collects what the subscription has, as much as is written at once.
    async fn collect(&mut self, subscription: &mut Subscription) -> Result<(), Over> {
        loop {
            let before = self.out.len();
            match subscription.next().await {
                Piece::Frame(frame) => {
                    message::put_text(&mut self.out, subscription.text(&frame));
                }
                Piece::Text { text, .. } => message::put_text(&mut self.out, &text),
                Piece::Bye(bye) => return Err(bye.into()),
                Piece::Nothing => return Ok(()),
            }
            self.v2.push.metrics.sent_by_socket(self.out.len() - before);
            if self.out.len() >= AT_ONCE {
                self.write().await?;
            }
        }
    }

    /// Writes what was collected.
    async fn write(&mut self) -> Result<(), Over> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        // Mostly the system takes everything at once.
        let begin = |context: &mut Context<'_>| {
            let transport = Pin::new(&mut self.transport);
            Poll::Ready(match transport.poll_write(context, &out) {
                Poll::Ready(written) => written,
                Poll::Pending => Ok(0),
            })
        };
        let written = poll_fn(begin).await.map_err(|_| Over::Gone)?;
        let flush = |context: &mut Context<'_>| {
            let transport = Pin::new(&mut self.transport);
            Poll::Ready(matches!(transport.poll_flush(context), Poll::Ready(Ok(()))))
        };
        if written == out.len() && poll_fn(flush).await {
            return Ok(());
        }
        Box::pin(self.write_rest(&out[written..])).await
    }

    /// Writes what the client has no room for yet. A client that takes nothing of it for long is given up.
    async fn write_rest(&mut self, mut rest: &[u8]) -> Result<(), Over> {
        while !rest.is_empty() {
            let written = timeout(self.v2.push.stall, self.transport.write(rest)).await;
            match written {
                Ok(Ok(length)) if length > 0 => rest = &rest[length..],
                Ok(_) => return Err(Over::Gone),
                Err(_) => return Err(self.stalled()),
            }
        }
        // TLS may have kept a part that the client had no room for.
        match timeout(self.v2.push.stall, self.transport.flush()).await {
            Ok(flushed) => flushed.map_err(|_| Over::Gone),
            Err(_) => Err(self.stalled()),
        }
    }

    /// The client takes nothing, so it is not told either.
    fn stalled(&self) -> Over {
        self.v2.push.metrics.closed(Bye::Stalled.code());
        Over::Gone
    }

    /// Says why it is over, if the client takes it.
    async fn say(&mut self, bye: Bye) {
        self.v2.push.metrics.closed(bye.code());
        message::put_text(&mut self.out, &bye.text());
        message::put_close(&mut self.out, bye.code(), bye.as_str());
        let _ = self.write().await;
        let _ = timeout(Duration::from_secs(1), self.transport.shutdown()).await;
    }

    /// Does what the client has sent.
    async fn hear(&mut self, subscription: &mut Subscription) -> Result<(), Over> {
        while let Some(text) = self.text().await? {
            let command = match Command::read(&text) {
                Ok(command) => command,
                Err(Wrong::NoJson) => return Err(Bye::BadFrame.into()),
                Err(Wrong::Field(id, problem)) => {
                    message::put_text(&mut self.out, &refused(id, &problem));
                    continue;
                }
            };
            match command {
                Command::Resync => {
                    self.spend(FRAMES_OF_RESYNC)?;
                    subscription.resync();
                }
                Command::Ping { id } => message::put_text(&mut self.out, &pong(id)),
                Command::Beat { id, role, likes } => match subscription.beat(role, likes).await {
                    Ok(()) if id.is_null() => {}
                    Ok(()) => message::put_text(&mut self.out, &done(id)),
                    Err(error) => {
                        let refused = refused(id, &Problem::from(error));
                        message::put_text(&mut self.out, &refused);
                    }
                },
            }
        }
        Ok(())
    }

    /// The first text, when it is complete.
    async fn first_text(&mut self) -> Result<Bytes, Over> {
        loop {
            if let Some(text) = self.text().await? {
                return Ok(text);
            }
            self.write().await?;
            let read = read(&mut self.transport, &mut self.inbox).await;
            read.map_err(|_| Over::Gone)?;
        }
    }

    /// The next text that has come; what comes before it is answered as the protocol of WebSockets wants it.
    async fn text(&mut self) -> Result<Option<Bytes>, Over> {
        while let Some(message) = self.message()? {
            self.spend(NonZeroU32::MIN)?;
            match message {
                Message::Text(text) => return Ok(Some(text)),
                Message::Ping(bytes) => message::put_pong(&mut self.out, &bytes),
                Message::Part | Message::Pong => {}
                Message::Close => {
                    message::put_close(&mut self.out, Bye::Ended.code(), "");
                    self.write().await?;
                    return Err(Over::Gone);
                }
            }
        }
        Ok(None)
    }

    /// Counts so many frames of the client.
    fn spend(&self, frames: NonZeroU32) -> Result<(), Over> {
        match self.frames.check_n(frames) {
            Ok(Ok(())) => Ok(()),
            _ => Err(Bye::TooMany.into()),
        }
    }

    fn message(&mut self) -> Result<Option<Message>, Over> {
        let message = self.reader.next(&mut self.inbox);
        if self.inbox.is_empty() {
            // An idle socket keeps no buffer.
            self.inbox = BytesMut::new();
        }
        message.map_err(|_| Bye::BadFrame.into())
    }
}

/// The time until the next ping. Those of many clients spread.
fn next_ping() -> Duration {
    let spread = at_random(PING_SPREAD_MS);
    PING - Duration::from_millis((PING_SPREAD_MS / 2).into()) + Duration::from_millis(spread.into())
}

impl From<&Error> for Bye {
    fn from(error: &Error) -> Self {
        use crate::domain::Refusal;
        match error {
            Error::Refused(Refusal::NoSuchRoom) => Self::NoSuchRoom,
            Error::Refused(Refusal::TokenUnknown | Refusal::TokenTooOld) => Self::TokenGone,
            Error::Refused(_) => Self::NotMember,
            Error::Busy(_) | Error::Unavailable { .. } | Error::Fault(_) => Self::Busy,
        }
    }
}

/// Reads what has come. There is no buffer while nothing comes.
///
/// # Errors
/// If the connection has ended.
async fn read<T: AsyncRead + Unpin>(transport: &mut T, inbox: &mut BytesMut) -> io::Result<()> {
    poll_fn(|context| {
        let mut bytes = [0; READ];
        let mut buffer = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut *transport).poll_read(context, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        inbox.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(()))
    })
    .await
}

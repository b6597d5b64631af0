//! One connection: how far its client may send ahead, and what it is doing now.
//!
//! The protocol's dispatcher reads whatever comes and keeps every request that it finds in it. A
//! client that sends thousands of requests and reads no answer would fill the memory. So this stands
//! between the dispatcher and the socket: a little is read at a time, and nothing while a request is
//! answered or an answer waits for its client. A body that a handler asks for is read all the same.
//!
//! It knows no time. It writes down in which turn of the [watch](super::connections) something
//! began, and the watch says when that is too long.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connections::Place;
use super::heads;

/// Bytes that are read before the dispatcher looks at them: a hundred small requests at the most. If
/// they end within a body and other requests came before it, the dispatcher has the client connect
/// again, as it does when a packet ends there. No known client sends bodies ahead.
const AT_A_TIME: usize = 4096;

/// Why a connection is ended before its client ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Its client does not read.
    Stalled,
    /// Its client began a request and does not go on.
    Slow,
    /// Nothing came for long.
    Idle,
    /// Others need the place, and here nothing has come for the longest time.
    Crowded,
}

impl Cut {
    /// Its name in figures.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Slow => "slow",
            Self::Idle => "idle",
            Self::Crowded => "crowded",
        }
    }
}

/// What a connection is doing. Shared by its stream, its requests and the watch, on one thread.
#[derive(Default)]
pub(super) struct Activity {
    /// Requests that are being answered.
    in_service: Cell<u32>,
    /// Handlers that wait for the rest of a body.
    wants_body: Cell<u32>,
    /// An answer waits for the client to read.
    is_blocked: Cell<bool>,
    /// Bytes came since the last request began.
    has_begun: Cell<bool>,
    /// Something waits to be read that was not read, and nobody tells of it again.
    is_paused: Cell<bool>,
    /// The turn in which the connection began to do what it does now.
    since: Cell<u64>,
    /// The turn that it is now.
    now: Rc<Cell<u64>>,
    cut: Cell<Option<Cut>>,
    task: RefCell<Option<Waker>>,
}

/// What the watch looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// A request is being answered.
    Answering,
    /// An answer waits for the client to read.
    Blocked,
    /// A request has begun to arrive.
    Receiving,
    /// Nothing.
    Nothing,
}

impl Activity {
    /// A connection that begins in the present turn.
    pub(super) fn new(now: &Rc<Cell<u64>>) -> Rc<Self> {
        Rc::new(Self {
            since: Cell::new(now.get()),
            now: Rc::clone(now),
            ..Self::default()
        })
    }

    /// What it is doing, and since which turn.
    pub(super) fn doing(&self) -> (Doing, u64) {
        let doing = if self.is_blocked.get() {
            Doing::Blocked
        } else if self.in_service.get() > 0 {
            Doing::Answering
        } else if self.has_begun.get() {
            Doing::Receiving
        } else {
            Doing::Nothing
        };
        (doing, self.since.get())
    }

    /// Ends the connection.
    pub(super) fn cut(&self, why: Cut) {
        self.cut.set(Some(why));
        self.wake();
    }

    /// A request is answered until what this gives is dropped.
    pub(super) fn serve(self: &Rc<Self>) -> Serving {
        self.in_service.set(self.in_service.get() + 1);
        self.has_begun.set(false);
        self.begin();
        Serving(Rc::clone(self))
    }

    /// A handler waits for the rest of a body until what this gives is dropped.
    pub(super) fn want_body(self: &Rc<Self>) -> WantingBody {
        self.wants_body.set(self.wants_body.get() + 1);
        self.resume();
        WantingBody(Rc::clone(self))
    }

    /// Notes what came of writing so many bytes. A client that takes some of an answer goes on, however
    /// slow its network is: it stalls when it takes nothing.
    fn wrote(&self, written: &Poll<io::Result<usize>>, bytes: usize) {
        match written {
            Poll::Pending => {
                if !self.is_blocked.replace(true) {
                    self.begin();
                }
            }
            Poll::Ready(Ok(length)) if self.is_blocked.get() => {
                self.begin();
                if *length == bytes {
                    self.is_blocked.set(false);
                    self.resume();
                }
            }
            Poll::Ready(_) => {}
        }
    }

    fn begin(&self) {
        self.since.set(self.now.get());
    }

    fn may_read_on(&self) -> bool {
        let is_busy = self.is_blocked.get() || self.in_service.get() > 0;
        !is_busy || self.wants_body.get() > 0
    }

    fn resume(&self) {
        if self.is_paused.take() {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(task) = &*self.task.borrow() {
            task.wake_by_ref();
        }
    }

    /// Remembers whom to wake.
    fn is_polled_by(&self, context: &Context<'_>) {
        let mut task = self.task.borrow_mut();
        if !task
            .as_ref()
            .is_some_and(|task| task.will_wake(context.waker()))
        {
            *task = Some(context.waker().clone());
        }
    }
}

/// A request is being answered.
pub(super) struct Serving(Rc<Activity>);

impl Drop for Serving {
    fn drop(&mut self) {
        let activity = &self.0;
        activity.in_service.set(activity.in_service.get() - 1);
        activity.begin();
        activity.resume();
    }
}

/// A handler waits for the rest of a body.
pub(super) struct WantingBody(Rc<Activity>);

impl Drop for WantingBody {
    fn drop(&mut self) {
        self.0.wants_body.set(self.0.wants_body.get() - 1);
    }
}

/// The stream of a connection.
pub(super) struct Stream {
    socket: TcpStream,
    activity: Rc<Activity>,
    /// Bytes that were read and not yet looked at.
    unseen: usize,
    /// Given back when the connection is over.
    _place: Place,
}

impl Stream {
    /// The stream of a connection that has a place.
    pub(super) fn new(socket: TcpStream, place: Place) -> Self {
        Self {
            socket,
            activity: Rc::clone(place.activity()),
            unseen: 0,
            _place: place,
        }
    }

    /// What the connection is doing.
    pub(super) fn activity(&self) -> &Rc<Activity> {
        &self.activity
    }

    /// Nothing more is sent to a client that does not read: the system forgets what waits for it.
    fn hang_up(&self) -> io::Error {
        // If it can not be set, the system gives up by itself, only later.
        let _ = self.socket.set_zero_linger();
        io::ErrorKind::TimedOut.into()
    }

    /// Ready if the client has hung up. What it sent before that hides it.
    fn poll_gone(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        match self.socket.poll_peek(context, &mut ReadBuf::new(&mut byte)) {
            Poll::Ready(Ok(0)) => Poll::Ready(Ok(())),
            Poll::Ready(Ok(_)) => {
                // The system says no more of it, so reading has to be resumed.
                self.activity.is_paused.set(true);
                Poll::Pending
            }
            Poll::Ready(Err(cause)) => Poll::Ready(Err(cause)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.activity.is_polled_by(context);
        match self.activity.cut.get() {
            Some(Cut::Stalled) => return Poll::Ready(Err(self.hang_up())),
            // Nothing more to read: the dispatcher ends the connection in good order.
            Some(_) => return Poll::Ready(Ok(())),
            None => {}
        }
        if !self.activity.may_read_on() {
            return self.poll_gone(context);
        }
        if self.unseen >= AT_A_TIME {
            self.unseen = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = (AT_A_TIME - self.unseen).min(buffer.remaining());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let read = Pin::new(&mut self.socket).poll_read(context, &mut part);
        // While nobody answers, what comes is the beginning of a request.
        if self.activity.in_service.get() == 0 {
            heads::mend(part.filled_mut());
        }
        let length = part.filled().len();
        buffer.advance(length);
        if read.is_pending() {
            self.unseen = 0;
        } else if length > 0 {
            self.unseen += length;
            // While a request is answered, what comes is its body.
            if self.activity.in_service.get() == 0 && !self.activity.has_begun.replace(true) {
                self.activity.begin();
            }
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.activity.cut.get() == Some(Cut::Stalled) {
            return Poll::Ready(Err(self.hang_up()));
        }
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.activity.wrote(&written, bytes.len());
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_reads_slowly_goes_on_and_one_that_takes_nothing_stalls() {
        let now = Rc::<Cell<u64>>::default();
        let activity = Activity::new(&now);
        let stalls = || activity.wrote(&Poll::Pending, 1000);
        let takes = |length, of| activity.wrote(&Poll::Ready(Ok(length)), of);
        stalls();
        assert_eq!(activity.doing(), (Doing::Blocked, 0));
        now.set(9);
        stalls();
        assert_eq!(activity.doing(), (Doing::Blocked, 0));
        takes(100, 1000);
        stalls();
        assert_eq!(activity.doing(), (Doing::Blocked, 9));
        now.set(30);
        takes(900, 900);
        assert_eq!(activity.doing(), (Doing::Nothing, 30));
    }
}

//! The stream of one connection. It limits how much a client may send ahead.
//!
//! The dispatcher of actix reads all available bytes and keeps every request that it finds in them.
//! A client that sends thousands of requests and reads no answer would fill the memory. This stream
//! stands between the dispatcher and the socket: it reads a little at a time, and nothing while a
//! request is answered or an answer waits for the client. A body that a handler waits for is read
//! in any case.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::{Activity, Cut};
use super::connections::{Counted, Place};
use super::heads;
use super::socket::Transport;

/// How many bytes are read before the dispatcher handles them: at most about a hundred small
/// requests. If these bytes end within a body and other requests came before it, the dispatcher
/// makes the client connect again, as it does when a network packet ends there. No known
/// client sends bodies ahead.
const AT_A_TIME: usize = 4096;

/// The stream of a connection, over a socket or over TLS.
pub(super) struct Stream<T> {
    transport: T,
    activity: Rc<Activity>,
    /// The number of bytes that were read and not yet handled.
    unseen: usize,
    /// Free again when the connection ends.
    place: Place,
}

impl<T: Transport> Stream<T> {
    /// The stream of a connection with a place.
    pub(super) fn new(transport: T, place: Place) -> Self {
        Self {
            transport,
            activity: Rc::clone(place.activity()),
            unseen: 0,
            place,
        }
    }

    /// The activity of the connection.
    pub(super) fn activity(&self) -> &Rc<Activity> {
        &self.activity
    }

    /// Takes the connection out of the watch and of the places of its worker, for a WebSocket, which has
    /// rules of its own. It still counts for its network.
    pub(super) fn detach(self) -> (T, Option<Counted>) {
        self.activity.forget_task();
        (self.transport, self.place.leave())
    }

    /// Ready if the client has closed the connection. Unread bytes before the close hide it.
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.transport.poll_unread(context) {
            Poll::Ready(Ok(false)) => Poll::Ready(Ok(())),
            Poll::Ready(Ok(true)) => {
                // Nobody reports these bytes again, so reading has to be resumed.
                self.activity.pause();
                Poll::Pending
            }
            Poll::Ready(Err(cause)) => Poll::Ready(Err(cause)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: Transport> AsyncRead for Stream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.activity.polled_by(context);
        match self.activity.cut_by() {
            Some(Cut::Stalled) => return Poll::Ready(Err(self.transport.socket().hang_up())),
            // The dispatcher takes this for the end of the input and ends the connection in good
            // order.
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
        let read = match Pin::new(&mut self.transport).poll_read(context, &mut part) {
            // Many clients of TLS close the socket without a farewell.
            Poll::Ready(Err(cause)) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                Poll::Ready(Ok(()))
            }
            read => read,
        };
        // While no request is answered, the next bytes are the beginning of one.
        if !self.activity.is_answering() {
            heads::mend(part.filled_mut());
        }
        let length = part.filled().len();
        buffer.advance(length);
        if read.is_pending() {
            self.unseen = 0;
        } else if length > 0 {
            self.unseen += length;
            // While a request is answered, the next bytes are its body.
            if !self.activity.is_answering() {
                self.activity.received();
            }
        }
        read
    }
}

impl<T: Transport> AsyncWrite for Stream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(context)
    }
}

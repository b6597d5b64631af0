//! The socket of one connection, and what may lie between it and the requests: nothing, or TLS.
//!
//! Whether a client takes its answer is seen here, at the socket: TLS accepts an answer into its own
//! memory before the client has taken anything of it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use super::activity::{Activity, Cut};

/// The socket of a connection. It notes what is written, and ends when the client stalls.
pub(super) struct Socket {
    tcp: TcpStream,
    activity: Rc<Activity>,
}

impl Socket {
    /// The socket of a connection with this activity.
    pub(super) fn new(tcp: TcpStream, activity: Rc<Activity>) -> Self {
        Self { tcp, activity }
    }

    /// Closes the connection at once. The system drops the bytes that the client has not read.
    pub(super) fn hang_up(&self) -> io::Error {
        // If this fails, the system gives up by itself a little later.
        let _ = self.tcp.set_zero_linger();
        io::ErrorKind::TimedOut.into()
    }

    /// Ready when the client has sent something, or is gone.
    pub(super) fn poll_arrival(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.poll_read_ready(context)
    }
}

/// What requests are read from and answers are written to.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin {
    /// The socket at the bottom.
    fn socket(&self) -> &Socket;

    /// Ready with `true` if bytes of the client wait to be read, with `false` if there are none and the
    /// client has closed the connection.
    fn poll_unread(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>>;
}

impl Transport for Socket {
    fn socket(&self) -> &Socket {
        self
    }

    fn poll_unread(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut byte = [0];
        let peeked = self.tcp.poll_peek(context, &mut ReadBuf::new(&mut byte));
        let length = ready!(peeked)?;
        Poll::Ready(Ok(length > 0))
    }
}

impl Transport for TlsStream<Socket> {
    fn socket(&self) -> &Socket {
        self.get_ref().0
    }

    fn poll_unread(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let (socket, session) = self.get_mut();
        // A record may be longer than what was read of it at a time. Its rest is not in the socket.
        let state = session.process_new_packets().map_err(io::Error::other)?;
        if state.plaintext_bytes_to_read() > 0 {
            return Poll::Ready(Ok(true));
        }
        socket.poll_unread(context)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.activity.cut_by() == Some(Cut::Stalled) {
            return Poll::Ready(Err(self.hang_up()));
        }
        let written = Pin::new(&mut self.tcp).poll_write(context, bytes);
        self.activity.wrote(&written, bytes.len());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.activity.cut_by() == Some(Cut::Stalled) {
            return Poll::Ready(Err(self.hang_up()));
        }
        let written = Pin::new(&mut self.tcp).poll_write_vectored(context, parts);
        let bytes = parts.iter().map(|part| part.len()).sum();
        self.activity.wrote(&written, bytes);
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

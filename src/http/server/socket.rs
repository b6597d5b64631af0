//! The socket of one connection, and what may lie between it and the requests: nothing, or TLS.
//!
//! Whether a client takes its answer is seen here, at the socket: TLS accepts an answer into its own
//! memory before the client has taken anything of it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
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

    /// Limits what the system keeps for a client that takes nothing.
    pub(super) fn limit_unsent(&self, bytes: usize) {
        // If this fails, more is kept.
        let _ = set_socket_send_buffer_size(&self.tcp, bytes);
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
        // Only what is decrypted shows whether it is a request or a farewell. At most one record is
        // read ahead for that, and it may have come with an earlier one.
        match ready!(Pin::new(self).poll_fill_buf(context)) {
            Ok(bytes) => Poll::Ready(Ok(!bytes.is_empty())),
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(false)),
            Err(cause) => Poll::Ready(Err(cause)),
        }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::io::Write;
    use std::net::{SocketAddr, TcpListener};
    use std::sync::{Arc, mpsc};
    use std::thread;

    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};
    use tokio_rustls::TlsAcceptor;

    use super::*;

    const NAME: &str = "zaibo.test";

    type Client = StreamOwned<ClientConnection, std::net::TcpStream>;

    /// A client that sends a byte, and says farewell when it is told to. Its socket stays open.
    fn client(
        to: SocketAddr,
        trusted: CertificateDer<'static>,
        farewell: &mpsc::Receiver<()>,
    ) -> Client {
        let mut roots = RootCertStore::empty();
        roots.add(trusted).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions();
        let config = config.expect("versions").with_root_certificates(roots);
        let config = Arc::new(config.with_no_client_auth());
        let session = ClientConnection::new(config, NAME.try_into().expect("a name"));
        let tcp = std::net::TcpStream::connect(to).expect("a connection");
        let mut stream = StreamOwned::new(session.expect("a session"), tcp);
        stream.write_all(b"x").expect("sent");
        farewell.recv().expect("told");
        stream.conn.send_close_notify();
        stream.flush().expect("sent");
        stream
    }

    #[actix_web::test]
    async fn a_farewell_by_tls_is_told_from_a_request() {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions();
        let config = config.expect("versions").with_no_client_auth();
        let config = config.with_single_cert(vec![made.cert.der().clone()], key);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tell, told) = mpsc::channel();
        let client = thread::spawn(move || client(address, made.cert.der().clone(), &told));
        let (tcp, _) = listener.accept().expect("a client");
        tcp.set_nonblocking(true).expect("a socket");
        let tcp = TcpStream::from_std(tcp).expect("a socket");
        let socket = Socket::new(tcp, Activity::new(&Rc::<Cell<u64>>::default()));
        let acceptor = TlsAcceptor::from(Arc::new(config.expect("a configuration")));
        let mut stream = acceptor.accept(socket).await.expect("a handshake");
        // Nothing is taken away by looking.
        for _ in 0..2 {
            let unread = poll_fn(|context| stream.poll_unread(context)).await;
            assert!(unread.expect("bytes"));
        }
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|context| Pin::new(&mut stream).poll_read(context, &mut buffer))
            .await
            .expect("bytes");
        assert_eq!(buffer.filled(), b"x");
        tell.send(()).expect("a client");
        let unread = poll_fn(|context| stream.poll_unread(context)).await;
        assert!(!unread.expect("an end"));
        drop(client.join().expect("a client"));
    }
}

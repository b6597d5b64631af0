//! WebSockets leave the HTTP server after their handshake.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_codec::Framed;
use actix_http::Request;
use actix_http::body::{BodySize, MessageBody};
use actix_http::h1::{Codec, Message};
use actix_web::web::{BytesMut, Data};
use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::Stream;
use super::connections::Counted;
use super::socket::Transport;
use crate::http::site::{Site, upgrade};

/// Bytes that the system keeps of what a client has not taken. It doubles this for its own needs. Without the
/// limit they are megabytes, and a client that takes nothing would have them all.
const UNSENT: usize = 64 * 1024;

/// The socket of a WebSocket. It is counted for its network as long as it lasts.
struct Detached<T> {
    transport: T,
    _counted: Option<Counted>,
}

/// Answers a handshake. If it is accepted, the socket goes on by itself.
pub(super) async fn leave<T: Transport + 'static>(
    (request, framed): (Request, Framed<Stream<T>, Codec>),
    site: Data<Site>,
) -> Result<(), actix_http::Error> {
    // A client that is gone needs no answer.
    let _ = answer(request, framed, &site).await;
    Ok(())
}

async fn answer<T: Transport + 'static>(
    request: Request,
    mut framed: Framed<Stream<T>, Codec>,
    site: &Site,
) -> io::Result<()> {
    let (response, upgraded) = upgrade(&request, site).await;
    let (head, body) = response.into_parts();
    let size = body.size();
    framed.send(Message::Item((head, size))).await?;
    if let Some(upgraded) = upgraded {
        let parts = framed.into_parts();
        let (transport, _counted) = parts.io.detach();
        transport.socket().limit_unsent(UNSENT);
        // The buffers of the HTTP server have 8 KB each, and go before anything is made that stays.
        let came = BytesMut::from(&*parts.read_buf);
        drop((parts.read_buf, parts.write_buf));
        upgraded.run(
            Detached {
                transport,
                _counted,
            },
            came,
        );
        return Ok(());
    }
    if size != BodySize::None {
        let bytes = body.try_into_bytes().unwrap_or_default();
        framed.send(Message::Chunk(Some(bytes))).await?;
        framed.send(Message::Chunk(None)).await?;
    }
    Ok(())
}

impl<T: Transport> AsyncRead for Detached<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_read(context, buffer)
    }
}

impl<T: Transport> AsyncWrite for Detached<T> {
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

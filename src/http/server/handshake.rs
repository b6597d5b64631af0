//! The handshake of TLS, under the same watch as everything else that a client does.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use actix_server::GracefulShutdownSignal;
use actix_web::rt::net::TcpStream;
use rustls::{AlertDescription, Error};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::activity::Activity;
use super::connection::Stream;
use super::connections::Place;
use super::socket::Socket;

/// Makes the stream of a new connection. Until the client sends something the connection is idle;
/// from then on it has as long as for the head of a request.
///
/// # Errors
/// If the client does not speak TLS, goes away, or takes too long, or if the server stops meanwhile.
pub(super) async fn shake_hands(
    acceptor: TlsAcceptor,
    tcp: TcpStream,
    place: Place,
    stopping: GracefulShutdownSignal,
) -> io::Result<Stream<TlsStream<Socket>>> {
    let activity = Rc::clone(place.activity());
    let socket = Socket::new(tcp, Rc::clone(&activity));
    let handshake = async {
        poll_fn(|context| socket.poll_arrival(context)).await?;
        activity.received();
        acceptor.accept(socket).await
    };
    let shaken = watched(&activity, handshake, stopping).await;
    if let Some(why) = shaken.as_ref().err().and_then(what_failed) {
        place.refuse(why);
    }
    let encrypted = shaken?;
    activity.handled();
    Ok(Stream::new(encrypted, place))
}

/// What made a handshake fail, in the word of the metrics. `None` if the client went away or was late.
fn what_failed(cause: &io::Error) -> Option<&'static str> {
    // Rustls says so if what came is not TLS, or offers nothing that the server has.
    if cause.kind() != io::ErrorKind::InvalidData {
        return None;
    }
    let cause = cause.get_ref().and_then(|cause| cause.downcast_ref());
    match cause {
        Some(Error::AlertReceived(alert)) if is_about_certificate(*alert) => Some("certificate"),
        _ => Some("handshake"),
    }
}

/// Whether a client says by this alert that it does not accept the certificate of the server.
fn is_about_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
    )
}

/// Runs a part of a connection until it is done, the watch ends the connection, or the server stops.
async fn watched<T>(
    activity: &Activity,
    part: impl Future<Output = io::Result<T>>,
    stopping: GracefulShutdownSignal,
) -> io::Result<T> {
    let mut part = pin!(part);
    let mut stop = pin!(stopping.notified());
    poll_fn(|context| {
        activity.polled_by(context);
        if activity.cut_by().is_some() || stop.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        part.as_mut().poll(context)
    })
    .await
}

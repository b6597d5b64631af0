//! Starts the server: its workers, and the layers that each connection passes through.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::BoxBody;
use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Request, Response};
use actix_server::{GracefulShutdownSignal, Server};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::App;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use ipnet::IpNet;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use super::activity::Activity;
use super::connection::Stream;
use super::connections::{Connections, Peers, Place};
use super::handshake::shake_hands;
use super::socket::{Socket, Transport};
use super::websocket;
use crate::http::site::{Site, configure, refuse_unsent};

/// How long running requests may take to finish when the server stops, in seconds.
const STOP_TIMEOUT_S: u64 = 10;

/// How long a client may take to read an answer that ends its connection.
const LINGER: Duration = Duration::from_secs(1);

/// The limits of a server.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// The number of worker threads.
    pub workers: usize,
    /// The most connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// The most connections at once from one IPv4 address or IPv6 /64; 0 means no limit.
    pub connections_per_peer: usize,
    /// Networks whose connections are not counted, because each of them brings many clients.
    pub exempt: Vec<IpNet>,
}

/// Serves the site on a listener: by HTTPS if there is a configuration of TLS, else by HTTP. Needs a
/// running actix system.
///
/// # Errors
/// If the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    capacity: Capacity,
    site: Data<Site>,
    tls: Option<Arc<ServerConfig>>,
) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let places = capacity.connections.div_ceil(capacity.workers);
    site.shared
        .service
        .metrics
        .limit_connections(capacity.connections);
    let peers = Peers::new(capacity.connections_per_peer, capacity.exempt);
    let server = Server::build()
        .workers(capacity.workers)
        .max_concurrent_connections(places)
        .shutdown_timeout(STOP_TIMEOUT_S)
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let watched = {
        let shared = Arc::clone(&site.shared);
        move || Connections::watched(Arc::clone(&shared), Arc::clone(&peers), places)
    };
    let server = match tls {
        None => server.listen("http", listener, move || {
            let connections = watched();
            let admit = move |tcp: TcpStream| {
                let admitted = admit(&connections, &tcp).map(|(place, peer)| {
                    let socket = Socket::new(tcp, Rc::clone(place.activity()));
                    (Stream::new(socket, place), peer)
                });
                async { admitted }
            };
            fn_service(admit).and_then(protocol(site.clone(), address, stopping.clone()))
        }),
        Some(config) => server.listen("https", listener, move || {
            let connections = watched();
            let acceptor = TlsAcceptor::from(Arc::clone(&config));
            let shutdown = stopping.clone();
            let admit = move |tcp: TcpStream| {
                let admitted = admit(&connections, &tcp);
                let (acceptor, stopping) = (acceptor.clone(), shutdown.clone());
                async move {
                    let (place, peer) = admitted?;
                    let stream = shake_hands(acceptor, tcp, place, stopping).await?;
                    Ok::<_, DispatchError>((stream, peer))
                }
            };
            fn_service(admit).and_then(protocol(site.clone(), address, stopping.clone()))
        }),
    };
    Ok(server?.run())
}

/// What a worker does with the streams of connections: HTTP, and the site within.
fn protocol<T: Transport + 'static>(
    site: Data<Site>,
    address: SocketAddr,
    stopping: GracefulShutdownSignal,
) -> impl ServiceFactory<
    (Stream<T>, Option<SocketAddr>),
    Config = (),
    Response = (),
    Error = DispatchError,
    InitError = (),
> {
    let app = App::new().configure(configure(site.clone()));
    let app = app
        .into_factory()
        .map_err(|error: actix_web::Error| error.error_response());
    let app = map_config(app, |()| AppConfig::default());
    let app = actix_service::apply_fn_factory(app, |request: Request, app| {
        let activity = request.conn_data::<Rc<Activity>>();
        let serving = activity.map(Activity::serve);
        let answer = app.call(request);
        async move {
            let answer = answer.await;
            drop(serving);
            answer
        }
    });
    let (limits, sockets) = (site.clone(), site);
    HttpService::build()
        // The watch knows better which connections are idle, and needs no timer for each of them.
        .keep_alive(KeepAlive::Os)
        // A client that has closed its side does not wait for an answer.
        .h1_allow_half_closed(false)
        // A refused client may continue to send for this long, so that it reads the refusal.
        .client_disconnect_timeout(LINGER)
        .local_addr(address)
        .graceful_shutdown_signal(move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
        .on_connect_ext(|stream: &Stream<T>, data| {
            data.insert(Rc::clone(stream.activity()));
        })
        .expect(move |request: Request| {
            let refused = refuse_unsent(request.head(), &limits);
            let refused = refused.map(Response::<BoxBody>::from);
            async move { refused.map_or(Ok(request), Err) }
        })
        .upgrade(fn_service(move |asked| {
            websocket::leave::<T>(asked, sockets.clone())
        }))
        .h1(app)
}

/// The place of a new connection, unless its network has too many.
fn admit(
    connections: &Rc<Connections>,
    tcp: &TcpStream,
) -> Result<(Place, Option<SocketAddr>), DispatchError> {
    let peer = tcp.peer_addr().ok();
    let place = connections
        .admit(peer.map(|peer| peer.ip()))
        .map_err(|_| io::Error::from(io::ErrorKind::QuotaExceeded))?;
    // Each answer is written in one piece. With Nagle's algorithm the next answer would wait for an
    // acknowledgement, and a client that sends requests ahead would get only 25 answers a second.
    let _ = tcp.set_nodelay(true);
    Ok((place, peer))
}

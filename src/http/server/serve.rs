//! The server: workers that take connections, and what each connection passes through.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::BoxBody;
use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Request, Response};
use actix_server::Server;
use actix_service::{IntoServiceFactory, Service, ServiceFactoryExt, fn_service, map_config};
use actix_web::App;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use ipnet::IpNet;

use super::activity::Activity;
use super::connection::Stream;
use super::connections::{Connections, Peers};
use crate::http::site::{Site, configure, refuse_unsent};

/// How long requests in flight get to finish when the server stops, in seconds.
const STOP_TIMEOUT_S: u64 = 10;

/// How long a client gets to take an answer that ends its connection.
const LINGER: Duration = Duration::from_secs(1);

/// What a server gives its clients.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// Worker threads.
    pub workers: usize,
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// Connections at once of one IPv4 address or IPv6 /64; 0: as many as they like.
    pub connections_per_peer: usize,
    /// Networks of which the connections are not counted: each brings many clients.
    pub exempt: Vec<IpNet>,
}

/// Serves on a listener. Needs a running actix system.
///
/// # Errors
/// If the listener can not be used.
pub fn serve(listener: TcpListener, capacity: Capacity, site: Data<Site>) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let places = capacity.connections.div_ceil(capacity.workers);
    let peers = Peers::new(capacity.connections_per_peer, capacity.exempt);
    let server = Server::build()
        .workers(capacity.workers)
        .max_concurrent_connections(places)
        .shutdown_timeout(STOP_TIMEOUT_S)
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let worker = move || {
        let connections =
            Connections::watched(Arc::clone(&site.shared), Arc::clone(&peers), places);
        let admit = move |socket: TcpStream| {
            let admitted = admit(&connections, socket);
            async { admitted }
        };
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
        let stopping = stopping.clone();
        let limits = site.clone();
        let protocol = HttpService::build()
            // The connections' watch knows better which ones are idle, and needs no timer for each.
            .keep_alive(KeepAlive::Os)
            // Whoever hangs up does not wait for an answer.
            .h1_allow_half_closed(false)
            // So long a client that was refused may go on sending, so that it reads the refusal.
            .client_disconnect_timeout(LINGER)
            .local_addr(address)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .on_connect_ext(|stream: &Stream, data| {
                data.insert(Rc::clone(stream.activity()));
            })
            .expect(move |request: Request| {
                let refused = refuse_unsent(request.head(), &limits);
                let refused = refused.map(Response::<BoxBody>::from);
                async move { refused.map_or(Ok(request), Err) }
            })
            .h1(app);
        fn_service(admit).and_then(protocol)
    };
    Ok(server.listen("http", listener, worker)?.run())
}

/// A stream for a new connection, unless its network has too many.
fn admit(
    connections: &Rc<Connections>,
    socket: TcpStream,
) -> Result<(Stream, Option<SocketAddr>), DispatchError> {
    let peer = socket.peer_addr().ok();
    let place = connections
        .admit(peer.map(|peer| peer.ip()))
        .map_err(|_| io::Error::from(io::ErrorKind::QuotaExceeded))?;
    // An answer is written in one piece. If the next one waited for its receipt, a client that sends
    // requests ahead would get 25 answers a second.
    let _ = socket.set_nodelay(true);
    Ok((Stream::new(socket, place), peer))
}

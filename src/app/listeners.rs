//! Listeners for clients and for operators, and their limits of connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App as OpsSite, HttpServer};

use super::bound::Bound;
use super::machine::{Allowed, allowed, cores};
use crate::error::Fault;
use crate::http::{self, Capacity, Shared, Site};
use crate::settings;
use crate::tls::CertificateInUse;

/// Connections of operators that may be open at once.
const OPERATORS: usize = 64;

/// Connections of operators that may wait until they are accepted.
const OPERATORS_BACKLOG: i32 = 128;

/// Connections that may wait until they are accepted. After a restart all clients come back at once, and
/// who finds no place waits for seconds. The system may allow fewer (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// The addresses of the server. Nobody is answered there yet.
pub(super) struct Addresses {
    pub(super) clients: Bound,
    /// `None` if the settings name none, or their default is taken.
    pub(super) operators: Option<Bound>,
}

impl Addresses {
    /// Takes both. This comes before all other work of a start, so that a start at a wrong address
    /// touches no database.
    ///
    /// # Errors
    /// If an address from the settings cannot be had.
    pub(super) fn take(http: &settings::Http, ops: &settings::Ops) -> Result<Self, Fault> {
        let clients = Bound::at(http.listen).map_err(listening)?;
        let operators = match ops.address() {
            Some(wanted) => unless_default(ops, wanted, Bound::at(wanted))?,
            None => None,
        };
        Ok(Self { clients, operators })
    }
}

/// The server for clients, and its address. With a certificate it speaks HTTPS.
///
/// # Errors
/// If it cannot listen, or the system allows too few open files.
pub(super) fn for_clients(
    bound: Bound,
    settings: &settings::Http,
    site: Data<Site>,
    certificate: Option<&Arc<CertificateInUse>>,
) -> Result<(Server, SocketAddr), Fault> {
    let workers = if settings.workers == 0 {
        cores()
    } else {
        settings.workers
    };
    let push = &site.v2.push;
    let Allowed {
        connections,
        sockets,
    } = allowed(settings.max_connections, push.max_sockets())?;
    push.limit_sockets(sockets);
    let capacity = Capacity {
        workers,
        connections,
        connections_per_peer: share(settings.connections_per_peer, connections),
        exempt: settings.trusted_proxies.clone(),
    };
    let tls = certificate.map(|certificate| certificate.server_config());
    let tls = tls.transpose()?;
    let listener = bound.listen(BACKLOG).map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    let server = http::serve(listener, capacity, site, tls).map_err(listening)?;
    Ok((server, address))
}

fn listening(cause: io::Error) -> Fault {
    Fault::new("listening on http.listen", cause)
}

/// Connections that one network may have. The system may allow fewer connections in total than the
/// default limit of a network. Even then one network never gets more than half of them.
fn share(per_peer: usize, connections: usize) -> usize {
    per_peer.min(connections / 2)
}

/// What was got for operators. If their default address is taken, for example by a second server on
/// this machine, the server runs without it.
///
/// # Errors
/// If the settings name the address.
fn unless_default<T>(
    ops: &settings::Ops,
    wanted: SocketAddr,
    got: io::Result<T>,
) -> Result<Option<T>, Fault> {
    match got {
        Ok(got) => Ok(Some(got)),
        Err(cause) if ops.listen.is_none() => {
            tracing::warn!(%cause, "{wanted} is taken, so /metrics is not served; set ops.listen to another address, or to \"\"");
            Ok(None)
        }
        Err(cause) => Err(listening_for_operators(cause)),
    }
}

fn listening_for_operators(cause: io::Error) -> Fault {
    Fault::new("listening on ops.listen", cause)
}

/// The server for operators, and its address.
///
/// # Errors
/// If it cannot listen at an address from the settings.
pub(super) fn for_operators(
    bound: Bound,
    ops: &settings::Ops,
    shared: Arc<Shared>,
) -> Result<Option<(Server, SocketAddr)>, Fault> {
    let wanted = bound.wanted();
    let listener = bound.listen(OPERATORS_BACKLOG);
    let Some(listener) = unless_default(ops, wanted, listener)? else {
        return Ok(None);
    };
    let address = listener.local_addr().map_err(listening_for_operators)?;
    let site =
        move || OpsSite::new().configure(http::configure_ops(Data::from(Arc::clone(&shared))));
    let server = HttpServer::new(site)
        .workers(1)
        .max_connections(OPERATORS)
        .disable_signals()
        .listen(listener)
        .map_err(listening_for_operators)?
        .run();
    Ok(Some((server, address)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LEAST_CONNECTIONS;

    #[test]
    fn one_network_never_takes_all_places_and_no_limit_stays_none() {
        assert_eq!(share(2000, 20_000), 2000);
        assert_eq!(share(2000, 768), 384);
        assert_eq!(share(2000, LEAST_CONNECTIONS), LEAST_CONNECTIONS / 2);
        assert_eq!(share(0, 768), 0);
    }
}

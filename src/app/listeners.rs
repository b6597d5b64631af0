//! Listeners for clients and for operators, and their limits of connections.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App as OpsSite, HttpServer};

use super::machine::{allowed_connections, cores};
use crate::error::Fault;
use crate::http::{self, Capacity, Shared, Site};
use crate::settings;
use crate::tls::CertificateInUse;

/// Connections of operators that may be open at once.
const OPERATORS: usize = 64;

/// Connections that may wait until they are accepted. After a restart all clients come back at once, and
/// who finds no place waits for seconds. The system may allow fewer (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// The server for clients, and its address. With a certificate it speaks HTTPS.
///
/// # Errors
/// If the address cannot be bound, or the system allows too few open files.
pub(super) fn for_clients(
    settings: &settings::Http,
    site: Data<Site>,
    certificate: Option<&Arc<CertificateInUse>>,
) -> Result<(Server, SocketAddr), Fault> {
    let listener = TcpListener::bind(settings.listen).map_err(|cause| {
        listening(io::Error::new(
            cause.kind(),
            format!("{}: {cause}", settings.listen),
        ))
    })?;
    // The standard library listens with a backlog of 128; to listen once more changes only that.
    rustix::net::listen(&listener, BACKLOG).map_err(|cause| listening(cause.into()))?;
    let address = listener.local_addr().map_err(listening)?;
    let workers = if settings.workers == 0 {
        cores()
    } else {
        settings.workers
    };
    let connections = allowed_connections(settings.max_connections)?;
    let capacity = Capacity {
        workers,
        connections,
        connections_per_peer: share(settings.connections_per_peer, connections),
        exempt: settings.trusted_proxies.clone(),
    };
    let tls = certificate.map(|certificate| certificate.server_config());
    let tls = tls.transpose()?;
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

/// The server for operators, if the settings enable it. If its default address is taken, for
/// example by a second server on this machine, the server runs without it.
///
/// # Errors
/// If an address from the settings cannot be bound.
pub(super) fn for_operators(
    ops: &settings::Ops,
    shared: Arc<Shared>,
) -> io::Result<Option<(Server, SocketAddr)>> {
    let Some(wanted) = ops.address() else {
        return Ok(None);
    };
    let listener = match TcpListener::bind(wanted) {
        Ok(listener) => listener,
        Err(cause) if ops.listen.is_none() => {
            tracing::warn!(%cause, "{wanted} is taken, so /metrics is not served; set ops.listen to another address, or to \"\"");
            return Ok(None);
        }
        Err(cause) => return Err(io::Error::new(cause.kind(), format!("{wanted}: {cause}"))),
    };
    let address = listener.local_addr()?;
    let site =
        move || OpsSite::new().configure(http::configure_ops(Data::from(Arc::clone(&shared))));
    let server = HttpServer::new(site)
        .workers(1)
        .max_connections(OPERATORS)
        .disable_signals()
        .listen(listener)?
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

//! Where clients and operators are listened to, and for how many of them there is room.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App as OpsSite, HttpServer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::cores;
use crate::error::Fault;
use crate::http::{self, Capacity, Shared, Site};
use crate::settings;

/// Connections of operators at once.
const OPERATORS: usize = 64;

/// Open files beside those of connections: the database, the log, what threads need.
const OTHER_FILES: u64 = 256;

/// With fewer connections than these a server would keep its clients waiting.
const LEAST_CONNECTIONS: usize = 64;

/// The server of clients, and where it listens.
///
/// # Errors
/// If the address is not to be had, or the system allows too few open files.
pub(super) fn for_clients(
    settings: &settings::Http,
    site: Data<Site>,
) -> Result<(Server, SocketAddr), Fault> {
    let listener = TcpListener::bind(settings.listen).map_err(|cause| {
        listening(io::Error::new(
            cause.kind(),
            format!("{}: {cause}", settings.listen),
        ))
    })?;
    let address = listener.local_addr().map_err(listening)?;
    let workers = if settings.workers == 0 {
        cores()
    } else {
        settings.workers
    };
    let connections = allowed(settings.max_connections)?;
    let capacity = Capacity {
        workers,
        connections,
        connections_per_peer: share(settings.connections_per_peer, connections),
        exempt: settings.trusted_proxies.clone(),
    };
    let server = http::serve(listener, capacity, site).map_err(listening)?;
    Ok((server, address))
}

fn listening(cause: io::Error) -> Fault {
    Fault::new("listening on http.listen", cause)
}

/// How many connections one network may have of all these. The system may allow fewer of them than
/// the limit of a network is by default; even then no network takes the places of all others.
fn share(per_peer: usize, connections: usize) -> usize {
    per_peer.min(connections / 2)
}

/// Serves what operators ask, where the settings want it. An address that nobody set may be taken,
/// as by a second server on this machine: the server does its work without it.
///
/// # Errors
/// If an address that somebody set is not to be had.
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

/// So many of these connections as the system lets the process have. Each is an open file, and many
/// systems allow 1024 unless a process asks for more. A connection beyond waits to be accepted.
///
/// # Errors
/// If these are too few to serve anybody well.
fn allowed(connections: usize) -> Result<usize, Fault> {
    let wanted = connections as u64 + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let mut files = limit.current.unwrap_or(u64::MAX);
    if files < most {
        let more = Rlimit {
            current: Some(most),
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, more) {
            Ok(()) => files = most,
            Err(cause) => tracing::warn!(%cause, "more open files were not allowed"),
        }
    }
    if files >= wanted {
        return Ok(connections);
    }
    let fewer = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(connections);
    if fewer < LEAST_CONNECTIONS {
        let least = OTHER_FILES + LEAST_CONNECTIONS as u64;
        return Err(Fault::new(
            "counting the files that may be open",
            format!(
                "the system allows {files}, and {least} are needed at least; raise it: ulimit -n {wanted}, \
                or LimitNOFILE={wanted} for systemd"
            ),
        ));
    }
    tracing::warn!(
        connections = fewer,
        "the system allows {files} open files, too few for http.max_connections = {connections}; raise ulimit -n"
    );
    Ok(fewer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_never_takes_all_places_and_no_limit_stays_none() {
        assert_eq!(share(2000, 20_000), 2000);
        assert_eq!(share(2000, 768), 384);
        assert_eq!(share(2000, LEAST_CONNECTIONS), LEAST_CONNECTIONS / 2);
        assert_eq!(share(0, 768), 0);
    }
}

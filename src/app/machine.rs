//! Limits of the machine: cores and open files.

use std::num::NonZero;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::Fault;
use crate::settings::{LEAST_CONNECTIONS, OTHER_FILES, files_for};

/// The number of threads that can run at once.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// What the system allows. Each connection is an open file, and so is each WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Connections that speak HTTP. Those beyond wait until they are accepted.
    pub(super) connections: usize,
    /// WebSockets. Those beyond are refused.
    pub(super) sockets: usize,
}

/// The number of connections and WebSockets that the system allows, at most as many as these. Many systems
/// allow 1024 open files unless a process asks for more.
///
/// # Errors
/// If the system allows too few.
pub(super) fn allowed(connections: usize, sockets: usize) -> Result<Allowed, Fault> {
    let wanted = files_for(connections, sockets);
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let mut files = limit.current.unwrap_or(u64::MAX);
    let mut refused = None;
    if files < most {
        let more = Rlimit {
            current: Some(most),
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, more) {
            Ok(()) => files = most,
            Err(cause) => refused = Some(cause),
        }
    }
    let left = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    let allowed = shared_out(left, connections, sockets);
    if allowed.connections < LEAST_CONNECTIONS {
        let least = files_for(LEAST_CONNECTIONS, 0);
        return Err(Fault::new(
            "counting the files that may be open",
            format!(
                "the system allows {files}, and {least} are needed at least; raise it: ulimit -n {wanted}, \
                or LimitNOFILE={wanted} for systemd"
            ),
        ));
    }
    let cause = refused.as_ref().map(tracing::field::display);
    if allowed.connections < connections {
        tracing::warn!(
            cause,
            "the system allows {files} open files, and http.max_connections = {connections} with push.max_sockets = {sockets} needs {wanted} ({OTHER_FILES} are for other files): only {} clients are connected at once, the others wait, and only {} have WebSockets; raise it: ulimit -n {wanted}, or LimitNOFILE={wanted} for systemd",
            allowed.connections,
            allowed.sockets,
        );
    } else if allowed.sockets < sockets {
        tracing::info!(
            cause,
            "the system allows {files} open files: at most {} clients have WebSockets at once, not push.max_sockets = {sockets}; for all of them: ulimit -n {wanted}, or LimitNOFILE={wanted} for systemd",
            allowed.sockets,
        );
    }
    Ok(allowed)
}

/// Shares out the files that are left for clients. Three fifths of them are for connections if they are scarce,
/// because everything begins with a connection.
fn shared_out(left: usize, connections: usize, sockets: usize) -> Allowed {
    let share = (left * 3 / 5).max(left.saturating_sub(sockets));
    let connections = connections.min(share.max(LEAST_CONNECTIONS).min(left));
    Allowed {
        connections,
        sockets: sockets.min(left - connections),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scarce_files_are_shared_by_connections_and_web_sockets() {
        for (left, connections, sockets) in [
            (70_000, 20_000, 50_000),
            (65_280, 20_000, 45_280),
            (30_000, 18_000, 12_000),
            (444, 266, 178),
            (100, 64, 36),
            (50, 50, 0),
        ] {
            let expected = Allowed {
                connections,
                sockets,
            };
            assert_eq!(shared_out(left, 20_000, 50_000), expected, "{left}");
        }
        let without = shared_out(3_840, 20_000, 0);
        assert_eq!((without.connections, without.sockets), (3_840, 0));
    }
}

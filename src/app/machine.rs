//! Limits of the machine: cores and open files.

use std::num::NonZero;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::Fault;
use crate::settings::{LEAST_CONNECTIONS, OTHER_FILES};

/// The number of threads that can run at once.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// The number of connections that the system allows, at most `connections`. Each connection is an
/// open file, and many systems allow 1024 unless a process asks for more. Connections beyond the
/// limit wait until they are accepted.
///
/// # Errors
/// If the system allows too few.
pub(super) fn allowed_connections(connections: usize) -> Result<usize, Fault> {
    let wanted = connections as u64 + OTHER_FILES;
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
    let cause = refused.as_ref().map(tracing::field::display);
    tracing::warn!(
        cause,
        "the system allows {files} open files, and http.max_connections = {connections} needs {wanted} ({OTHER_FILES} are for other files): only {fewer} clients are connected at once, the others wait; raise it: ulimit -n {wanted}, or LimitNOFILE={wanted} for systemd"
    );
    Ok(fewer)
}

//! What the machine offers: cores, and files that may be open.

use std::num::NonZero;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::Fault;

/// Open files beside those of connections: the database, the log, what threads need.
const OTHER_FILES: u64 = 256;

/// With fewer connections than these a server would keep its clients waiting.
pub(super) const LEAST_CONNECTIONS: usize = 64;

/// How many threads can run at once.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// So many of these connections as the system lets the process have. Each is an open file, and many
/// systems allow 1024 unless a process asks for more. A connection beyond waits to be accepted.
///
/// # Errors
/// If these are too few to serve anybody well.
pub(super) fn allowed_connections(connections: usize) -> Result<usize, Fault> {
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

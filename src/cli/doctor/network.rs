//! What `zaibo doctor` finds at the ways in: proxies, the address for operators, and how many
//! connections the system allows.

use rustix::process::{Resource, getrlimit};

use crate::settings::{Http, LEAST_CONNECTIONS, Ops, Push, files_for};
use crate::store::Finding;

/// Whether the addresses of clients will be known.
pub(super) fn proxies(http: &Http) -> Finding {
    let networks: Vec<String> = http
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    if !networks.is_empty() {
        let text = format!("X-Forwarded-For of {} is believed", networks.join(", "));
        return Finding::ok("proxies", text);
    }
    if http.listen.ip().is_loopback() {
        let text = "http.listen is on this machine alone, and http.trusted_proxies names no proxy: behind one, all clients count as one";
        return Finding::warn("proxies", text);
    }
    let text = "none is trusted: clients have to connect directly";
    Finding::ok("proxies", text)
}

/// Whether strangers may see the figures.
pub(super) fn operators(ops: &Ops) -> Finding {
    match ops.address() {
        None => Finding::ok("operators", "ops.listen is empty: there are no metrics"),
        Some(address) if address.ip().is_loopback() => Finding::ok(
            "operators",
            format!("metrics are at {address}, for this machine alone"),
        ),
        Some(address) => Finding::warn(
            "operators",
            format!(
                "metrics are at {address}, without a password: let a firewall keep others away"
            ),
        ),
    }
}

/// Whether the system allows as many open files as the connections and WebSockets need.
pub(super) fn open_files(http: &Http, push: &Push) -> Finding {
    let (connections, sockets) = (http.max_connections, push.max_sockets);
    let needed = files_for(connections, sockets);
    let allowed = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    if allowed >= needed {
        return Finding::ok("open files", format!("the system allows {needed}"));
    }
    let text = format!(
        "the system allows {allowed}, and {connections} connections with {sockets} WebSockets need {needed}; ulimit -n {needed}, or LimitNOFILE={needed} for systemd"
    );
    if allowed < files_for(LEAST_CONNECTIONS, 0) {
        return Finding::fail("open files", text);
    }
    Finding::warn("open files", text)
}

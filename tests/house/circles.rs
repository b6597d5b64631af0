//! No file names something of a file that, by whatever way, names something of the first.

use std::collections::BTreeSet;

use crate::graph::{Edge, circles, edges};
use crate::{report, server, sources};

/// Circles that are not cut yet. What is cut is taken out here; nothing is put in.
const KNOWN_CIRCLES: &[&[&str]] = &[
    &["app.rs", "app/assembly.rs", "app/listeners.rs"],
    &[
        "bench/capacity.rs",
        "bench/mod.rs",
        "bench/picture.rs",
        "bench/report.rs",
        "bench/stages.rs",
    ],
    &["domain/room.rs", "domain/room/dismissal.rs"],
    &[
        "http/accounts.rs",
        "http/callbacks.rs",
        "http/connection.rs",
        "http/connections.rs",
        "http/door.rs",
        "http/links.rs",
        "http/lives.rs",
        "http/members.rs",
        "http/mod.rs",
        "http/ops.rs",
        "http/recordings.rs",
        "http/request.rs",
        "http/signatures.rs",
        "http/trust.rs",
        "http/uploads.rs",
        "http/watch.rs",
    ],
    &["http/login_guard.rs", "http/turns.rs"],
    &[
        "rooms/actor.rs",
        "rooms/desk.rs",
        "rooms/directory.rs",
        "rooms/dismissals.rs",
        "rooms/supervisor.rs",
    ],
    &["settings.rs", "settings/check.rs", "settings/given.rs"],
    &[
        "store/adoption.rs",
        "store/database.rs",
        "store/dismissals.rs",
        "store/files.rs",
        "store/health.rs",
        "store/inbox.rs",
        "store/lives.rs",
        "store/lock.rs",
        "store/mod.rs",
        "store/streams.rs",
        "store/writer.rs",
    ],
    &[
        "wire/callback/im.rs",
        "wire/callback/live.rs",
        "wire/callback/mod.rs",
        "wire/callback/trtc.rs",
        "wire/callback/vod.rs",
    ],
];

/// The circle with the lines that make it.
fn shown(circle: &BTreeSet<&str>, edges: &[Edge], folder: &str) -> String {
    let inside = |edge: &&Edge| circle.contains(&*edge.from) && circle.contains(&*edge.to);
    let lines = edges.iter().filter(inside).map(|edge| edge.shown(folder));
    let files = Vec::from_iter(circle.iter().copied()).join(", ");
    let lines = Vec::from_iter(lines).join("\n    ");
    format!("a circle of {files}:\n    {lines}")
}

#[test]
fn no_file_of_the_server_is_in_a_circle() {
    let edges = edges(&server(), "zaibo");
    let known: Vec<BTreeSet<&str>> = KNOWN_CIRCLES
        .iter()
        .map(|circle| circle.iter().copied().collect())
        .collect();
    let found = circles(&edges);
    let new = found.iter().filter(|circle| !known.contains(circle));
    let mut complaints: Vec<_> = new.map(|circle| shown(circle, &edges, "src")).collect();
    let gone = known.iter().filter(|circle| !found.contains(circle));
    complaints.extend(gone.map(|circle| format!("no circle any more, take it out: {circle:?}")));
    report(&complaints);
}

#[test]
fn no_file_of_the_measurements_is_in_a_circle() {
    let sources = sources("bench/src");
    if sources.is_empty() {
        return;
    }
    let edges = edges(&sources, "zaibo_bench");
    let found = circles(&edges);
    let complaints: Vec<_> = found
        .iter()
        .map(|circle| shown(circle, &edges, "bench/src"))
        .collect();
    report(&complaints);
}

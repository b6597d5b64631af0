//! Imports go down only: a floor uses only the floors below it.

use std::collections::BTreeSet;

use crate::graph::edges;
use crate::reader::Sources;
use crate::{is_within, report, server};

/// The floors that each floor may use. `*` means all.
const FLOORS: Floors = &[
    ("main", "*"),
    ("app", "*"),
    (
        "cli",
        "http http/legacy http/callbacks http/v2 http/console service rooms sessions store passwords \
        database_url cloud blocking_pool tls settings secret metrics clock error domain",
    ),
    (
        "http",
        "service rooms store cloud metrics settings secret clock log_throttle error domain",
    ),
    // These stand above the protocols: they start the server and choose the protocol of a request.
    ("http/site", SITE),
    ("http/server/serve", SERVE),
    ("http/server/websocket", SITE),
    // The protocols do not import each other.
    ("http/legacy", PROTOCOL),
    ("http/callbacks", PROTOCOL),
    ("http/v2", PROTOCOL),
    ("http/console", PROTOCOL),
    (
        "service",
        "rooms sessions own_streams passwords store cloud metrics clock error domain",
    ),
    (
        "rooms",
        "own_streams bell blocking_pool clock metrics error domain",
    ),
    ("sessions", "own_streams store clock error domain"),
    (
        "store",
        "database_url blocking_pool metrics clock log_throttle error domain",
    ),
    ("passwords", "error domain"),
    ("cloud", "blocking_pool secret clock error domain"),
    ("tls", "settings error domain"),
    ("own_streams", "bell clock domain"),
    ("bell", ""),
    ("blocking_pool", "error domain"),
    ("clock", "domain"),
    ("error", "domain"),
    ("log_throttle", "domain"),
    ("log", "settings"),
    ("settings", "database_url secret domain"),
    ("database_url", "secret"),
    ("metrics", ""),
    ("secret", ""),
    ("domain", ""),
];

const SERVE: &str =
    "http http/site http/server/websocket http/legacy http/callbacks http/v2 http/console service";
const SITE: &str = "http http/site http/legacy http/callbacks http/v2 http/console service";

/// The use cases return summaries of rooms and take filters for lists, and they take callers, so protocols
/// may use `rooms` and `sessions`.
const PROTOCOL: &str = "http service rooms sessions own_streams cloud metrics settings secret clock log_throttle error domain";

/// Floors, each with the floors that it uses, separated by blanks. A floor is a module or a
/// submodule.
type Floors = &'static [(&'static str, &'static str)];

/// The floor of a file: the innermost floor that contains it.
fn floor_of(file: &str) -> Option<&'static str> {
    let names = FLOORS.iter().map(|(name, _)| *name);
    names
        .filter(|name| is_within(file, name))
        .max_by_key(|name| name.len())
}

/// All imports that go up.
pub(crate) fn complaints(sources: &Sources) -> Vec<String> {
    let allowed = pairs(FLOORS);
    let mut complaints: Vec<String> = sources
        .keys()
        .filter(|file| *file != "lib.rs" && floor_of(file).is_none())
        .map(|file| format!("src/{file}: give its module a floor in tests/house/floors.rs"))
        .collect();
    for edge in edges(sources, "zaibo") {
        let (Some(floor), Some(used)) = (floor_of(&edge.from), floor_of(&edge.to)) else {
            continue;
        };
        let is_allowed = allowed.contains(&(floor, used)) || allowed.contains(&(floor, "*"));
        if floor != used && !is_allowed {
            let edge = edge.shown("src");
            complaints.push(format!("{edge}: `{floor}` must not use `{used}`"));
        }
    }
    complaints
}

fn pairs(floors: Floors) -> BTreeSet<(&'static str, &'static str)> {
    let of_floor = |(floor, used): &(&'static str, &'static str)| {
        let floor = *floor;
        used.split_whitespace().map(move |used| (floor, used))
    };
    floors.iter().flat_map(of_floor).collect()
}

#[test]
fn imports_go_down_only() {
    report(&complaints(&server()));
}

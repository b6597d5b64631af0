//! No circles: two files never use each other, directly or through other files.

use std::collections::BTreeSet;

use crate::graph::{Edge, circles, edges};
use crate::{report, server, sources};

/// A circle, with the lines that form it.
fn shown(circle: &BTreeSet<&str>, edges: &[Edge], folder: &str) -> String {
    let inside = |edge: &&Edge| circle.contains(&*edge.from) && circle.contains(&*edge.to);
    let lines = edges.iter().filter(inside).map(|edge| edge.shown(folder));
    let files = Vec::from_iter(circle.iter().copied()).join(", ");
    let lines = Vec::from_iter(lines).join("\n    ");
    format!("a circle of {files}:\n    {lines}")
}

fn complaints(edges: &[Edge], folder: &str) -> Vec<String> {
    let found = circles(edges);
    found
        .iter()
        .map(|circle| shown(circle, edges, folder))
        .collect()
}

#[test]
fn no_file_of_the_server_is_in_a_circle() {
    report(&complaints(&edges(&server(), "zaibo"), "src"));
}

#[test]
fn no_file_of_the_measurements_is_in_a_circle() {
    let sources = sources("bench/src");
    report(&complaints(&edges(&sources, "zaibo_bench"), "bench/src"));
}

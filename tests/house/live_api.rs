//! The reference of the live API is complete: it has every operation and every reason of a problem that the
//! source has, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use crate::protocol::{differences, is_reason, literals};
use crate::{report, server};

const DOCUMENTS: [&str; 2] = ["docs/live-api.md", "docs/live-api.zh-CN.md"];

/// Reasons that only commands of the protocol of 2016 have so far.
const OF_OLD_COMMANDS: [&str; 5] = [
    "mic_not_granted",
    "mic_seats_full",
    "not_admin",
    "sig_invalid",
    "still_in_im",
];

/// The rows of the tables, with what stands in code in their first cells.
fn first_cells(document: &str) -> impl Iterator<Item = &str> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.flat_map(|row| {
        let cell = row.split(" | ").next().unwrap_or_default();
        cell.split('`').step_by(2)
    })
}

fn is_operation(cell: &&str) -> bool {
    cell.contains(" /v2")
}

fn set<'s>(words: impl Iterator<Item = &'s str>) -> BTreeSet<String> {
    words.map(str::to_owned).collect()
}

#[test]
fn every_operation_and_every_reason_of_the_live_api_is_there() {
    let sources = server();
    let rows = sources["http/v2/operation.rs"].lines();
    let operations = rows.filter_map(|line| {
        let (method, rest) = line.trim().strip_prefix("of(\"")?.split_once("\", \"")?;
        let (path, _) = rest.split_once('"')?;
        Some(format!("{method} {path}"))
    });
    let operations: BTreeSet<_> = operations.collect();
    assert!(operations.len() > 10, "{operations:?}");
    let reasons = literals(&sources["http/code.rs"]).texts;
    let reasons: BTreeSet<_> = reasons
        .into_iter()
        .filter(|text| is_reason(text) && !OF_OLD_COMMANDS.contains(&text.as_str()))
        .collect();
    assert!(reasons.len() > 20, "{reasons:?}");
    let mut complaints = Vec::new();
    for name in DOCUMENTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let document = std::fs::read_to_string(path).expect("text");
        let shown = set(first_cells(&document).filter(is_operation));
        complaints.extend(differences(name, &shown, &operations));
        let shown = set(first_cells(&document).filter(|cell| is_reason(cell)));
        complaints.extend(differences(name, &shown, &reasons));
    }
    report(&complaints);
}

//! Each alert is explained in both languages, and there is a scenario in which it fires.

use std::path::Path;

use crate::report;

const PAGES: [&str; 2] = ["docs/metrics.md", "docs/metrics.zh-CN.md"];

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("text")
}

/// The alerts of a file of rules, with their severities.
fn alerts(rules: &str) -> Vec<(&str, &str)> {
    let alerts = rules.split("- alert: ").skip(1);
    let named = alerts.map(|alert| {
        let (name, rest) = alert.split_once('\n').expect("a name");
        let (_, rest) = rest.split_once("severity: ").expect("a severity");
        (name, rest.split_once('}').expect("an end").0)
    });
    named.collect()
}

/// The rows of a page that begin with the name of an alert, each with its second cell.
fn rows(page: &str) -> Vec<(&str, &str)> {
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `Zaibo"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    let cells = cells.filter(|cells| cells.len() == 5);
    cells
        .map(|cells| (cells[0].trim_end_matches('`'), cells[1]))
        .collect()
}

#[test]
fn every_alert_is_explained_and_has_a_scenario() {
    let rules = read("deploy/metrics/alerts.yml");
    let alerts = alerts(&rules);
    assert!(alerts.len() > 8, "{alerts:?}");
    let expected = alerts.iter().map(|(name, severity)| {
        let name = name.strip_prefix("Zaibo").expect("a name that says whose");
        (name, *severity)
    });
    let expected = Vec::from_iter(expected);
    for page in PAGES {
        assert_eq!(rows(&read(page)), expected, "{page}");
    }
    let scenarios = read("deploy/metrics/alerts_test.yml");
    let missing = alerts.iter().filter(|(name, severity)| {
        !scenarios.contains(&format!(
            r#"'{{alertname="{name}",severity="{severity}"}}'"#
        ))
    });
    let missing = missing.map(|(name, _)| format!("no scenario lets {name} fire"));
    report(&Vec::from_iter(missing));
}

//! The reference of the live API in both languages: its examples are one story on one server.

use super::reader::{Reader, commands};

const DOCUMENTS: [(&str, &str); 2] = [
    (
        "docs/live-api.md",
        include_str!("../../../docs/live-api.md"),
    ),
    (
        "docs/live-api.zh-CN.md",
        include_str!("../../../docs/live-api.zh-CN.md"),
    ),
];

#[test]
fn every_example_of_the_live_api_is_answered_as_shown() {
    for (name, text) in DOCUMENTS {
        let shown = commands(text);
        assert!(shown.len() >= 7, "{name} was understood");
        let folder = tempfile::tempdir().expect("a folder");
        let mut reader = Reader::new(folder, "");
        for shown in &shown {
            reader.follow(shown);
        }
        let log = reader.log();
        assert!(!log.contains("ERROR"), "{name}: {log}");
    }
}

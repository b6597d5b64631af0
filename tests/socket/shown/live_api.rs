//! The references of the live API and of push in both languages: the examples of a language are one story on
//! one server.

use super::reader::{Reader, commands};

/// The reference of the live API with the fewest commands that it has, and of push, which goes on there.
const LANGUAGES: [[(&str, &str, usize); 2]; 2] = [
    [
        (
            "docs/live-api.md",
            include_str!("../../../docs/live-api.md"),
            7,
        ),
        ("docs/push.md", include_str!("../../../docs/push.md"), 6),
    ],
    [
        (
            "docs/live-api.zh-CN.md",
            include_str!("../../../docs/live-api.zh-CN.md"),
            7,
        ),
        (
            "docs/push.zh-CN.md",
            include_str!("../../../docs/push.zh-CN.md"),
            6,
        ),
    ],
];

#[test]
fn every_example_of_the_live_api_and_of_push_is_answered_as_shown() {
    for documents in LANGUAGES {
        let mut reader = Reader::new(tempfile::tempdir().expect("a folder"), "");
        for (name, text, fewest) in documents {
            let shown = commands(text);
            assert!(shown.len() >= fewest, "{name} was understood");
            for shown in &shown {
                reader.follow(shown);
            }
        }
        let log = reader.log();
        assert!(!log.contains("ERROR"), "{log}");
    }
}

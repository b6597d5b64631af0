//! The reference of the old protocol in both languages: its examples are one story on one server, which
//! has the settings that the document shows.

use std::fs;

use super::reader::{Reader, Shown, commands};

const DOCUMENTS: [(&str, &str); 2] = [
    ("docs/api.md", include_str!("../../../docs/api.md")),
    (
        "docs/api.zh-CN.md",
        include_str!("../../../docs/api.zh-CN.md"),
    ),
];

/// The settings file that a document shows.
fn settings(document: &str) -> &str {
    let (_, rest) = document.split_once("```toml\n").expect("a settings file");
    let (settings, _) = rest.split_once("```").expect("the end of the file");
    settings
}

#[test]
fn every_example_is_answered_as_shown() {
    for (name, text) in DOCUMENTS {
        let shown = commands(text);
        assert!(shown.len() > 50, "{name} was understood");
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("zaibo.toml"), settings(text)).expect("written");
        let mut reader = Reader::new(folder, "");
        for shown in &shown {
            reader.follow(shown);
        }
        let log = reader.log();
        assert!(!log.contains("ERROR"), "{name}: {log}");
    }
}

#[test]
fn both_languages_show_the_same_commands_and_answers() {
    let shown = |document: &str| {
        let shown = commands(document).into_iter();
        // The comment behind a variable is in the language of its document.
        let pair = |shown: Shown| match shown.command.split_once("   #") {
            Some((command, _)) => (command.to_owned(), shown.prints),
            None => (shown.command, shown.prints),
        };
        shown.map(pair).collect::<Vec<_>>()
    };
    let [english, chinese] = DOCUMENTS.map(|(_, text)| shown(text));
    assert_eq!(english, chinese);
}

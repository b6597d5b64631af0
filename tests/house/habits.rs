//! Words that belong to one floor stay there, the domain is plain, and every file has one purpose.

use proc_macro2::{TokenStream, TokenTree};

use crate::{is_within, report, server, sources};

/// Words that only some modules may use, with those modules and the reason.
const BELONGINGS: &[(&str, &[&str], &str)] = &[
    ("diesel", &["store"], "only the store speaks SQL"),
    ("actix_web", HTTP, "only protocols speak HTTP"),
    ("actix_http", HTTP, "only protocols speak HTTP"),
    (
        "serde_json",
        &["http", "cloud", "settings/tests"],
        "protocols and the cloud's API have JSON, the use cases have not",
    ),
    (
        "serde",
        &["http", "settings", "cloud"],
        "protocols, the settings and the cloud's API have a form of their own, and nobody else",
    ),
    (
        "Deserialize",
        &["settings", "http/v2"],
        "what old clients and the cloud send is parsed by hand, with an error for each field",
    ),
    (
        "Serialize",
        &["http", "settings", "cloud"],
        "protocols, the settings and the cloud's API have a form of their own, and nobody else",
    ),
    (
        "Addr",
        &["rooms"],
        "nobody outside rooms sees an actor's address",
    ),
    (
        "MailboxError",
        &[],
        "rooms::messages knows three outcomes and that is not one",
    ),
    (
        "dashmap",
        &["rooms", "sessions", "http", "own_streams"],
        "a shared map stays inside the type that guards it",
    ),
    (
        "Utc",
        &["clock"],
        "only clock.rs asks the machine for the time",
    ),
    (
        "SystemTime",
        &["clock"],
        "only clock.rs asks the machine for the time",
    ),
    (
        "Instant",
        &["clock"],
        "only clock.rs asks the machine for the time",
    ),
    (
        "argon2",
        &["passwords", "settings"],
        "only passwords.rs hashes passwords",
    ),
];

/// The floors that speak HTTP, or start those that do.
const HTTP: &[&str] = &["http", "app"];

/// Words that a floor must not use, and the reason.
const BANNED: &[(&str, &[&str], &str)] = &[
    (
        "domain",
        &[
            "async", "await", "serde", "tokio", "actix", "chrono", "tracing", "fs", "net",
        ],
        "it has no place in the domain",
    ),
    (
        "http",
        &["store", "sessions", "passwords"],
        "a protocol calls a use case",
    ),
];

/// Marks of unfinished work, in two parts so that this file itself does not contain them.
const UNFINISHED: &[[&str; 2]] = &[["TO", "DO"], ["FIX", "ME"], ["XX", "X"]];

const LONGEST_FILE: usize = 450;

/// The identifiers of the code, each with its line. Comments and quoted texts are left out.
pub(crate) fn words(text: &str) -> Vec<(usize, String)> {
    fn collect(tokens: TokenStream, words: &mut Vec<(usize, String)>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => collect(group.stream(), words),
                TokenTree::Ident(word) => {
                    words.push((word.span().start().line, word.to_string()));
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    let mut words = Vec::new();
    collect(text.parse().expect("Rust"), &mut words);
    words
}

#[test]
fn what_belongs_to_one_floor_stays_there() {
    let mut complaints = Vec::new();
    for (file, text) in &server() {
        for (line, word) in words(text) {
            for (belonging, owners, why) in BELONGINGS {
                if word == *belonging && !owners.iter().any(|owner| is_within(file, owner)) {
                    complaints.push(format!("src/{file}:{line}: `{word}`: {why}"));
                }
            }
        }
    }
    report(&complaints);
}

#[test]
fn the_domain_is_plain_and_protocols_reach_the_rest_through_use_cases() {
    let mut complaints = Vec::new();
    for (file, text) in &server() {
        for (floor, banned, why) in BANNED {
            let words = words(text).into_iter().filter(|_| is_within(file, floor));
            complaints.extend(
                words
                    .filter(|(_, word)| banned.contains(&word.as_str()))
                    .map(|(line, word)| format!("src/{file}:{line}: `{word}`: {why}")),
            );
        }
    }
    report(&complaints);
}

#[test]
fn every_file_says_its_purpose_first_and_is_not_too_long() {
    let mut complaints = Vec::new();
    for folder in ["src", "bench", "benches", "examples", "tests"] {
        for (file, text) in &sources(folder) {
            let generated = text.starts_with("// @generated");
            if !text.starts_with("//! ") && !generated {
                complaints.push(format!(
                    "{folder}/{file}:1: begin with a line `//! …` that says what the file is for"
                ));
            }
            let lines = text.lines().count();
            if lines > LONGEST_FILE {
                complaints.push(format!(
                    "{folder}/{file}: {lines} lines; it has more than one purpose"
                ));
            }
            for (line, text) in text.lines().enumerate() {
                let has_mark = UNFINISHED.iter().any(|mark| text.contains(&mark.concat()));
                if has_mark {
                    complaints.push(format!(
                        "{folder}/{file}:{}: finish it, or leave it out",
                        line + 1
                    ));
                }
            }
        }
    }
    report(&complaints);
}

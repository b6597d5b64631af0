//! The house as a test: imports go down only, and what belongs to one floor stays there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which floors each floor may use. `*` is everything.
const FLOORS: &[(&str, &[&str])] = &[
    ("main", &["*"]),
    ("app", &["*"]),
    ("cli", &["*"]),
    ("bench", &["*"]),
    ("settings", &["secret"]),
    (
        "http",
        &[
            "service", "rooms", "store", "cloud", "metrics", "clock", "secret", "error", "domain",
        ],
    ),
    (
        "service",
        &[
            "rooms",
            "sessions",
            "passwords",
            "store",
            "cloud",
            "metrics",
            "clock",
            "error",
            "domain",
        ],
    ),
    ("sessions", &["store", "clock", "error", "domain"]),
    ("rooms", &["clock", "error", "domain"]),
    ("store", &["blocking_pool", "error", "domain"]),
    ("passwords", &["error", "domain"]),
    ("blocking_pool", &["error", "domain"]),
    (
        "cloud",
        &["blocking_pool", "clock", "secret", "error", "domain"],
    ),
    ("clock", &["domain"]),
    ("error", &["domain"]),
    ("log", &["settings"]),
    ("metrics", &[]),
    ("secret", &[]),
    ("domain", &[]),
];

/// Words that belong to some floors and to no other, with the reason.
const BELONGINGS: &[(&str, &[&str], &str)] = &[
    ("diesel", &["store"], "only the store speaks SQL"),
    (
        "serde",
        &["settings", "cloud", "http"],
        "only http renders for clients, settings and cloud their own",
    ),
    (
        "Deserialize",
        &["http", "settings"],
        "only http parses what clients send",
    ),
    (
        "Serialize",
        &["settings", "cloud", "http"],
        "only http renders for clients, settings and cloud their own",
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
        &["rooms", "sessions", "http"],
        "shared maps stay behind a desk",
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
        &["clock", "bench"],
        "only clock.rs asks the machine for the time, and who measures it",
    ),
    (
        "argon2",
        &["passwords", "settings"],
        "only passwords.rs hashes passwords",
    ),
];

/// What the domain knows nothing of.
const NOT_IN_DOMAIN: &[&str] = &[
    "async", "await", "serde", "tokio", "actix", "chrono", "tracing", "fs", "net",
];

const LONGEST_FILE: usize = 450;

struct Source {
    path: PathBuf,
    floor: String,
    text: String,
}

/// Every source file but the crate's root, which names all floors because it declares them.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(&root).expect("below src");
            let first = inside
                .components()
                .next()
                .expect("a name")
                .as_os_str()
                .to_string_lossy()
                .into_owned();
            let floor = first.trim_end_matches(".rs").to_owned();
            if floor != "lib" {
                let text = fs::read_to_string(&path).expect("text");
                sources.push(Source { path, floor, text });
            }
        }
    }
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

/// The code without comments and without what stands in quotes; lines keep their numbers.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|letter| {
                let closes = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                closes
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..skipped].chars().filter(|letter| *letter == '\n'));
        code.push(' ');
        rest = &rest[skipped..];
    }
    code
}

/// The identifiers of a piece of code with their lines.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().enumerate().flat_map(|(line, text)| {
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words
            .filter(|word| !word.is_empty())
            .map(move |word| (line + 1, word))
    })
}

/// The floors that a piece of code names by `crate::…` (`zaibo::…` in main), groups included.
fn uses(code: &str) -> Vec<(usize, String)> {
    let mut uses = Vec::new();
    for root in ["crate::", "zaibo::"] {
        for (at, _) in code.match_indices(root) {
            let line = code[..at].matches('\n').count() + 1;
            let path = &code[at + root.len()..];
            if let Some(group) = path.strip_prefix('{') {
                uses.extend(group_heads(group).into_iter().map(|head| (line, head)));
            } else {
                uses.extend(words(path).next().map(|(_, head)| (line, head.to_owned())));
            }
        }
    }
    uses
}

/// The first names of a group: `domain` and `wire` in `domain::{A, B}, wire::C}`.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut head = String::new();
    let mut in_head = true;
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(std::mem::take(&mut head));
                in_head = true;
            }
            ':' if depth == 0 => in_head = false,
            letter if in_head && depth == 0 && !letter.is_whitespace() => head.push(letter),
            _ => {}
        }
    }
    heads.push(head);
    heads.retain(|head| !head.is_empty());
    heads
}

fn report(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn imports_go_down_only() {
    let floors: BTreeMap<_, _> = FLOORS.iter().copied().collect();
    let mut complaints = Vec::new();
    for source in sources() {
        let file = source.path.display();
        let Some(allowed) = floors.get(source.floor.as_str()) else {
            complaints.push(format!(
                "{file}: give the module `{}` a floor in tests/house.rs",
                source.floor
            ));
            continue;
        };
        for (line, used) in uses(&code(&source.text)) {
            let known = floors.contains_key(used.as_str());
            if known
                && used != source.floor
                && !allowed.contains(&"*")
                && !allowed.contains(&used.as_str())
            {
                complaints.push(format!(
                    "{file}:{line}: `{}` must not use `{used}`",
                    source.floor
                ));
            }
        }
    }
    report(&complaints);
}

#[test]
fn what_belongs_to_one_floor_stays_there() {
    let mut complaints = Vec::new();
    for source in sources() {
        let code = code(&source.text);
        for (line, word) in words(&code) {
            for (belonging, owners, why) in BELONGINGS {
                if word == *belonging && !owners.contains(&source.floor.as_str()) {
                    complaints.push(format!("{}:{line}: `{word}`: {why}", source.path.display()));
                }
            }
        }
    }
    report(&complaints);
}

#[test]
fn the_domain_is_plain() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| source.floor == "domain") {
        let code = code(&source.text);
        for (line, word) in words(&code).filter(|(_, word)| NOT_IN_DOMAIN.contains(word)) {
            complaints.push(format!(
                "{}:{line}: `{word}` has no place in the domain",
                source.path.display()
            ));
        }
    }
    report(&complaints);
}

#[test]
fn every_file_says_its_purpose_first_and_is_not_too_long() {
    let mut complaints = Vec::new();
    for source in sources() {
        let file = source.path.display();
        let generated = source.text.starts_with("// @generated");
        if !source.text.starts_with("//! ") && !generated {
            complaints.push(format!(
                "{file}:1: begin with a line `//! …` that says what the file is for"
            ));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            complaints.push(format!(
                "{file}: {lines} lines; it has more than one purpose"
            ));
        }
        for (line, text) in source.text.lines().enumerate() {
            if ["TODO", "FIXME", "XXX"]
                .iter()
                .any(|mark| text.contains(mark))
            {
                complaints.push(format!("{file}:{}: finish it, or leave it out", line + 1));
            }
        }
    }
    report(&complaints);
}

#[test]
fn this_test_sees_an_import_wherever_it_stands() {
    let planted = r#"
        // use crate::comment::X;
        let text = "crate::text::X \" crate::still_text::X";
        use crate::{
            one::{A, B},
            two::C, three,
        };
        fn f(x: crate::four::D) -> Result<(), crate::five::E> { zaibo::six::run() }
    "#;
    let mut found: Vec<_> = uses(&code(planted))
        .into_iter()
        .map(|(_, head)| head)
        .collect();
    found.sort();
    assert_eq!(found, ["five", "four", "one", "six", "three", "two"]);
    assert_eq!(uses(&code("\n\nuse crate::a::B;")), [(3, "a".to_owned())]);
}

//! The reference of the old protocol is complete: it has every command, every error code with its text
//! and every text of a wrong field that the source has, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use syn::visit::Visit;
use syn::{Attribute, ItemMod, LitInt, LitStr};

use crate::reader::Sources;
use crate::{is_within, report, server};

const DOCUMENTS: [&str; 2] = ["docs/api.md", "docs/api.zh-CN.md"];

/// The command of the cloud, which is no command of the table.
const OF_THE_CLOUD: &str = "live/callback";

/// Texts of wrong fields that no client gets: a time that is no number is a wrong sign.
const NEVER_SENT: [&str; 1] = ["Invalid timeStamp"];

/// The literals of a file, without those of its tests and comments.
#[derive(Default)]
pub(crate) struct Literals {
    pub(crate) texts: BTreeSet<String>,
    numbers: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.texts.insert(text.value());
    }

    fn visit_lit_int(&mut self, number: &'ast LitInt) {
        self.numbers.insert(number.base10_digits().to_owned());
    }
}

pub(crate) fn literals(source: &str) -> Literals {
    let mut literals = Literals::default();
    literals.visit_file(&syn::parse_file(source).expect("Rust"));
    literals
}

/// The commands in the rows `("svc", "cmd", …)` of the table of commands.
fn commands(sources: &Sources) -> BTreeSet<String> {
    let lines = sources["http/legacy/command.rs"].lines();
    let command = |line: &str| {
        let (pair, _) = line.trim().strip_prefix("(\"")?.split_once("\", Self::")?;
        let (svc, cmd) = pair.split_once("\", \"")?;
        Some(format!("{svc}/{cmd}"))
    };
    lines.filter_map(command).collect()
}

/// Whether a text is a reason of the live API.
pub(crate) fn is_reason(text: &str) -> bool {
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_lowercase();
    !text.is_empty() && text.bytes().all(is_word)
}

/// The texts that say which field is missing or wrong.
fn field_texts(sources: &Sources) -> BTreeSet<String> {
    let wire = sources
        .iter()
        .filter(|(file, _)| is_within(file, "http/legacy/wire"));
    let texts = wire.flat_map(|(_, source)| literals(source).texts);
    let says_it = |text: &String| {
        ["ack of", "nvalid", "should be", "too long"]
            .iter()
            .any(|words| text.contains(words))
    };
    texts
        .filter(says_it)
        .filter(|text| !NEVER_SENT.contains(&text.as_str()))
        .collect()
}

/// The first two cells of every row of the tables.
fn rows(document: &str) -> impl Iterator<Item = (&str, &str)> {
    document.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?, cells.next()?))
    })
}

/// The text in a cell that begins with code.
fn code(cell: &str) -> Option<&str> {
    let (code, _) = cell.strip_prefix('`')?.split_once('`')?;
    Some(code)
}

/// What stands in one of the two sets only.
pub(crate) fn differences(
    name: &str,
    document: &BTreeSet<String>,
    source: &BTreeSet<String>,
) -> Vec<String> {
    let missing = source.difference(document);
    let invented = document.difference(source);
    let missing = missing.map(|what| format!("{name} does not have `{what}`"));
    let invented =
        invented.map(|what| format!("{name} has `{what}`, which the source does not have"));
    missing.chain(invented).collect()
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("text")
}

#[test]
fn every_command_has_a_line_and_a_chapter() {
    let commands = commands(&server());
    assert!(commands.len() > 20, "{commands:?}");
    let mut listed = commands.clone();
    listed.insert(OF_THE_CLOUD.to_owned());
    let mut complaints = Vec::new();
    for name in DOCUMENTS {
        let document = read(name);
        let of_rows = rows(&document).filter_map(|(first, _)| code(first.strip_prefix('[')?));
        let in_table = BTreeSet::from_iter(of_rows.map(str::to_owned));
        complaints.extend(differences(
            &format!("the table of {name}"),
            &in_table,
            &listed,
        ));
        let headings = document
            .lines()
            .filter_map(|line| line.strip_prefix("### "));
        let chapters = headings.filter(|heading| heading.contains('/'));
        let chapters = BTreeSet::from_iter(chapters.map(str::to_owned));
        complaints.extend(differences(
            &format!("a chapter of {name}"),
            &chapters,
            &commands,
        ));
    }
    report(&complaints);
}

#[test]
fn every_code_and_every_text_is_there() {
    let sources = server();
    let mut of_codes = literals(&sources["http/code.rs"]);
    // The names of the live API stand in its own reference.
    of_codes.texts.retain(|text| !is_reason(text));
    assert!(of_codes.numbers.len() > 15, "{:?}", of_codes.numbers);
    let of_fields = field_texts(&sources);
    assert!(of_fields.len() > 50, "{of_fields:?}");
    let mut complaints = Vec::new();
    for name in DOCUMENTS {
        let document = read(name);
        // Success has no line in the source, and its row has another form.
        let with_number = rows(&document).filter(|(first, _)| {
            let is_number = first.bytes().all(|byte| byte.is_ascii_digit());
            is_number && *first != "0"
        });
        let numbers = BTreeSet::from_iter(with_number.map(|(number, _)| number.to_owned()));
        complaints.extend(differences(name, &numbers, &of_codes.numbers));
        for text in of_codes.texts.iter().chain(&of_fields) {
            let shown = [format!("`{text}`"), format!("`\"{text}\"`")];
            if !shown.iter().any(|shown| document.contains(shown)) {
                complaints.push(format!("{name} does not have the text {text:?}"));
            }
        }
        for (number, second) in rows(&document) {
            let text = code(second).filter(|text| text.contains(' '));
            if let Some(text) = text
                && of_codes.numbers.contains(number)
                && !of_codes.texts.contains(text)
                && !of_fields.contains(text)
            {
                complaints.push(format!(
                    "{name} has the text {text:?}, which the source does not have"
                ));
            }
        }
    }
    report(&complaints);
}

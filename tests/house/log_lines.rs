//! The page about the log has every line of the log with its level, and no text that the source does
//! not have; the page about operating has every reason for which `/readyz` says no.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use syn::LitStr;

use crate::reader::Sources;
use crate::{report, server};

const LOG: [&str; 2] = ["docs/log.md", "docs/log.zh-CN.md"];
const OPERATING: [&str; 2] = ["docs/operating.md", "docs/operating.zh-CN.md"];

/// The macros of the lines that are shown by default.
const LEVELS: [&str; 3] = ["error", "warn", "info"];

/// Stands for a value in a text.
const VALUE: char = '…';

/// The texts of sources, without those of tests, comments and attributes.
#[derive(Default)]
struct Texts {
    /// The messages of the log, each with its level.
    lines: BTreeSet<(String, String)>,
    all: BTreeSet<String>,
}

impl Texts {
    fn of(source: &str) -> Self {
        let mut texts = Self::default();
        texts.collect(source.parse().expect("Rust"));
        texts
    }

    fn of_all(sources: &Sources) -> Self {
        let mut texts = Self::default();
        for (file, source) in sources {
            if !is_of_tests(file) {
                texts.collect(source.parse().expect("Rust"));
            }
        }
        texts
    }

    fn collect(&mut self, tokens: TokenStream) {
        let trees = Vec::from_iter(tokens);
        let mut rest = trees.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            match first {
                TokenTree::Punct(sign) if sign.as_char() == '#' => rest = behind_attribute(rest),
                TokenTree::Ident(name) if name == "tracing" => self.lines.extend(line(rest)),
                TokenTree::Literal(literal) => self.all.extend(text_of(literal)),
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

fn is_of_tests(file: &str) -> bool {
    file.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

/// What follows an attribute; if it is `#[cfg(test)]`, what follows its item.
fn behind_attribute(trees: &[TokenTree]) -> &[TokenTree] {
    let is_inner = matches!(trees.first(), Some(TokenTree::Punct(sign)) if sign.as_char() == '!');
    let trees = &trees[usize::from(is_inner)..];
    match trees.split_first() {
        Some((TokenTree::Group(group), behind)) if group.delimiter() == Delimiter::Bracket => {
            match group.stream().to_string().replace(' ', "").as_str() {
                "cfg(test)" => behind_item(behind),
                _ => behind,
            }
        }
        _ => trees,
    }
}

fn behind_item(trees: &[TokenTree]) -> &[TokenTree] {
    let is_end = |tree: &TokenTree| match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(sign) => sign.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let end = trees.iter().position(is_end);
    &trees[end.map_or(trees.len(), |at| at + 1)..]
}

/// The message and the level of a line, from what follows the name `tracing`. `None` for a line that
/// is not shown by default.
fn line(behind: &[TokenTree]) -> Option<(String, String)> {
    let [
        TokenTree::Punct(_),
        TokenTree::Punct(_),
        TokenTree::Ident(level),
        TokenTree::Punct(sign),
        TokenTree::Group(arguments),
        ..,
    ] = behind
    else {
        return None;
    };
    let level = level.to_string();
    let is_shown = sign.as_char() == '!' && LEVELS.contains(&level.as_str());
    is_shown
        .then(|| message(arguments.stream()))
        .flatten()
        .map(|message| (message, level.to_uppercase()))
}

/// The message among the arguments of a line: the first text that is no value of a field.
fn message(arguments: TokenStream) -> Option<String> {
    let mut begins = true;
    for tree in arguments {
        if begins
            && let TokenTree::Literal(literal) = &tree
            && let Some(text) = text_of(literal)
        {
            return Some(text);
        }
        begins = matches!(&tree, TokenTree::Punct(sign) if sign.as_char() == ',');
    }
    None
}

/// The text of a literal as the pages show it; `None` for a number.
fn text_of(literal: &Literal) -> Option<String> {
    let text: LitStr = syn::parse_str(&literal.to_string()).ok()?;
    Some(shown(&text.value()))
}

/// A format as the pages show it: with `…` for each value.
fn shown(format: &str) -> String {
    let mut shown = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.next_if_eq(&letter).is_some() => shown.push(letter),
            '{' => {
                shown.push(VALUE);
                for _ in letters.by_ref().take_while(|letter| *letter != '}') {}
            }
            _ => shown.push(letter),
        }
    }
    shown
}

/// Whether a text is made of texts of the source, with values and colons between them.
fn is_made_of(text: &str, texts: &BTreeSet<String>) -> bool {
    text.split(VALUE).all(|part| is_known(part, texts))
}

fn is_known(part: &str, texts: &BTreeSet<String>) -> bool {
    let part = part.trim_matches([' ', ':', ';']);
    part.is_empty()
        || texts.iter().any(|text| text.contains(part))
        || part
            .match_indices(": ")
            .any(|(at, _)| is_known(&part[..at], texts) && is_known(&part[at..], texts))
}

/// The rows of the tables whose first cell is code: that code, and the second cell.
fn rows(document: &str) -> Vec<(&str, &str)> {
    let row = |line| {
        let mut cells = str::strip_prefix(line, "| `")?.split(" | ");
        Some((cells.next()?.strip_suffix('`')?, cells.next()?))
    };
    document.lines().filter_map(row).collect()
}

/// What is wrong with a page about the log.
fn complaints(name: &str, document: &str, texts: &Texts) -> Vec<String> {
    let rows = rows(document);
    let has_row = |message: &str, level: &str| {
        rows.iter()
            .any(|(text, levels)| *text == message && levels.split(", ").any(|one| one == level))
    };
    // A message that is nothing but a value is one of the texts of another place.
    let lines = texts.lines.iter();
    let lines = lines.filter(|(message, _)| message.contains(char::is_alphabetic));
    let missing = lines.filter(|(message, level)| !has_row(message, level));
    let missing =
        missing.map(|(message, level)| format!("{name} has no row for the {level} `{message}`"));
    let unknown = rows
        .iter()
        .filter(|(text, _)| !is_made_of(text, &texts.all));
    let unknown =
        unknown.map(|(text, _)| format!("{name} has `{text}`, which the source does not have"));
    missing.chain(unknown).collect()
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("text")
}

#[test]
fn every_line_of_the_log_is_explained() {
    let texts = Texts::of_all(&server());
    assert!(texts.lines.len() > 40, "{:?}", texts.lines);
    let of_page = |name: &str| complaints(name, &read(name), &texts);
    report(&LOG.map(of_page).concat());
}

#[test]
fn both_languages_explain_the_same_lines() {
    let [english, chinese] = LOG.map(read);
    let texts = |document| Vec::from_iter(rows(document).into_iter().map(|(text, _)| text));
    assert!(texts(&english).len() > 90, "{english}");
    assert_eq!(texts(&english), texts(&chinese));
}

#[test]
fn every_reason_of_not_being_ready_is_explained() {
    let reasons = Texts::of(&server()["store/health.rs"]).all;
    assert!(reasons.len() > 5, "{reasons:?}");
    let mut complaints = Vec::new();
    for name in OPERATING {
        let document = read(name);
        let rows = rows(&document);
        let explained = BTreeSet::from_iter(rows.into_iter().map(|(text, _)| text));
        let missing = reasons
            .iter()
            .filter(|why| !explained.contains(why.as_str()));
        complaints.extend(missing.map(|why| format!("{name} does not explain `{why}`")));
    }
    report(&complaints);
}

#[test]
fn what_is_missing_or_invented_is_found() {
    let source = r#"
        //! "A comment"
        fn f() {
            tracing::warn!(%a, b = "field", "one {c} of {}", d);
            tracing::debug!("hidden");
            tokio::select! { _ = g() => tracing::info!("{h}") }
            Fault::new("doing it", format!("{i:?} is bad; mend \
                {{it}}"));
        }
        #[cfg(test)]
        mod tests { fn j() { tracing::error!("of a test"); } }
    "#;
    let texts = Texts::of(source);
    let lines = [("one … of …", "WARN"), ("…", "INFO")];
    let lines = lines.map(|(message, level)| (message.to_owned(), level.to_owned()));
    assert_eq!(texts.lines, BTreeSet::from(lines));
    let found = |document: &str| complaints("page", document, &texts);
    let good = "| `one … of …` | ERROR, WARN | x |\n| `doing it: … is bad; mend {it}` | y |\n";
    assert_eq!(found(good), [""; 0]);
    assert_eq!(
        found("| `one … of …` | ERROR | x |"),
        ["page has no row for the WARN `one … of …`"]
    );
    for invented in [
        "doing it: … is good",
        "of a test",
        "A comment",
        "doing that: field",
    ] {
        let document = format!("{good}| `{invented}` | z |");
        let complaint = format!("page has `{invented}`, which the source does not have");
        assert_eq!(found(&document), [complaint], "{invented}");
    }
}

//! What is said of the settings outside the source, `zaibo.example.toml` and a table in each README,
//! is written from their declarations. These tests compare, and write if they are asked to.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::super::section::Field;
use super::Settings;

/// Writes them anew.
const COMMAND: &str = "ZAIBO_WRITE_DOCS=1 cargo test --locked --lib settings::tests::documents";

/// What stands around a table.
const MARKS: [&str; 2] = ["<!-- settings -->\n", "<!-- /settings -->"];

const EXAMPLE_BEGINS: &str = "\
# Every setting of zaibo with its default. Copy this to zaibo.toml, take the \"#: \" away before what
# you want to change, and restart. Each key is an environment variable too: http.listen is
# ZAIBO_HTTP__LISTEN.
";

/// The longest line of the example.
const WIDTH: usize = 100;

/// Compares a file with what it has to be.
#[track_caller]
fn compare(name: &str, written: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let found = fs::read_to_string(&path).expect("a file");
    let wanted = written(&found);
    if std::env::var_os("ZAIBO_WRITE_DOCS").is_some() {
        fs::write(&path, wanted).expect("written");
    } else {
        assert!(
            found == wanted,
            "{name} does not say what the settings say; write it anew: {COMMAND}"
        );
    }
}

/// The values of a section that nobody sets.
fn defaults(section: &str) -> Value {
    let settings = Settings::default();
    let address = settings.ops.address().expect("an address");
    let mut sections = serde_json::to_value(settings).expect("values");
    // The one setting that knows whether it was set.
    sections["ops"]["listen"] = address.to_string().into();
    sections[section].take()
}

fn example() -> String {
    let mut text = EXAMPLE_BEGINS.to_owned();
    for section in Settings::sections() {
        let about = comment(&joined(section.about));
        text += &format!("\n{about}[{}]\n", section.name);
        let defaults = defaults(section.name);
        for field in &section.fields {
            let meaning = comment(&in_english(field));
            let default = &defaults[field.name];
            text += &format!("{meaning}#: {} = {default}\n", field.name);
        }
    }
    text
}

/// Lines of a comment. What stands between backticks is not broken, so that it can be copied.
fn comment(text: &str) -> String {
    let mut in_code = false;
    let words = text.split(|letter| {
        in_code ^= letter == '`';
        letter == ' ' && !in_code
    });
    let mut lines = String::new();
    let mut line = "#".to_owned();
    for word in words.map(|word| word.replace('`', "")) {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines += &line;
            lines += "\n";
            line = "#".to_owned();
        }
        line += " ";
        line += &word;
    }
    lines + &line + "\n"
}

fn joined(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}

fn in_english(field: &Field) -> String {
    let meaning = joined(field.en);
    match &field.range {
        Some((least, greatest)) => format!("{meaning} From {least} to {greatest}."),
        None => meaning,
    }
}

fn in_chinese(field: &Field) -> String {
    let meaning = field.zh;
    match &field.range {
        Some((least, greatest)) => format!("{meaning}（{least}–{greatest}）"),
        None => meaning.to_owned(),
    }
}

/// A README with its table: the heads of the columns, words for no text and for no element, and the
/// meaning.
fn with_table(
    readme: &str,
    heads: [&str; 3],
    [empty, none]: [&str; 2],
    meaning: fn(&Field) -> String,
) -> String {
    let mut table = format!("\n| {} |\n|---|---|---|\n", heads.join(" | "));
    for section in Settings::sections() {
        let defaults = defaults(section.name);
        for field in &section.fields {
            let default = match &defaults[field.name] {
                Value::String(text) if text.is_empty() => empty.to_owned(),
                Value::String(text) => format!("`{text}`"),
                Value::Array(_) => none.to_owned(),
                other => other.to_string(),
            };
            let meaning = meaning(field);
            assert!(!meaning.contains('|'), "{meaning}: ends a cell");
            let key = format!("{}.{}", section.name, field.name);
            table += &format!("| `{key}` | {default} | {meaning} |\n");
        }
    }
    let [begins, ends] = MARKS;
    let (before, rest) = readme.split_once(begins).expect("a mark before the table");
    let (_, after) = rest.split_once(ends).expect("a mark behind the table");
    format!("{before}{begins}{table}\n{ends}{after}")
}

#[test]
fn the_example_file_says_what_the_settings_say() {
    compare("zaibo.example.toml", |_| example());
}

#[test]
fn the_table_of_the_readme_says_what_the_settings_say() {
    compare("README.md", |readme| {
        let heads = ["key", "default", "meaning"];
        with_table(readme, heads, ["empty", "none"], in_english)
    });
}

#[test]
fn the_table_of_the_chinese_readme_says_what_the_settings_say() {
    compare("README.zh-CN.md", |readme| {
        let heads = ["键", "默认值", "含义"];
        with_table(readme, heads, ["空", "无"], in_chinese)
    });
}

#[test]
fn a_line_of_the_example_is_not_broken_within_code() {
    let code = format!("`[{}1]`", "1, ".repeat(40));
    let lines = comment(&format!("As {code}; or not."));
    let code = code.replace('`', "");
    assert_eq!(lines, format!("# As\n# {code};\n# or not.\n"));
}

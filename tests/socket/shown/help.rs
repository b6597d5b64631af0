//! The command line as its help shows it: every command and every option is used in a run.

use std::collections::BTreeSet;

use super::{printed, run};
use crate::server::{Server, shared};

/// Runs that end by themselves, in the folder of a server. Their output has to contain the text.
const RUNS: &[(&[&str], &str)] = &[
    (&["--version"], "zaibo "),
    (&["help"], "Settings stand in zaibo.toml"),
    (&["inbox"], "the inbox is empty"),
    (&["inbox", "--state", "unmatched"], "the inbox is empty"),
    (&["inbox", "--sender", "live"], "the inbox is empty"),
    (&["inbox", "--limit", "5"], "the inbox is empty"),
    (&["inbox", "--config", "zaibo.toml"], "the inbox is empty"),
    (
        &["inbox", "--store-url", "sqlite://zaibo.db"],
        "the inbox is empty",
    ),
    (&["inbox", "--listen", "127.0.0.1:0"], "the inbox is empty"),
    (&["doctor"], "ok    database"),
    (&["key", "new", "gateway"], "[[admin.keys]]"),
    (&["backup", "copy.db"], "copy.db is complete"),
];

/// Runs that find nothing to do, and report that with status 1.
const IN_VAIN: &[(&[&str], &str)] = &[
    (&["user", "passwd", "nobody"], "1 to 128 bytes"),
    (&["inbox", "show", "1"], "there is no event 1"),
    (&["inbox", "replay", "1"], "there is no event 1"),
    (
        &["inbox", "replay", "1", "--room", "10001"],
        "there is no event 1",
    ),
    (&["health", "--listen", "127.0.0.1:1"], "Connection refused"),
    (
        &["health", "--ready", "--listen", "127.0.0.1:1"],
        "Connection refused",
    ),
    (FROM_NOWHERE, "connecting to the PHP server's database"),
];

/// An import from a server that is not there. `tests/socket/import` has those that succeed.
const FROM_NOWHERE: &[&str] = &[
    "import",
    "--from",
    "mysql://nobody:none@127.0.0.1:1/sxb_db",
    "--dry-run",
    "--report",
    "report",
    "--blanks",
    "keep",
    "--keep-tokens",
    "--no-repair",
    "--hash-memory-kib",
    "64",
];

/// Arguments that start a server.
const SERVERS: &[&[&str]] = &[
    &["serve"],
    &["--dev"],
    &["serve", "--dev"],
    &["--config", "zaibo.toml"],
    &["--listen", "127.0.0.1:0"],
    &["--store-url", "sqlite://other.db"],
    &[
        "serve",
        "--config",
        "zaibo.toml",
        "--listen",
        "127.0.0.1:0",
        "--store-url",
        "sqlite://other.db",
    ],
];

/// A command, and one of its options.
type Shown = (String, String);

/// Every option in the help of a command and of its subcommands.
fn shown_by_help(path: &[&str], shown: &mut BTreeSet<Shown>) {
    let folder = shared();
    let words = [path, &["--help"]].concat();
    let help = printed(&words, &run(folder.folder(), &words));
    let name = path.join(" ");
    let mut in_commands = false;
    for line in help.lines() {
        in_commands = (in_commands && !line.is_empty()) || line == "Commands:";
        let first = line.split_whitespace().next().unwrap_or_default();
        if in_commands && line.starts_with("  ") && first != "help" && !first.is_empty() {
            shown.insert((format!("{name} {first}").trim().to_owned(), String::new()));
            shown_by_help(&[path, &[first]].concat(), shown);
        }
        if line.trim_start().starts_with('-') {
            let options = line.split([' ', ',']).filter(|word| word.starts_with("--"));
            shown.extend(options.map(|option| (name.clone(), option.to_owned())));
        }
    }
}

/// The options that a run uses, each with its command. The help of every command shows the
/// program's own options; these count as used after any run that has them.
fn used_by(words: &[&str]) -> Vec<Shown> {
    let commands: Vec<_> = words
        .iter()
        .copied()
        .filter(|word| {
            [
                "serve", "health", "inbox", "show", "replay", "backup", "doctor", "import", "user",
                "passwd", "key", "new",
            ]
            .contains(word)
        })
        .collect();
    let command = commands.join(" ");
    let options = words.iter().filter(|word| word.starts_with("--"));
    let mut used = vec![(command.clone(), String::new())];
    used.extend(options.map(|option| (command.clone(), (*option).to_owned())));
    used
}

#[test]
fn every_command_and_option_that_the_help_shows_does_what_it_says() {
    let mut shown = BTreeSet::new();
    shown_by_help(&[], &mut shown);
    let of_all: BTreeSet<_> = shown
        .iter()
        .filter(|(command, _)| command.is_empty())
        .map(|(_, option)| option.clone())
        .collect();
    let mut used = BTreeSet::new();
    let folder = std::sync::Arc::new(tempfile::tempdir().expect("a folder"));
    std::fs::write(folder.path().join("zaibo.toml"), "").expect("written");
    for words in SERVERS {
        let mut program = crate::server::command(folder.path(), &[]);
        program.args(*words);
        let mut server = Server::of(program, folder.clone(), &[]);
        server.newcomer("somebody").go_live();
        assert!(server.terminate().success(), "{words:?}");
        used.extend(used_by(words));
    }
    for (words, says) in RUNS {
        let text = printed(words, &run(folder.path(), words));
        assert!(text.contains(says), "{words:?}: {text}");
        used.extend(used_by(words));
    }
    for (words, says) in IN_VAIN {
        let output = run(folder.path(), words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(said.contains(says), "{words:?}: {said}");
        used.extend(used_by(words));
    }
    let anywhere: BTreeSet<_> = used.iter().map(|(_, option)| option.clone()).collect();
    // A command that only leads to others does nothing by itself.
    let leads = |command: &str| {
        let start = format!("{command} ");
        used.iter().any(|(used, _)| used.starts_with(&start))
    };
    let is_used = |(command, option): &&Shown| {
        used.contains(&(command.clone(), option.clone()))
            || (option.is_empty() && leads(command))
            || option == "--help"
            || (of_all.contains(option) && anywhere.contains(option))
    };
    let forgotten: Vec<_> = shown.iter().filter(|shown| !is_used(shown)).collect();
    assert!(
        forgotten.is_empty(),
        "shown by the help and run by no test: {forgotten:?}"
    );
    assert!(shown.len() > 20, "the help was understood: {shown:?}");
}

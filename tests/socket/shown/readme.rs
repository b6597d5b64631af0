//! The README in both languages: bash runs its commands in their order, and their output has to be
//! the one in the README.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::bench::{self, SHORT, TOO_SLOW};
use crate::server::{Server, in_folder};

const READMES: [(&str, &str); 2] = [
    ("README.md", include_str!("../../../README.md")),
    ("README.zh-CN.md", include_str!("../../../README.zh-CN.md")),
];

/// Commands that no test can run in itself: the first one runs this suite, and .ci/run runs the
/// second one.
const BY_OTHERS: [&str; 2] = ["cargo test --locked", "cargo bench --bench domain"];

/// One command and its expected output; `…` stands for any text.
struct Shown {
    command: String,
    prints: Vec<String>,
}

/// The commands of all shell blocks, in their order.
fn commands(readme: &str) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    let mut in_shell = false;
    let mut is_open = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            in_shell = line == "```sh";
        } else if in_shell && !line.trim().is_empty() {
            if let Some(printed) = line.strip_prefix("# ") {
                let last = shown.last_mut().expect("a command before its output");
                last.prints.push(printed.to_owned());
                continue;
            }
            match shown.last_mut().filter(|_| is_open) {
                Some(last) => last.command = format!("{}\n{line}", last.command),
                None => shown.push(Shown {
                    command: line.to_owned(),
                    prints: Vec::new(),
                }),
            }
            let command = &shown.last().expect("a command").command;
            is_open = !command.matches('\'').count().is_multiple_of(2) || command.ends_with('\\');
        }
    }
    shown
}

/// Whether a text matches the expected output.
fn is_as_shown(text: &str, shown: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    for part in &parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || parts.last().is_some_and(|last| last.is_empty())
}

/// The arguments of a command that starts a server, without a trailing comment.
fn starts_server(command: &str) -> Option<Vec<&str>> {
    let words = command
        .split(" #")
        .next()?
        .strip_prefix("cargo run --release")?;
    let words: Vec<_> = words
        .split_whitespace()
        .filter(|word| *word != "--")
        .collect();
    let is_server = words
        .first()
        .is_none_or(|word| *word == "serve" || word.starts_with("--"));
    is_server.then_some(words)
}

/// A reader who follows a README.
struct Reader {
    folder: Arc<TempDir>,
    server: Option<Server>,
    /// Shell functions that replace programs of the reader's shell.
    programs: String,
    /// The shell variables that the reader has set, as `url='…'`.
    remembered: String,
    token: String,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            programs: programs(folder.path()),
            folder: Arc::new(folder),
            server: None,
            remembered: String::new(),
            token: String::new(),
        }
    }

    fn start(&mut self, words: &[&str]) {
        // Only one server at a time may use the database.
        if let Some(mut running) = self.server.take() {
            assert!(running.terminate().success());
        }
        let mut program = crate::server::command(self.folder.path(), &[]);
        // Only typed options open a door.
        program.args(words).env_remove("ZAIBO_CALLBACK__UNSIGNED");
        self.server = Some(Server::of(program, self.folder.clone(), &[]));
    }

    /// The output of a command, which has to succeed.
    fn enter(&self, command: &str) -> String {
        let server = self.server.as_ref().expect("a server is started first");
        let script = format!(
            "set -euo pipefail\n{}\n{}\n{}\n",
            self.programs,
            self.remembered,
            command.replace("127.0.0.1:8080", &server.address().to_string()),
        );
        let mut shell = Command::new("bash");
        shell.args(["-c", &script]);
        let output = in_folder(shell, self.folder.path(), &[])
            .output()
            .expect("bash");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn follow(&mut self, shown: &Shown) {
        let Shown { command, prints } = shown;
        if let Some(words) = starts_server(command) {
            self.start(&words);
            return;
        }
        if command.starts_with("token='…'") {
            self.remembered += &format!("token='{}'\n", self.token);
            return;
        }
        if command.starts_with("url='") {
            let address = self
                .server
                .as_ref()
                .expect("a server")
                .address()
                .to_string();
            self.remembered += &format!("{}\n", command.replace("127.0.0.1:8080", &address));
            return;
        }
        let text = self.enter(command);
        if let Some((_, token)) = text.split_once("\"token\":\"") {
            self.token = token.split('"').next().expect("a token").to_owned();
        }
        if prints.is_empty() {
            assert!(!text.is_empty(), "{command} prints nothing");
        } else {
            let shown = prints.join("\n");
            assert!(
                is_as_shown(text.trim_end(), &shown),
                "{command}\n{text}\nbut {shown}"
            );
        }
    }
}

/// Shell functions for cargo and curl. Cargo runs the programs that are already built in the
/// profile of the tests, with short measurements; curl shows why it fails.
fn programs(folder: &Path) -> String {
    let program = env!("CARGO_BIN_EXE_zaibo");
    let built = bench::build("zaibo-bench");
    let built = built.display();
    let short = SHORT.join(" ");
    let folder = folder.display();
    format!(
        "cargo() {{
            case \"$*\" in
            'build --release') ls '{program}' '{built}/zaibo-bench' ;;
            'build --release --example floor') ls '{built}/examples/floor' ;;
            'run --release -p zaibo-bench -- '*)
                shift 5
                local said status=0
                said=$('{built}/zaibo-bench' \"$@\" {short} --folder '{folder}' 2>said.txt) || status=$?
                printf '%s\\n' \"$said\"
                [ $status = 0 ] || grep -q '{TOO_SLOW}' said.txt ;;
            'run --release -- '*) shift 3 && '{program}' \"$@\" ;;
            *) return 1 ;;
            esac
        }}
        curl() {{ command curl --silent --show-error \"$@\"; }}"
    )
}

#[test]
fn what_is_shown_in_both_languages_is_what_happens() {
    let mut measured = HashSet::new();
    for (name, text) in READMES {
        let shown = commands(text);
        assert!(shown.len() > 10, "{name} was understood");
        let mut reader = Reader::new();
        for shown in &shown {
            let command = shown.command.split(" #").next().expect("a command");
            // A measurement takes long. If both READMEs show the same one, it runs once.
            let measures = command.contains("-p zaibo-bench");
            let is_again = measures && !measured.insert(command.trim().to_owned());
            if is_again || BY_OTHERS.contains(&command.trim()) {
                continue;
            }
            reader.follow(shown);
            if measures {
                let pictures = reader.folder.path().join("docs");
                assert!(pictures.join("throughput.svg").is_file());
                assert!(pictures.join("memory.svg").is_file());
            }
        }
        let log = reader.server.expect("a server").log();
        assert!(!log.contains("ERROR"), "{name}: {log}");
    }
    assert_eq!(
        measured.len(),
        1,
        "both languages show the same measurement"
    );
}

#[test]
fn an_ellipsis_stands_for_anything_and_everything_else_for_itself() {
    for (text, shown, fits) in [
        ("abc", "abc", true),
        ("abc", "abd", false),
        ("abc", "a…", true),
        ("abc", "a…c", true),
        ("abcd", "a…c", false),
        ("abc", "…b", false),
    ] {
        assert_eq!(is_as_shown(text, shown), fits, "{text} {shown}");
    }
}

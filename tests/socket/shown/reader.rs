//! A reader of a document: bash runs its commands in their order, and their output has to be the one in
//! the document.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use super::behind::Behind;
use crate::server::{Server, command, in_folder};

/// One command and its expected output; `…` stands for any text.
pub(super) struct Shown {
    pub(super) command: String,
    pub(super) prints: Vec<String>,
}

/// The commands of all shell blocks, in their order.
pub(super) fn commands(document: &str) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    let mut in_shell = false;
    let mut is_open = false;
    for line in document.lines() {
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
pub(super) fn is_as_shown(text: &str, shown: &str) -> bool {
    let Some((first, others)) = shown.split_once('…') else {
        return text == shown;
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let (others, last) = others.rsplit_once('…').unwrap_or(("", others));
    for part in others.split('…') {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
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

/// The name of the shell variable that a command sets, if it sets one.
fn variable(command: &str) -> Option<&str> {
    let (name, _) = command.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    is_name.then_some(name)
}

/// A reader who follows a document, with a shell of their own.
pub(super) struct Reader {
    folder: Arc<TempDir>,
    server: Option<Server>,
    /// Shell functions that replace programs of the reader's shell.
    programs: String,
    /// The shell variables that the reader has set, as `url='…'`. Each command gets all of them.
    remembered: String,
    /// What the last command printed.
    answer: String,
    /// The command that runs behind the others.
    behind: Option<Behind>,
}

impl Reader {
    /// A reader in this folder, whose shell has these functions, and a curl that shows why it fails.
    pub(super) fn new(folder: TempDir, programs: &str) -> Self {
        Self {
            folder: Arc::new(folder),
            server: None,
            programs: format!(
                "{programs}\ncurl() {{ command curl --silent --show-error \"$@\"; }}"
            ),
            remembered: String::new(),
            answer: String::new(),
            behind: None,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The log of the server that runs now.
    pub(super) fn log(&self) -> String {
        self.running().log()
    }

    fn running(&self) -> &Server {
        self.server.as_ref().expect("a server is started first")
    }

    fn start(&mut self, words: &[&str]) {
        // Only one server at a time may use the database.
        if let Some(mut running) = self.server.take() {
            assert!(running.terminate().success());
        }
        let mut program = command(self.folder(), &[]);
        // Only typed options open a door.
        program.args(words).env_remove("ZAIBO_CALLBACK__UNSIGNED");
        self.server = Some(Server::of(program, self.folder.clone(), &[]));
    }

    /// A command for the server that runs, wherever it listens.
    fn addressed(&self, command: &str) -> String {
        let address = self.running().address().to_string();
        command.replace("127.0.0.1:8080", &address)
    }

    /// The shell that runs a command.
    fn shell(&self, command: &str) -> Command {
        let script = format!(
            "set -euo pipefail\n{}\n{}\n{}\n",
            self.programs,
            self.remembered,
            self.addressed(command),
        );
        let mut shell = Command::new("bash");
        shell.args(["-c", &script]);
        in_folder(shell, self.folder(), &[])
    }

    /// The output of a command, which has to succeed.
    fn enter(&self, command: &str) -> String {
        let output = self.shell(command).output().expect("bash");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Sets a shell variable. `…` stands for the room of the last answer, for its token, or for its UserSig
    /// if the comment behind says so.
    fn set(&mut self, name: &str, command: &str) {
        let given = command
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix("='…'"));
        let line = match given {
            Some(comment) => {
                let field = match name {
                    "room" => "room",
                    _ if comment.contains("userSig") => "userSig",
                    _ => "token",
                };
                let (_, rest) = self
                    .answer
                    .split_once(&format!("\"{field}\":"))
                    .unwrap_or_else(|| panic!("{command}: no {field} in {}", self.answer));
                let value = rest.trim_start_matches('"').split(['"', ',']).next();
                let value = value.unwrap_or_default();
                format!("{name}='{value}'")
            }
            // Once, as in a shell of one's own: the next command asks for nothing again.
            None => self.enter(&format!("{command}\ndeclare -p {name}")),
        };
        self.remembered += &line;
        self.remembered += "\n";
    }

    pub(super) fn follow(&mut self, shown: &Shown) {
        let Shown { command, prints } = shown;
        if let Some(words) = starts_server(command) {
            self.start(&words);
            return;
        }
        if let Some(name) = variable(command) {
            self.set(name, command);
            return;
        }
        if let Some(command) = command.strip_suffix(" &") {
            let behind = self.behind.insert(Behind::start(self.shell(command)));
            assert!(!prints.is_empty(), "{command}: what it says is shown");
            behind.says(prints);
            return;
        }
        self.answer = self.enter(command);
        let text = self.answer.trim_end();
        // What the command behind says to it stands below.
        let own = match &self.behind {
            Some(_) => text.lines().count().min(prints.len()),
            None => prints.len(),
        };
        let (prints, heard) = prints.split_at(own);
        if prints.is_empty() {
            assert!(!text.is_empty(), "{command} prints nothing");
        } else {
            let shown = prints.join("\n");
            assert!(is_as_shown(text, &shown), "{command}\n{text}\nbut {shown}");
        }
        if let Some(behind) = &self.behind {
            behind.says(heard);
        }
    }
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
        ("abcbc", "a…c", true),
        ("abcde", "a…c…e", true),
        ("abcde", "a…e…c", false),
    ] {
        assert_eq!(is_as_shown(text, shown), fits, "{text} {shown}");
    }
}

#[test]
fn only_a_line_that_begins_with_a_name_sets_a_variable() {
    for (command, name) in [
        ("anna='…'   # the token of that answer", Some("anna")),
        ("now=$(date +%s)", Some("now")),
        ("curl \"$url?svc=live&cmd=create\"", None),
        ("curl http://127.0.0.1:8080/healthz", None),
        ("=x", None),
    ] {
        assert_eq!(variable(command), name, "{command}");
    }
}

//! A command of a document that ends with `&`: it runs on behind the commands that follow, and what it says
//! comes between their answers.

use std::io::{BufRead, BufReader};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::reader::is_as_shown;
use crate::server::TIMEOUT;

/// The lines of a command that still runs. It ends with the server that it listens to.
pub(super) struct Behind(Receiver<String>);

impl Behind {
    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("a process");
        let said = BufReader::new(child.stdout.take().expect("standard output"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                // The reader of the document may have come to its end.
                let _ = sender.send(line);
            }
            child.wait().expect("a child");
        });
        Self(lines)
    }

    /// Waits until these lines have come, in this order. A document shows only those that matter.
    pub(super) fn says(&self, shown: &[String]) {
        let mut came = String::new();
        for shown in shown {
            loop {
                let line = self.0.recv_timeout(TIMEOUT);
                let line = line.unwrap_or_else(|_| panic!("no {shown} in\n{came}"));
                if is_as_shown(&line, shown) {
                    break;
                }
                came += &line;
                came.push('\n');
            }
        }
    }
}

#[test]
fn what_a_command_behind_says_is_waited_for_and_what_it_does_not_say_is_missed() {
    let says = |shown: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo retry; sleep 0.2; echo event 1; echo data 2"]);
        shell.stdout(std::process::Stdio::piped());
        let behind = Behind::start(shell);
        let shown: Vec<_> = shown.split(", ").map(str::to_owned).collect();
        std::panic::catch_unwind(|| behind.says(&shown)).is_ok()
    };
    for (shown, is_said) in [
        ("event …, data …", true),
        ("data 2", true),
        ("event 2", false),
        ("data …, event …", false),
    ] {
        assert_eq!(says(shown), is_said, "{shown}");
    }
}

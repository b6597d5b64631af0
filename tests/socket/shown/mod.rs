//! Every command that the documents show is run here unchanged: the README and the references of both
//! protocols and of push in both languages, the help, and the example of the settings file.

mod api;
mod behind;
mod example;
mod help;
mod live_api;
mod reader;
mod readme;

use std::path::Path;
use std::process::Output;

use crate::server::command;

/// Runs the program in a folder until it ends.
fn run(folder: &Path, words: &[&str]) -> Output {
    let mut program = command(folder, &[]);
    program.args(words).output().expect("a process")
}

/// The output of a run, which has to succeed.
#[track_caller]
fn printed(words: &[&str], output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    assert!(!said.contains("panicked"), "{words:?}: {said}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

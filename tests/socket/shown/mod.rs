//! Every command that a reader is shown is run here, as it stands: README in both languages, the
//! help, the example of the settings file.

mod example;
mod help;
mod readme;

use std::path::Path;
use std::process::Output;

use crate::server::command;

/// What makes a measurement short. It is as long as it takes where nobody looks at its figures.
const SHORT: [&str; 6] = ["--rounds", "1", "--seconds", "0.1", "--members", "10000"];

/// Runs the program in a folder until it ends.
fn run(folder: &Path, words: &[&str]) -> Output {
    let mut program = command(folder, &[]);
    program.args(words).output().expect("a process")
}

/// What a run printed. It has to have succeeded; or to have measured something and found it slow,
/// as a build without optimisation is.
#[track_caller]
fn printed(words: &[&str], output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let is_slow = words.contains(&"bench") && said.contains("not everything holds that must");
    assert!(output.status.success() || is_slow, "{words:?}: {said}");
    assert!(!said.contains("panicked"), "{words:?}: {said}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

//! Tests the benchmark as a program: it measures the real server, and its output can be parsed.

#![cfg(target_os = "linux")]

#[path = "../../tests/support/bench.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use support::{SHORT, TOO_SLOW, build};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zaibo-bench");

fn run(program: &Path, folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder);
    command.output().expect("a process")
}

/// The output of a run. The run has to succeed, or to complete and report figures that miss their
/// limits.
#[track_caller]
fn printed(folder: &Path, words: &[&str]) -> String {
    let output = run(Path::new(PROGRAM), folder, words);
    let said = String::from_utf8_lossy(&output.stderr);
    let is_slow = output.status.code() == Some(1) && said.contains(TOO_SLOW);
    assert!(output.status.success() || is_slow, "{words:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

/// The options that occur in a text: in the help, or in a command line.
fn options(text: &str) -> BTreeSet<&str> {
    let lines = text
        .lines()
        .filter(|line| line.trim_start().starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',']));
    words.filter(|word| word.starts_with("--")).collect()
}

#[test]
fn a_short_measurement_of_the_real_server_is_told_as_json_as_a_table_and_as_a_picture() {
    build("zaibo");
    let folder = tempfile::tempdir().expect("a folder");
    let json = "--only people,records,https --json --folder .";
    let table = "--only people --pictures pictures";
    let measure = |words: &str| {
        let words: Vec<_> = words.split(' ').chain(SHORT).collect();
        printed(folder.path(), &words)
    };

    let report: Value = serde_json::from_str(&measure(json)).expect("JSON");
    let comparisons = report["comparisons"].as_array().expect("a list");
    assert_eq!(comparisons.len(), 12);
    for comparison in comparisons {
        for server in ["zaibo", "bare_server"] {
            let rounds = comparison[server].as_array().expect("a list");
            let answers = rounds.iter().map(|round| round["per_second"].as_f64());
            let answers: Vec<_> = answers.map(|answers| answers.expect("a figure")).collect();
            // A tenth of a second is too short for some of the others.
            let is_quick = comparison["name"] == "heartbeat";
            assert_eq!(answers.len(), 1, "{comparison}");
            assert!(answers[0] > 0.0 || !is_quick, "{comparison}");
        }
    }
    let musts = report["musts"].as_array().expect("a list");
    assert!(musts.iter().any(|must| must["unit"] == "× bare server"));

    let table_of_people = measure(table);
    assert!(table_of_people.contains("| of the bare server |"));
    assert!(table_of_people.contains("| must "));
    let picture = fs::read_to_string(folder.path().join("pictures/throughput.svg"));
    assert!(picture.expect("a picture").contains("bare server"));

    let help = printed(folder.path(), &["--help"]);
    let version = printed(folder.path(), &["--version"]);
    assert_eq!(
        version,
        format!("zaibo-bench {}\n", env!("CARGO_PKG_VERSION"))
    );
    let used = [json, table, &SHORT.join(" "), "--help --version"].join(" ");
    assert_eq!(options(&help), options(&used), "each option is used here");
}

#[test]
fn without_the_servers_it_says_what_to_build() {
    let beside = Path::new(PROGRAM).parent().expect("a folder");
    let folder = tempfile::tempdir_in(beside).expect("a folder");
    for (profile, build) in [
        ("debug", "cargo build"),
        ("release", "cargo build --release"),
    ] {
        let folder = folder.path().join(profile);
        fs::create_dir(&folder).expect("a folder");
        let program = folder.join("zaibo-bench");
        fs::hard_link(PROGRAM, &program).expect("a link");
        let said = || {
            let output = run(&program, &folder, &[]);
            assert_eq!(output.status.code(), Some(1));
            String::from_utf8(output.stderr).expect("text")
        };
        assert_eq!(
            said(),
            format!("zaibo-bench: looking for zaibo: build it first: {build}\n")
        );
        fs::write(folder.join("zaibo"), "").expect("a file");
        assert_eq!(
            said(),
            format!(
                "zaibo-bench: looking for the bare server: build it first: {build} --example floor\n"
            )
        );
    }
}

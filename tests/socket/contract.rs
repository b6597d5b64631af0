//! The live API does what its description says. `schemathesis` reads the description, invents requests that
//! agree with it and requests that do not, and looks at every answer.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::first;
use crate::server::Server;

/// Budgets that do not end the conversation before it has begun.
const GENEROUS: [(&str, &str); 3] = [
    ("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "0"),
    ("ZAIBO_ROOMS__CREATES_PER_MINUTE", "0"),
    ("ZAIBO_GUESTS__ENABLED", "true"),
];

/// The tool, where `.ci/run` installs it or on the path. `None` if it is not there; where `CI` is set it has
/// to be.
fn tool() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_BIN_EXE_zaibo")).ancestors().nth(2);
    let installed = folder
        .expect("a folder")
        .join("tools/schemathesis/bin/schemathesis");
    let places = [installed, PathBuf::from("schemathesis")];
    first("schemathesis", places, &["--version"])
}

/// Lets the tool talk to a server, with more arguments.
fn talk(tool: &Path, server: &Server, more: &[&str]) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
    let run = Command::new(tool)
        .current_dir(server.folder())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", &tests)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("--config-file")
        .arg(tests.join("schemathesis.toml"))
        .args("run --checks all --max-examples 50 --seed 1 --no-color".split(' '))
        // Old commands refuse with status 200, which the tool takes for success.
        .args(["--include-path-regex", "^/v2/"])
        // A user has one room. The tool asks for another in between, and then the first one is over.
        // What it means to send without a token gets the one that all its requests get.
        .args([
            "--exclude-checks",
            "ensure_resource_availability,missing_required_header",
        ])
        .args(more)
        .arg(format!("http://{}/v2/openapi.json", server.address()))
        .output();
    let run = run.expect("a process");
    let said = String::from_utf8_lossy(&run.stdout);
    let last: Vec<_> = said.lines().rev().take(200).collect();
    let last: Vec<_> = last.into_iter().rev().collect();
    assert!(run.status.success(), "{}", last.join("\n"));
}

#[test]
fn who_has_no_token_is_told_what_is_described() {
    let Some(tool) = tool() else { return };
    let server = Server::start(&GENEROUS);
    talk(&tool, &server, &[]);
}

#[test]
fn who_has_a_token_is_told_what_is_described() {
    let Some(tool) = tool() else { return };
    let server = Server::start(&GENEROUS);
    let user = server.newcomer("reader");
    let token = format!("Authorization: Bearer {}", user.token);
    // It would end the session that all others need.
    talk(
        &tool,
        &server,
        &["--header", &token, "--exclude-operation-id", "logout"],
    );
}

//! The client for the web and Node: its own tests pass, and it does at this server what they say.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::programs::program;
use crate::server::Server;

#[test]
fn the_client_for_the_web_and_node_passes_its_tests_and_meets_this_server() {
    if program("node").is_none() {
        return;
    }
    let server = Server::start(&[]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk/js");
    // What `npm test` runs; not every Node comes with npm.
    let package = fs::read_to_string(folder.join("package.json")).expect("a file");
    let package: Value = serde_json::from_str(&package).expect("JSON");
    let run = Command::new("sh")
        .args(["-c", package["scripts"]["test"].as_str().expect("a script")])
        .current_dir(folder)
        .env("ZAIBO_URL", format!("http://{}", server.address()))
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}");
    let log = server.log();
    assert!(!log.contains("ERROR"), "{log}");
}

//! Where the servers of these tests keep their data: on a MariaDB that a test may harm.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use crate::raw::{Raw, request};
use crate::server::{Server, Settings, command};

/// A folder whose server uses the database with that `store.url`.
pub(crate) fn folder_on(url: &str) -> Arc<TempDir> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("store-url"), url).expect("written");
    Arc::new(folder)
}

/// A server on the database with that `store.url`.
pub(crate) fn server_on(url: &str) -> Server {
    Server::start_in(folder_on(url), &[])
}

/// A server that reaches the database of a folder by another address, such as that of a proxy.
pub(crate) fn server_by(folder: Arc<TempDir>, url: &str) -> Server {
    let mut zaibo = command(folder.path(), &[]);
    zaibo.env("ZAIBO_STORE__URL", url);
    Server::of(zaibo, folder, &[])
}

/// The command that starts a server by that `store.url`.
pub(crate) fn start(folder: &Path, url: &str, settings: &Settings) -> Command {
    // The folder's own database would be made otherwise.
    fs::write(folder.join("store-url"), url).expect("written");
    command(folder, settings)
}

/// Starts a server that has to refuse, and returns its one line on standard error.
pub(crate) fn refused(url: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let child = start(folder.path(), url, &[]).spawn().expect("a process");
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("an end");
    let said = String::from_utf8(stderr).expect("text");
    assert_eq!(status.code(), Some(1), "{said}");
    assert_eq!(String::from_utf8_lossy(&stdout), "", "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!said.contains("secret-of-tests"), "{said}");
    said
}

/// The status and the reason of `GET /readyz`.
pub(crate) fn readiness(server: &Server) -> (u16, String) {
    let mut raw = Raw::connect(server.address());
    raw.send(request("GET", "/readyz", &[], ""));
    let response = raw.response();
    let body: Value = serde_json::from_slice(&response.body).expect("JSON");
    (response.status, body.to_string())
}

/// The warnings and errors in a log.
pub(crate) fn complaints(log: &str) -> Vec<&str> {
    let is_one = |line: &&str| line.contains(" ERROR ") || line.contains(" WARN ");
    log.lines().filter(is_one).collect()
}

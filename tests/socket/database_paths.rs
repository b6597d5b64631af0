//! The path of the database: links, folders, and paths that lead nowhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use crate::client::PASSWORD;
use crate::server::{Server, command};

/// Runs a command that has to fail, and returns its error message.
fn refused(folder: &Path, url: &'static str, words: &[&str]) -> String {
    let mut zaibo = command(folder, &[("ZAIBO_STORE__URL", url)]);
    let child = zaibo.args(words).spawn().expect("a process");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(1), "{url}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{url}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn a_link_to_the_database_is_the_database_for_servers_and_tools() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("disk")).expect("a folder");
    drop(Server::start_in(
        folder.clone(),
        &[("ZAIBO_STORE__URL", "sqlite://disk/real.db")],
    ));
    symlink(path("disk/real.db"), path("link.db")).expect("a link");
    symlink(path("disk"), path("again")).expect("a link");
    let linked = [("ZAIBO_STORE__URL", "sqlite://link.db")];
    let server = Server::start_in(folder.clone(), &linked);
    server.client().regist("anna", PASSWORD).ok();
    // Two servers on one database would each keep their own state of the same rooms.
    for url in [
        "sqlite://disk/real.db",
        "sqlite://again/real.db",
        "sqlite://link.db",
    ] {
        let said = refused(folder.path(), url, &[]);
        assert!(said.contains("another zaibo is running"), "{url}: {said}");
    }
    let mut tool = command(folder.path(), &linked);
    assert!(tool.arg("inbox").status().expect("a process").success());
    assert!(!path("link.db.lock").exists() && path("disk/real.db.lock").exists());
    drop(server);
    let server = Server::start_in(
        folder.clone(),
        &[("ZAIBO_STORE__URL", "sqlite://disk/real.db")],
    );
    server.client().regist("anna", PASSWORD).is(10004);
}

#[test]
fn a_path_that_can_not_be_a_database_is_refused_with_what_to_do_and_nothing_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("folder")).expect("a folder");
    symlink("nowhere.db", folder.path().join("link.db")).expect("a link");
    for (url, words) in [
        ("sqlite://folder", ["folder: it is no file", "store.url"]),
        ("sqlite://folder/..", ["it is no file", "store.url"]),
        (
            "sqlite://none/zaibo.db",
            ["/none: ", "make this folder first"],
        ),
        ("sqlite://link.db", ["link.db: ", "a link to nothing"]),
    ] {
        let said = refused(folder.path(), url, &[]);
        for word in words {
            assert!(said.contains(word), "{url}: {said}");
        }
    }
    let names = fs::read_dir(folder.path()).expect("a folder");
    assert_eq!(names.count(), 2, "no lock is left beside them");
}

#[test]
fn the_inbox_of_a_file_that_no_server_has_used_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("zaibo.db"), "").expect("written");
    let said = refused(folder.path(), "sqlite://zaibo.db", &["inbox"]);
    assert!(said.contains("start the server of this version"), "{said}");
}

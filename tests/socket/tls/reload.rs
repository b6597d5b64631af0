//! SIGHUP: a new certificate without a restart, and never a bad one in place of a good one.

use super::{
    Encrypted, Made, SETTINGS, certificate, connect, folder, future_plan, on_the_wire, server,
    try_connect, write,
};
use crate::raw::request;
use crate::server::{Server, eventually};

/// The lines of the log about reloads so far.
fn about_reloads(server: &Server) -> Vec<String> {
    let log = server.log();
    let is_about = |line: &&str| {
        line.contains("read again")
            || line.contains("stays in use")
            || line.contains("nothing to reload")
    };
    log.lines().filter(is_about).map(str::to_owned).collect()
}

/// Sends SIGHUP and returns the lines about it.
fn reload(server: &Server) -> Vec<String> {
    let before = about_reloads(server).len();
    server.signal("-HUP");
    eventually("a line about the reload", || {
        let lines = about_reloads(server).split_off(before);
        (!lines.is_empty()).then_some(lines)
    })
}

/// A beat that is answered.
fn is_answered(raw: &mut Encrypted) {
    raw.send(request("GET", "/healthz", &[], ""));
    assert_eq!(raw.response().status, 200);
}

#[test]
fn new_connections_get_the_new_certificate_and_open_ones_go_on() {
    let (server, old) = server();
    let mut kept = connect(server.address(), &old);
    is_answered(&mut kept);
    let new = certificate(60);
    new.put(server.folder());
    // Nothing changes before the signal.
    is_answered(&mut connect(server.address(), &old));
    let lines = reload(&server);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert!(
        line.contains("INFO") && line.contains("zaibo.test"),
        "{line}"
    );
    assert!(line.contains("expires=\"20"), "{line}");
    is_answered(&mut kept);
    let mut fresh = connect(server.address(), &new);
    is_answered(&mut fresh);
    let shown = fresh.inner().conn.peer_certificates().expect("a chain");
    assert_eq!(shown, [on_the_wire(&new)]);
    let versions = rustls::ALL_VERSIONS;
    assert!(try_connect(server.address(), &old, versions, &[]).is_err());
    // Once more, and one that will soon expire.
    let last = certificate(3);
    last.put(server.folder());
    let lines = reload(&server);
    let warned = || server.log().contains("days left: 3").then_some(());
    eventually("a warning", warned);
    assert!(lines[0].contains("INFO"), "{lines:?}");
    is_answered(&mut connect(server.address(), &last));
    is_answered(&mut kept);
    is_answered(&mut fresh);
}

#[test]
fn a_bad_one_changes_nothing_and_one_line_says_what_and_where() {
    let (server, old) = server();
    let mut kept = connect(server.address(), &old);
    let other = certificate(90);
    let folder = server.folder();
    for (name, text, words) in [
        ("cert.pem", "geheim", "cert.pem: it holds no certificate"),
        ("key.pem", "geheim", "key.pem: it holds no private key"),
        ("key.pem", &other.key, "key.pem: it is not the key of"),
        (
            "cert.pem",
            &other.certificate,
            "key.pem: it is not the key of",
        ),
    ] {
        old.put(folder);
        write(folder, name, text);
        let lines = reload(&server);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        assert!(line.contains("ERROR") && line.contains(words), "{line}");
        assert!(line.contains("stays in use"), "{line}");
        assert!(!line.contains("geheim"), "{line}");
        is_answered(&mut connect(server.address(), &old));
    }
    std::fs::remove_file(folder.join("cert.pem")).expect("deleted");
    let lines = reload(&server);
    assert!(lines[0].contains("cert.pem: No such file"), "{lines:?}");
    is_answered(&mut connect(server.address(), &old));
    is_answered(&mut kept);
}

#[test]
fn one_out_of_date_never_replaces_one_that_is_not() {
    let (server, old) = server();
    for (new, words) in [
        (certificate(-3), "cert.pem: it expired on 20"),
        (
            Made::of(&future_plan()),
            "cert.pem: it is not good before 20",
        ),
    ] {
        new.put(server.folder());
        let lines = reload(&server);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        assert!(line.contains("ERROR") && line.contains(words), "{line}");
        is_answered(&mut connect(server.address(), &old));
    }
}

#[test]
fn one_out_of_date_replaces_another_one_and_a_good_one_replaces_both() {
    let (folder, _) = folder(-3);
    let server = Server::start_in(folder, SETTINGS);
    let good = certificate(90);
    for new in [&certificate(-2), &good] {
        new.put(server.folder());
        let lines = reload(&server);
        assert!(lines[0].contains("INFO"), "{lines:?}");
    }
    is_answered(&mut connect(server.address(), &good));
}

#[test]
fn without_a_certificate_the_signal_does_nothing_and_ends_nothing() {
    let mut server = Server::start(&[]);
    for _ in 0..3 {
        let lines = reload(&server);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        assert!(line.contains("INFO"), "{line}");
        assert!(line.contains("nothing to reload"), "{line}");
    }
    server.newcomer("somebody").go_live();
    assert!(server.terminate().success());
}

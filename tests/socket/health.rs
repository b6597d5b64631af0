//! `zaibo health`: it asks the server of the same settings, and says in one line what is wrong.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;

use crate::server::{Server, Settings, command};
use crate::tls;

/// Runs the command; what it printed, and whether it succeeded.
fn health(folder: &Path, listen: &str, words: &[&str], settings: &Settings) -> (String, bool) {
    let mut zaibo = command(folder, settings);
    let output = zaibo.args(["health", "--listen", listen]).args(words);
    let output = output.output().expect("an end");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    (text, output.status.success())
}

#[test]
fn a_server_that_answers_is_ok_by_every_address_of_this_machine() {
    let server = Server::start(&[]);
    let port = server.address().port();
    for ip in ["127.0.0.1", "0.0.0.0"] {
        for words in [&[][..], &["--ready"]] {
            let said = health(server.folder(), &format!("{ip}:{port}"), words, &[]);
            assert_eq!(said, ("ok\n".to_owned(), true));
        }
    }
}

#[test]
fn a_server_with_a_certificate_is_asked_by_https_even_if_it_has_expired() {
    for days in [90, -3] {
        let (folder, _) = tls::folder(days);
        let server = Server::start_in(folder, tls::SETTINGS);
        let listen = server.address().to_string();
        for words in [&[][..], &["--ready"]] {
            let said = health(server.folder(), &listen, words, tls::SETTINGS);
            assert_eq!(said, ("ok\n".to_owned(), true));
        }
        let (said, is_ok) = health(server.folder(), &listen, &[], &[]);
        assert!(!is_ok, "plain HTTP: {said}");
    }
}

#[test]
fn a_server_that_cannot_use_its_database_is_alive_and_not_ready() {
    let server = Server::start(&[]);
    let listen = server.address().to_string();
    std::fs::remove_file(server.folder().join("zaibo.db")).expect("deleted");
    let (said, is_ok) = health(server.folder(), &listen, &[], &[]);
    assert!(is_ok, "{said}");
    let (said, is_ok) = health(server.folder(), &listen, &["--ready"], &[]);
    assert!(!is_ok && said.contains("/readyz: store: "), "{said}");
}

#[test]
fn nobody_silence_and_nonsense_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = listener.local_addr().expect("an address").to_string();
    // A held database may keep `/readyz` waiting for 4 s.
    for (words, wait) in [(&[][..], "within 3s"), (&["--ready"], "within 5s")] {
        let (said, is_ok) = health(folder.path(), &listen, words, &[]);
        assert!(!is_ok && said.contains(wait), "{said}");
    }
    let answering = std::thread::spawn(move || {
        // The first two connections are those of the silence.
        let mut sockets = listener.incoming();
        let _silent = [sockets.next(), sockets.next()];
        let mut socket = sockets.next().expect("a client").expect("a socket");
        let answer = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n";
        socket.write_all(answer).expect("sent");
        listener
    });
    let (said, is_ok) = health(folder.path(), &listen, &[], &[]);
    assert!(!is_ok && said.contains("/healthz: status 500"), "{said}");
    drop(answering.join().expect("a listener"));
    let (said, is_ok) = health(folder.path(), &listen, &[], &[]);
    assert!(!is_ok && said.contains("Connection refused"), "{said}");
    assert!(said.contains("start the server"), "{said}");
    let (said, is_ok) = health(folder.path(), "127.0.0.1:0", &[], &[]);
    assert!(!is_ok && said.contains("http.listen has port 0"), "{said}");
    let (said, is_ok) = health(folder.path(), "nowhere", &[], &[]);
    assert!(!is_ok && said.contains("http.listen"), "{said}");
}

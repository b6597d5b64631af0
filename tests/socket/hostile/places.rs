//! Places for connections: an idle connection loses its place when others need it.

use std::io::ErrorKind;
use std::process::Command;

use super::STRANGER;
use crate::raw::{Raw, head};
use crate::server::{Server, command, eventually};

#[test]
fn eighty_idle_connections_on_sixty_four_places_keep_nobody_out() {
    let server = Server::start(&[("ZAIBO_HTTP__MAX_CONNECTIONS", "64")]);
    let health = head("GET", "/healthz", &[]);
    let mut idle = Vec::new();
    for _ in 0..80 {
        let mut raw = Raw::connect_from(STRANGER, server.address());
        raw.send(&health);
        // The later connections wait for a place that an earlier one loses.
        assert_eq!(raw.response().status, 200);
        idle.push(raw);
    }
    let cut = server.counted(r#"zaibo_connections_cut_total{reason="crowded"}"#);
    assert!(cut >= 16, "{cut}");
    let log = server.logged("three quarters of http.max_connections");
    let told = log.matches("three quarters of").count();
    assert!((told as u64) < cut, "not a line for each: {log}");
    // The connections that lost their places were closed in good order.
    let mut gone = 0;
    for raw in &mut idle {
        raw.offer(&health);
        match raw.try_response() {
            Ok(response) => assert_eq!(response.status, 200),
            Err(cause) => {
                let in_order = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
                assert!(in_order.contains(&cause.kind()), "{cause}");
                gone += 1;
            }
        }
    }
    assert!(gone >= 16, "{gone}");
}

#[test]
fn connections_that_are_in_use_keep_their_places() {
    let server = Server::start(&[("ZAIBO_HTTP__MAX_CONNECTIONS", "64")]);
    let host = server.newcomer("host");
    let room = host.go_live();
    let idle: Vec<Raw> = (0..56)
        .map(|_| {
            let mut raw = Raw::connect_from(STRANGER, server.address());
            raw.send(head("GET", "/healthz", &[]));
            assert_eq!(raw.response().status, 200);
            raw
        })
        .collect();
    let mut used = Raw::connect(server.address());
    let crowded = r#"zaibo_connections_cut_total{reason="crowded"}"#;
    eventually("others to lose their places", || {
        used.send(head("GET", "/healthz", &[]));
        assert_eq!(used.response().status, 200);
        host.beat(room, 1).ok();
        (server.counted(crowded) > 4).then_some(())
    });
    drop(idle);
}

#[test]
fn with_too_few_open_files_the_server_does_not_start_and_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = command(folder.path(), &[]);
    let settings = server.get_envs();
    let ended = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\""])
        .arg(server.get_program())
        .envs(settings.filter_map(|(name, value)| Some((name, value?))))
        .current_dir(folder.path())
        .output()
        .expect("an end");
    assert!(!ended.status.success());
    let said = String::from_utf8(ended.stderr).expect("text");
    assert!(said.contains("ulimit -n"), "{said}");
}

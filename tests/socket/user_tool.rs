//! `zaibo user passwd`: an operator gives a user another password, beside a running server.

use std::io::Write;
use std::process::{Output, Stdio};

use crate::client::PASSWORD;
use crate::server::{Server, command, eventually};

/// Runs `zaibo user passwd` in the folder of a server, with this on standard input.
fn passwd(server: &Server, id: &str, typed: &str) -> Output {
    let mut tool = command(server.folder(), &[])
        .args(["user", "passwd", id])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the tool");
    let mut input = tool.stdin.take().expect("its input");
    input.write_all(typed.as_bytes()).expect("typed");
    drop(input);
    tool.wait_with_output().expect("its end")
}

#[test]
fn an_operator_sets_a_password_and_a_running_server_signs_the_user_out() {
    let server = Server::start(&[]);
    let (anna, otto) = (server.newcomer("anna"), server.newcomer("otto"));
    let room = otto.go_live();
    anna.enter(room).ok();
    let done = passwd(&server, &anna.id, "new secret\nnot read\n");
    let said = String::from_utf8(done.stdout).expect("text");
    assert!(done.status.success(), "{said}");
    assert!(said.contains("has a new password"), "{said}");
    eventually("the end of a session", || {
        (anna.beat(room, 0).code == 10009).then_some(())
    });
    otto.beat(room, 1).is(0);
    server.client().login(&anna.id, "new secret").is(0);
    assert!(!server.log().contains("new secret"));
}

#[test]
fn nobody_and_an_empty_password_are_refused() {
    let server = Server::start(&[]);
    let anna = server.newcomer("anna");
    for (id, typed, why) in [
        ("nobody", "secret\n", "nobody is registered as \"nobody\""),
        (" ", "secret\n", "nobody is registered as \" \""),
        (&anna.id, "\n", "1 to 128 bytes"),
        (&anna.id, "", "1 to 128 bytes"),
    ] {
        let refused = passwd(&server, id, typed);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{id:?}");
        assert!(said.contains(why), "{said}");
    }
    server.client().login(&anna.id, PASSWORD).is(0);
}

//! `zaibo inbox`: lists events and replays them, both with and without a running server.

use serde_json::{Value, json};

use super::{Teller, files, recorded};
use crate::engine::Records;
use crate::server::{Server, command, eventually};

/// Runs `zaibo inbox` with these arguments in the folder of a server, and returns the output.
fn inbox(server: &Server, words: &[&str]) -> String {
    let output = command(server.folder(), &[])
        .arg("inbox")
        .args(words)
        .output()
        .expect("the tool");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let complaint = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.success(), complaint.is_empty(), "{complaint}");
    text + &complaint
}

#[test]
fn the_list_says_what_came_and_an_event_is_shown_without_its_signature() {
    let server = Server::start(&[]);
    assert!(inbox(&server, &[]).contains("the inbox is empty"));
    let teller = Teller::of(&server);
    let room = server.newcomer("host").create();
    teller.tell("live", &recorded(room, "known"));
    teller.tell("live", &recorded(4711, "unknown"));
    let list = inbox(&server, &[]);
    assert!(
        list.starts_with("live done 1, live unmatched 1\n"),
        "{list}"
    );
    assert!(
        list.contains("file known") && list.contains("file unknown"),
        "{list}"
    );
    let unmatched = inbox(&server, &["--state", "unmatched"]);
    assert!(
        !unmatched.contains("file known") && unmatched.contains("4711"),
        "{unmatched}"
    );
    let none = inbox(&server, &["--sender", "im"]);
    assert!(none.ends_with("no event is like that\n"), "{none}");
    let shown = inbox(&server, &["show", "2"]);
    assert!(
        shown.contains("unmatched") && shown.contains("\"file_id\": \"unknown\""),
        "{shown}"
    );
    assert!(!shown.contains("5ec4e7"), "{shown}");
    assert!(inbox(&server, &["show", "3"]).contains("there is no event 3"));
}

#[test]
fn what_a_sender_writes_is_spelled_out_for_terminals_and_the_log() {
    let server = Server::start(&[("ZAIBO_LOG__FILTER", "debug")]);
    let teller = Teller::of(&server);
    let hostile = "f\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\n2026-01-01T00:00:00Z ERROR zaibo: forged";
    let mut event = recorded(4711, hostile);
    event["stream_id"] = hostile.into();
    event["task\u{9b}2J\u{7f}"] = hostile.into();
    assert_eq!(teller.tell("live", &event), 200);
    let im = json!({"CallbackCommand": hostile, "GroupId": hostile});
    assert_eq!(teller.tell("im", &im), 200);
    let obeyed = |text: &str| {
        let hidden = |letter: char| letter != '\n' && letter.is_control();
        text.chars()
            .any(|letter| hidden(letter) || letter == '\u{202e}')
    };
    for words in [&[][..], &["show", "1"], &["show", "2"]] {
        let shown = inbox(&server, words);
        assert!(!obeyed(&shown), "{shown:?}");
        assert!(shown.contains("\\u001b]0;owned"), "{shown}");
    }
    let shown = inbox(&server, &["show", "1"]);
    let body = shown.split_once("\n\n").expect("a body").1;
    let mut body: Value = serde_json::from_str(body).expect("still JSON");
    body["sign"] = event["sign"].clone();
    assert_eq!(body, event);
    let log = server.logged("callback kept");
    assert!(!obeyed(&log), "{log:?}");
    assert!(
        !log.lines().any(|line| line.starts_with("2026-01-01")),
        "{log}"
    );
}

#[test]
fn an_unmatched_event_is_tried_again_for_the_room_that_somebody_names() {
    let server = Server::start(&[]);
    let teller = Teller::of(&server);
    let host = server.newcomer("host");
    let room = host.go_live();
    for file in ["beside", "without"] {
        teller.tell("live", &recorded(4711, file));
    }
    let vain = inbox(&server, &["replay", "1"]);
    assert!(
        vain.starts_with("event 1 is unmatched (room 4711)") && vain.contains("--room"),
        "{vain}"
    );
    let room_named = room.to_string();
    let done = inbox(&server, &["replay", "1", "--room", &room_named]);
    assert_eq!(done, format!("event 1 is done (room {room})\n"));
    assert_eq!(files(&host), ["beside"]);
    let again = inbox(&server, &["replay", "1"]);
    assert_eq!(again, "event 1 is done: there is nothing to try again\n");
    let mut server = server;
    server.kill_nine();
    let done = inbox(&server, &["replay", "2", "--room", &room_named]);
    assert_eq!(done, format!("event 2 is done (room {room})\n"));
    let server = server.restart();
    assert_eq!(files(&host.at(server.client())), ["without", "beside"]);
}

#[test]
fn a_room_that_is_imported_beside_a_running_server_gets_what_was_kept_for_it() {
    let server = Server::start(&[]);
    let host = server.newcomer("host");
    Teller::of(&server).tell("live", &recorded(4711, "f"));
    let import = format!(
        "INSERT INTO rooms (roomnum, host, created_at) VALUES (4711, '{}', 1)",
        host.id
    );
    Records::of(server.folder()).execute(&import);
    eventually("the room to be adopted", || {
        (files(&host) == ["f"]).then_some(())
    });
}

#[test]
fn without_a_database_the_tool_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command(folder.path(), &[])
        .arg("inbox")
        .output()
        .expect("the tool");
    assert!(!output.status.success());
    let complaint = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(complaint.contains("start the server"), "{complaint}");
}

//! The example of the settings file: the server starts with it unchanged, and with every line of it
//! active.

use std::fs;
use std::sync::Arc;

use crate::server::{Server, command};

const EXAMPLE: &str = include_str!("../../../zaibo.example.toml");

/// The values that the comments of the example show for lists; they are active as well.
const SHOWN: &[(&str, &str)] = &[
    (
        "[{ appid = 1400000001, usersig_key = \"…\" }]",
        "cloud.apps",
    ),
    ("[\"anna\", \"otto\"]", "accounts.admins"),
    (
        "[\"192.0.2.0/24\", \"2001:db8::/32\"]",
        "callback.allow_from",
    ),
];

fn start(settings: &str) -> Server {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    fs::write(folder.path().join("mine.toml"), settings).expect("written");
    let mut program = command(folder.path(), &[]);
    program.args(["--config", "mine.toml"]);
    Server::of(program, folder, &[])
}

#[test]
fn a_server_starts_from_the_example_as_it_is_and_with_every_line_of_it_in_force() {
    let in_force = EXAMPLE.replace("#: ", "");
    assert_ne!(in_force, EXAMPLE);
    for settings in [EXAMPLE, &in_force] {
        let mut server = start(settings);
        server.newcomer("somebody").go_live();
        assert!(server.terminate().success());
        assert!(!server.log().contains("ERROR"), "{}", server.log());
    }
}

#[test]
fn the_values_that_its_comments_show_are_taken() {
    for (value, key) in SHOWN {
        assert!(EXAMPLE.contains(value), "{key}: the example shows {value}");
        let (section, name) = key.split_once('.').expect("a section");
        drop(start(&format!("[{section}]\n{name} = {value}\n")));
    }
}

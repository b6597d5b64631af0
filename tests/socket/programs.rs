//! Programs that tests run beside the server, where they are installed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An installed program.
pub(crate) fn program(name: &str) -> Option<Command> {
    let places = [PathBuf::from(name), Path::new("/usr/sbin").join(name)];
    let version: &[&str] = match name {
        "caddy" => &["version"],
        "prometheus" => &["--version"],
        // An earlier one does not know this option, and is no good.
        "node" => &["--experimental-websocket", "--version"],
        _ => &["-v"],
    };
    first(name, places, version).map(Command::new)
}

/// The first of some places at which a program says its version. If it is at none of them, the test is
/// skipped, and a message is written directly to standard error, because the test runner hides the output of
/// passing tests. In CI every program has to be installed.
pub(crate) fn first(
    name: &str,
    places: impl IntoIterator<Item = PathBuf>,
    version: &[&str],
) -> Option<PathBuf> {
    let found = places.into_iter().find(|place| {
        let tried = Command::new(place)
            .args(version)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        let missing = format!("{name} is not installed, or too old");
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        let line = format!("\nNOT TESTED with {name}: {missing}\n");
        let _ = io::stderr().write_all(line.as_bytes());
    }
    found
}

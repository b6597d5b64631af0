//! `zaibo key new`: makes a key for a server of the app, and shows it once.

use std::io;

use super::args::KeyAction;
use super::terminal::print;
use crate::domain::KeyRight;
use crate::error::Fault;
use crate::service::NewKey;
use crate::settings::Key;

/// Runs the command. It needs neither a server nor a database.
///
/// # Errors
/// If the name is none, the system has no random bits, or the key cannot be printed.
pub fn run(action: &KeyAction) -> Result<(), Fault> {
    let KeyAction::New { name } = action;
    if !Key::is_name(name) {
        return Err(Fault::new(
            "making a key",
            format!("a name has to be {}", Key::NAMES),
        ));
    }
    let key = NewKey::random()?;
    let (text, hash, right) = (key.expose(), key.hash(), KeyRight::Beats.as_str());
    let lines = format!(
        "the key, which is shown this once: {text}\n\
        for zaibo.toml, which has only its hash:\n\n\
        [[admin.keys]]\nname = \"{name}\"\nsha256 = \"{hash}\"\nmay = [\"{right}\"]"
    );
    let printed = print(&mut io::stdout().lock(), format_args!("{lines}"));
    printed.map_err(|error| error.into_fault("printing a key"))
}

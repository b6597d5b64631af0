//! `zaibo user passwd`: gives a user another password, while a server may be running.

use std::io::{self, IsTerminal, Write};

use console::Term;

use super::args::UserAction;
use super::terminal::print;
use crate::database_url::DatabaseUrl;
use crate::domain::Uid;
use crate::error::{Error, Fault};
use crate::passwords::Passwords;
use crate::service::Network;
use crate::settings::Settings;
use crate::store::set_password;

/// What is being done when it fails.
const DOING: &str = "setting a password";

/// The longest password, in bytes, as the live API takes it.
const LONGEST: usize = 128;

/// Runs the command.
///
/// # Errors
/// The reason, for the operator.
pub fn run(action: &UserAction, settings: &Settings) -> Result<(), Fault> {
    let UserAction::Passwd { id } = action;
    let opening = settings.store.opening();
    let opening = opening.map_err(|why| Fault::new("reading the settings", why))?;
    let done = set(id, &opening.url, settings, &mut io::stdout().lock());
    done.map_err(|error| error.into_fault(DOING))
}

fn set(
    id: &str,
    url: &DatabaseUrl,
    settings: &Settings,
    out: &mut impl Write,
) -> Result<(), Error> {
    let nobody = || Fault::new(DOING, format!("nobody is registered as {id:?}"));
    let uid = Uid::parse(id).ok_or_else(nobody)?;
    let costs = &settings.accounts;
    let passwords = Passwords::<Network>::new(costs.argon2_memory_kib, costs.argon2_passes, 1)?;
    let hash = passwords.hash_now(&new_password()?)?;
    if !set_password(url, &uid, &hash)? {
        return Err(nobody().into());
    }
    print(
        out,
        format_args!(
            "{id:?} has a new password; their sessions have ended, for a running server within seconds"
        ),
    )
}

/// The new password: typed twice at a terminal, which does not show it, or the first line of standard
/// input. It is no argument, because everybody on a machine can read those.
fn new_password() -> Result<String, Fault> {
    let unread = |cause| Fault::new("reading the new password", cause);
    let refused = |why: &str| Fault::new("reading the new password", why);
    let input = io::stdin();
    let password = if input.is_terminal() {
        let typed = ask("new password: ").map_err(unread)?;
        if typed != ask("the same again: ").map_err(unread)? {
            return Err(refused("they are not the same"));
        }
        typed
    } else {
        let line = input.lines().next().transpose().map_err(unread)?;
        line.unwrap_or_default()
    };
    if (1..=LONGEST).contains(&password.len()) {
        Ok(password)
    } else {
        Err(refused("it has to be 1 to 128 bytes long"))
    }
}

fn ask(what: &str) -> io::Result<String> {
    let terminal = Term::stderr();
    terminal.write_str(what)?;
    terminal.read_secure_line()
}

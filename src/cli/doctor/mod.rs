//! `zaibo doctor`: examines the settings, the database and the machine, and says what to do. It changes
//! no data, and works beside a running server and without one.

mod certificate;
mod keys;
mod network;

use std::io;
use std::os::unix::fs::PermissionsExt;

use super::terminal::print;
use crate::clock::Clock;
use crate::error::Fault;
use crate::settings::{Loaded, SettingsError};
use crate::store::{Finding, Level, examine};

/// Prints a line for everything that was examined.
///
/// # Errors
/// If a server can not work like this, or nothing can be printed.
pub fn run(loaded: Result<Loaded, SettingsError>) -> Result<(), Fault> {
    let findings = match loaded {
        Ok(loaded) => all(&loaded),
        Err(refused) => vec![Finding::fail("settings", refused.to_string())],
    };
    let out = &mut io::stdout().lock();
    for Finding {
        level,
        subject,
        text,
    } in &findings
    {
        let line = format_args!("{:4}  {subject:11}  {text}", level.as_str());
        print(out, line).map_err(|error| error.into_fault("printing"))?;
    }
    let is_failure = |finding: &&Finding| finding.level == Level::Fail;
    match findings.iter().filter(is_failure).count() {
        0 => Ok(()),
        failures => {
            let cause = format!("{failures} of {} lines begin with \"fail\"", findings.len());
            Err(Fault::new("examining", cause))
        }
    }
}

fn all(loaded: &Loaded) -> Vec<Finding> {
    let settings = &loaded.settings;
    let mut findings = of_settings(loaded);
    match settings.store.opening() {
        Ok(opening) => findings.extend(examine(
            &opening,
            settings.callback.max_body_bytes,
            Clock::system(),
        )),
        Err(refused) => findings.push(Finding::fail("database", refused)),
    }
    findings.extend(keys::of_database(&settings.store));
    findings.extend(keys::of_apps(&settings.cloud));
    findings.extend(keys::of_callbacks(&settings.callback));
    let now = Clock::system().unix();
    findings.extend(certificate::examine(&settings.http, now));
    findings.push(network::proxies(&settings.http));
    findings.push(network::operators(&settings.ops));
    findings.push(network::open_files(&settings.http, &settings.push));
    findings
}

fn of_settings(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = vec![Finding::ok(
        "settings",
        match &loaded.file {
            Some(file) => format!("{} and the environment are understood", file.display()),
            None => {
                "there is no zaibo.toml in this folder: defaults and the environment".to_owned()
            }
        },
    )];
    let warnings = loaded.warnings.iter();
    findings.extend(warnings.map(|warning| Finding::warn("settings", warning)));
    if let Some(file) = &loaded.file {
        let mode = file.metadata().map(|file| file.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o007 != 0) {
            findings.push(Finding::warn(
                "settings",
                format!(
                    "everybody on this machine can read {} and the keys in it; chmod o= it",
                    file.display()
                ),
            ));
        }
    }
    findings
}

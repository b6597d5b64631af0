//! Settings: defaults, then `zaibo.toml`, then the environment, then flags. What is not known or
//! out of range is refused at start, with a line that says which and why.

mod accounts;
mod admin;
mod callback;
mod check;
mod cloud;
mod compat;
mod cos;
mod given;
mod guests;
mod http;
mod log;
mod ops;
mod push;
mod retired;
mod rooms;
mod section;
mod store;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::Value;
use serde::{Deserialize, Serialize};

pub use accounts::Accounts;
pub use admin::{Admin, Key};
pub use callback::{Callback, Unsigned};
pub use cloud::{App, Cloud};
pub use compat::{Compat, PlayUrl, RecordlistIndex, RecordlistTotal};
pub use cos::Cos;
pub use guests::Guests;
pub use http::{Http, LEAST_CONNECTIONS, OTHER_FILES, RequestSign, TlsFiles, files_for};
pub use log::{Log, LogFormat};
pub use ops::{Ops, OpsListen};
pub use push::Push;
pub use rooms::Rooms;
pub use store::{Checkpoints, Store, StoreUrl};

use self::given::Given;
use self::section::Section;

/// The file that is read if it is there.
const FILE: &str = "zaibo.toml";

/// Every setting.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The server that clients talk to.
    pub http: Http,
    /// What operators ask.
    pub ops: Ops,
    /// The database.
    pub store: Store,
    /// The rules for every room.
    pub rooms: Rooms,
    /// What clients are told of by themselves.
    pub push: Push,
    /// Tokens, passwords, and who may do more than others.
    pub accounts: Accounts,
    /// People who watch without an account, by the live API.
    pub guests: Guests,
    /// The servers of the app that may act here without being users.
    pub admin: Admin,
    /// Where published clients contradict each other.
    pub compat: Compat,
    /// The video cloud.
    pub cloud: Cloud,
    /// What the video cloud reports, and how its senders are known.
    pub callback: Callback,
    /// The object storage that covers are put into.
    pub cos: Cos,
    /// The log.
    pub log: Log,
}

/// What the command line says; it wins over everything else.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// Another file than `zaibo.toml`; it has to exist.
    pub config: Option<PathBuf>,
    /// `http.listen`.
    pub listen: Option<String>,
    /// `store.url`.
    pub store_url: Option<String>,
    /// What a newcomer tries on a laptop is allowed: `callback.unsigned = "loopback"`,
    /// `guests.enabled = true`.
    pub dev: bool,
}

/// Settings, and what whoever wrote them should know.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The file that was read; `None` if there is none.
    pub file: Option<PathBuf>,
    /// Lines for the log, as of keys of earlier versions.
    pub warnings: Vec<String>,
}

/// Why the settings are refused, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(String);

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    /// A line that says which setting is refused and why.
    pub fn load(flags: &Flags) -> Result<Loaded, SettingsError> {
        Self::load_from(Path::new("."), std::env::vars_os(), flags).map_err(SettingsError)
    }

    fn load_from(
        folder: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &Flags,
    ) -> Result<Loaded, String> {
        let file = match &flags.config {
            Some(named) => named.clone(),
            None => folder.join(FILE),
        };
        // A file that is there and can not be read is not passed over: other settings than those
        // that somebody wrote could open a door.
        let is_there = flags.config.is_some() || file.is_symlink() || file.exists();
        if is_there && !file.is_file() {
            return Err(format!("there is no settings file {}", file.display()));
        }
        let mut warnings = Vec::new();
        let mut given = Figment::from(Serialized::defaults(Self::default()));
        if is_there {
            let file = Given::file(Toml::file_exact(&file));
            given = given.merge(file.translated(&mut warnings)?);
        }
        let variables = given::variables(environment, &Self::sections());
        for variable in variables? {
            given = given.merge(variable.translated(&mut warnings)?);
        }
        let text = |text: &Option<String>| text.clone().map(Value::from);
        for (flag, key, value) in [
            ("--listen", "http.listen", text(&flags.listen)),
            ("--store-url", "store.url", text(&flags.store_url)),
            (
                "--dev",
                "callback.unsigned",
                flags.dev.then(|| Value::from("loopback")),
            ),
            (
                "--dev",
                "guests.enabled",
                flags.dev.then(|| Value::from(true)),
            ),
        ] {
            if let Some(value) = value {
                given = given.merge(Given::one(format!("flag {flag}"), key, value));
            }
        }
        let settings: Self = given.extract().map_err(check::explain)?;
        settings.check()?;
        Ok(Loaded {
            settings,
            file: is_there.then_some(file),
            warnings,
        })
    }

    /// Refuses the first setting that is out of its range or makes no sense beside the others.
    fn check(&self) -> Result<(), String> {
        let Self {
            http,
            ops,
            store,
            rooms,
            push,
            accounts,
            guests,
            admin,
            compat,
            cloud,
            callback,
            cos,
            log,
        } = self;
        http.check_ranges()?;
        http.check()?;
        ops.check_ranges()?;
        store.check_ranges()?;
        store.check()?;
        rooms.check_ranges()?;
        push.check_ranges()?;
        accounts.check_ranges()?;
        guests.check_ranges()?;
        admin.check_ranges()?;
        admin.check()?;
        compat.check_ranges()?;
        cloud.check_ranges()?;
        cloud.check()?;
        callback.check_ranges()?;
        callback.check()?;
        cos.check_ranges()?;
        cos.check()?;
        log.check_ranges()?;
        log.check()
    }

    /// Every section, in their order.
    fn sections() -> [Section; 13] {
        [
            Http::section(),
            Ops::section(),
            Store::section(),
            Rooms::section(),
            Push::section(),
            Accounts::section(),
            Guests::section(),
            Admin::section(),
            Compat::section(),
            Cloud::section(),
            Callback::section(),
            Cos::section(),
            Log::section(),
        ]
    }
}

//! Settings: defaults, then `zaibo.toml`, then the environment, then flags. What is not known or
//! out of range is refused at start, with a line that says which and why.

mod callback;
mod check;
mod cloud;
mod cos;
mod given;
mod ops;
mod retired;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use callback::{Callback, Unsigned};
pub use cloud::{App, Cloud};
pub use cos::Cos;
pub use ops::{Ops, OpsListen};

use self::given::Given;
use crate::secret::Secret;

/// The file that is read if it is there.
const FILE: &str = "zaibo.toml";

/// Every setting.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The door.
    pub http: Http,
    /// What operators ask.
    pub ops: Ops,
    /// The database.
    pub store: Store,
    /// Rules for rooms.
    pub rooms: Rooms,
    /// Tokens and passwords.
    pub accounts: Accounts,
    /// Where published clients contradict each other.
    pub compat: Compat,
    /// The video cloud.
    pub cloud: Cloud,
    /// What the video cloud tells.
    pub callback: Callback,
    /// The object storage that covers are put into.
    pub cos: Cos,
    /// The log.
    pub log: Log,
}

/// The door.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address and port.
    pub listen: SocketAddr,
    /// Worker threads; 0 means one per core.
    pub workers: usize,
    /// A larger body is refused unread.
    pub max_body_bytes: usize,
    /// Connections at once; more wait to be accepted. When three quarters are taken, those that are
    /// idle for longest make room.
    pub max_connections: usize,
    /// Connections at once of one IPv4 address or IPv6 /64, never more than half of all; who has more
    /// is hung up on. 0 means as many as they like. This machine and trusted proxies are not counted.
    pub connections_per_peer: usize,
    /// Networks of the proxies in front: only they are believed when `X-Forwarded-For` names another
    /// client than the peer.
    #[serde(deserialize_with = "check::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Whether clients sign their requests, as the document has it. No published client does.
    pub request_sign: RequestSign,
    /// What server and clients share for that.
    #[serde(with = "check::secret")]
    pub request_sign_key: Secret,
}

/// Whether clients sign their requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestSign {
    /// Nobody looks.
    Off,
    /// A sign is checked where there is one.
    Optional,
    /// A request without a sign is refused.
    Required,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            workers: 0,
            max_body_bytes: 65536,
            max_connections: 20_000,
            connections_per_peer: 2000,
            trusted_proxies: Vec::new(),
            request_sign: RequestSign::Off,
            request_sign_key: Secret::default(),
        }
    }
}

/// The database.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// `sqlite://path`. The schema is made and brought up to date at start.
    pub url: String,
    /// Writes that share one commit at the most; 1 gives each a commit of its own.
    pub writes_per_commit: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            url: "sqlite://zaibo.db".to_owned(),
            writes_per_commit: 512,
        }
    }
}

impl Store {
    /// The database file.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(self.url.strip_prefix("sqlite://").unwrap_or_default())
    }
}

/// Rules for rooms.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rooms {
    /// Seconds of silence before a viewer or linked member is dropped.
    pub member_timeout_s: u64,
    /// Seconds of silence of its host before a live ends.
    pub host_timeout_s: u64,
    /// As `member_timeout_s`, once the cloud has seen the member go.
    pub doubted_member_timeout_s: u64,
    /// As `host_timeout_s`, once the cloud has seen the host go.
    pub doubted_host_timeout_s: u64,
    /// Seconds for which the host of a room that the cloud dismissed may show that their live goes on.
    pub dismissal_grace_s: u64,
    /// Seconds after a stream stopped before its room shows that there is none.
    pub stream_grace_s: u64,
    /// Who may go on mic.
    pub mic_policy: MicPolicy,
    /// How many may be on mic at once, beside the host.
    pub mic_seats: usize,
    /// Rooms that one user may create in a minute, and at once; 0 means as many as they like.
    pub creates_per_minute: u32,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            member_timeout_s: 35,
            host_timeout_s: 90,
            doubted_member_timeout_s: 15,
            doubted_host_timeout_s: 45,
            dismissal_grace_s: 15,
            stream_grace_s: 60,
            mic_policy: MicPolicy::Open,
            mic_seats: 3,
            creates_per_minute: 60,
        }
    }
}

/// Who may go on mic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MicPolicy {
    /// Whoever finds a free seat, as with the original.
    Open,
    /// Whom the host approved.
    Approve,
}

/// Tokens and passwords.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// Days after which an unused token is refused.
    pub token_idle_days: u64,
    /// Memory of a new password hash, in KiB.
    pub argon2_memory_kib: u32,
    /// Passes of a new password hash.
    pub argon2_passes: u32,
    /// Accounts that one IPv4 address or IPv6 /64 may register in a minute, ten minutes' worth of
    /// it at once; 0 means as many as they like.
    pub registrations_per_minute: u32,
    /// The ids of the users who may kick others out (`account/kickout`).
    pub admins: Vec<String>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            token_idle_days: 7,
            argon2_memory_kib: 19456,
            argon2_passes: 2,
            registrations_per_minute: 120,
            admins: Vec::new(),
        }
    }
}

/// Where published clients contradict each other.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compat {
    /// What `index` of `recordlist` means.
    pub recordlist_index: RecordlistIndex,
    /// How `recordlist` sends the number of all recordings.
    pub recordlist_total: RecordlistTotal,
    /// How `recordlist` sends a recording's address.
    pub playurl: PlayUrl,
    /// Keys of `authPrivMap` let viewers send audio and video too. For iOS and macOS apps of 2018,
    /// which fetch one key on entering and go on mic with it, if the cloud's app has advanced
    /// permission control on.
    pub viewer_keys_may_send: bool,
}

impl Default for Compat {
    fn default() -> Self {
        Self {
            recordlist_index: RecordlistIndex::Auto,
            recordlist_total: RecordlistTotal::Number,
            playurl: PlayUrl::Array,
            viewer_keys_may_send: false,
        }
    }
}

/// What `index` of `recordlist` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordlistIndex {
    /// A multiple of `size` is a row offset, anything else a page number.
    Auto,
    /// A row offset from 0.
    Offset,
    /// A page number from 1.
    Page,
}

/// How `recordlist` sends the number of all recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordlistTotal {
    /// As a number, as the document has it.
    Number,
    /// As a text, as the Apple app of 2018 reads it.
    Text,
}

/// How `recordlist` sends a recording's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlayUrl {
    /// As an array of one text, as the apps read it.
    Array,
    /// As a text, as the document has it.
    Text,
}

/// The log. It goes to standard error.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Lines for people or for machines.
    pub format: LogFormat,
    /// What is logged, as `info` or `info,zaibo::rooms=debug`. By default not what the web server says of itself.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info,actix_server=warn".to_owned(),
        }
    }
}

/// Lines for people or for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
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
    /// What a newcomer tries on a laptop is allowed: `callback.unsigned = "loopback"`.
    pub dev: bool,
}

/// Settings, and what whoever wrote them should know.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Lines for the log, as of keys that do nothing any more.
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
        Self::load_from(Path::new("."), std::env::vars_os(), flags)
    }

    fn load_from(
        folder: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &Flags,
    ) -> Result<Loaded, SettingsError> {
        let file = match &flags.config {
            Some(named) => named.clone(),
            None => folder.join(FILE),
        };
        // A file that is there and can not be read is not passed over: other settings than those
        // that somebody wrote could open a door.
        let is_there = flags.config.is_some() || file.is_symlink() || file.exists();
        if is_there && !file.is_file() {
            return Err(SettingsError(format!(
                "there is no settings file {}",
                file.display()
            )));
        }
        let mut warnings = Vec::new();
        let mut given = Figment::from(Serialized::defaults(Self::default()));
        if is_there {
            let file = Given::file(Toml::file_exact(file));
            given = given.merge(file.without_retired(&mut warnings)?);
        }
        for (name, value) in environment {
            // Variables of others may be no text at all.
            let Some(name) = name.to_str() else {
                continue;
            };
            if let Some(key) = name.strip_prefix(given::PREFIX) {
                let value = value
                    .to_str()
                    .ok_or_else(|| SettingsError(format!("{name}: its value is not UTF-8")))?;
                let variable = Given::variable(name, key, value)?;
                given = given.merge(variable.without_retired(&mut warnings)?);
            }
        }
        for (flag, key, value) in [
            ("--listen", "http.listen", flags.listen.as_deref()),
            ("--store-url", "store.url", flags.store_url.as_deref()),
            (
                "--dev",
                "callback.unsigned",
                flags.dev.then_some("loopback"),
            ),
        ] {
            if let Some(value) = value {
                given = given.merge(Given::text(format!("flag {flag}"), key, value));
            }
        }
        let settings: Self = given
            .extract()
            .map_err(|error| SettingsError(check::explain(error)))?;
        check::ranges(&settings).map_err(SettingsError)?;
        Ok(Loaded { settings, warnings })
    }
}

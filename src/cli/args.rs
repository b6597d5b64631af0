//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::PossibleValue};

use crate::domain::{InboxState, Sender};
use crate::settings::Flags;

/// Where the settings stand.
const SETTINGS: &str = "Settings stand in zaibo.toml in this folder, or in the environment, as \
    ZAIBO_HTTP__LISTEN=127.0.0.1:8080.\nzaibo.example.toml has all of them. Nothing has to be set to try it.";

/// The business server of a live-streaming app.
#[derive(Debug, Parser)]
#[command(name = "zaibo", version, after_help = SETTINGS)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Settings file, instead of zaibo.toml in this folder.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Address and port, instead of http.listen.
    #[arg(long, value_name = "ADDR", global = true)]
    listen: Option<String>,
    /// Database, instead of store.url.
    #[arg(long, value_name = "URL", global = true)]
    store_url: Option<String>,
    /// Try it on a laptop: take callbacks without a key from this machine, and let guests in, instead of
    /// callback.unsigned and guests.enabled.
    #[arg(long, global = true)]
    dev: bool,
}

/// The commands of zaibo.
#[derive(Clone, Debug, Default, Subcommand)]
pub enum Command {
    /// Start the server. This is the default command.
    #[default]
    Serve,
    /// List the events received from the video cloud, and what became of them.
    Inbox(InboxArgs),
    /// Take over accounts, rooms and recordings from the database of the PHP server, or move a database
    /// of zaibo from SQLite to MySQL.
    Import(ImportArgs),
    /// Examine the settings, the database and this machine, and say what to do. The exit status is 0
    /// unless a line begins with "fail".
    Doctor,
    /// Ask the running server of these settings whether it answers. The exit status is 0 if it does,
    /// within 3 s.
    Health {
        /// Ask whether it can use its database too, and say what is wrong.
        #[arg(long)]
        ready: bool,
    },
    /// See to the account of a user, beside a running server or without one.
    #[command(subcommand)]
    User(UserAction),
    /// Keys for the servers of the app, which act here without being users.
    #[command(subcommand)]
    Key(KeyAction),
    /// Copy the database into a file, beside a running server or without one.
    Backup {
        /// The file to make. It must not exist.
        file: PathBuf,
    },
}

/// Actions on the account of a user.
#[derive(Clone, Debug, Subcommand)]
pub enum UserAction {
    /// Give them another password, and end all their sessions. It is typed at the terminal, or is the
    /// first line of standard input.
    Passwd {
        /// Their id.
        id: String,
    },
}

/// Actions on keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyAction {
    /// Make a key, and show it with what to write into the settings. It is stored nowhere.
    New {
        /// What the settings and the log call it.
        name: String,
    },
}

/// Options of `zaibo inbox`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct InboxArgs {
    /// Show or replay one event instead of the list.
    #[command(subcommand)]
    pub action: Option<InboxAction>,
    /// Only events in this state.
    #[arg(long)]
    pub state: Option<InboxState>,
    /// Only events of this sender.
    #[arg(long)]
    pub sender: Option<Sender>,
    /// Largest number of events, newest first.
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
}

/// Options of `zaibo import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// Database of the PHP server, as mysql://user:password@host:port/sxb_db; or one of zaibo, as
    /// sqlite://path, to move it to an empty one on MySQL. It is only read. With - the URL is read from
    /// standard input, so that no list of processes shows its password.
    #[arg(long, value_name = "URL")]
    pub from: String,
    /// Read and check everything, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Also write everything that was found into this file, a line for each row.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What to do with blanks in passwords: the PHP server did not compare them.
    #[arg(long, value_enum, default_value_t)]
    pub blanks: Blanks,
    /// Take over the sessions too, for seven days at most. Tokens of the PHP server can be guessed.
    #[arg(long)]
    pub keep_tokens: bool,
    /// Leave texts as they are that were stored in the wrong encoding.
    #[arg(long)]
    pub no_repair: bool,
    /// Memory of a password hash, instead of accounts.argon2_memory_kib. A hash that is cheaper than
    /// the settings say is renewed when its user logs in.
    #[arg(long, value_name = "N")]
    pub hash_memory_kib: Option<u32>,
}

/// What to do with blanks in the passwords of the PHP server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Blanks {
    /// Leave them out: so the user could log in until now.
    #[default]
    Strip,
    /// Keep them: so the user once chose the password.
    Keep,
}

/// Actions on one event.
#[derive(Clone, Debug, Subcommand)]
pub enum InboxAction {
    /// Show an event with its body.
    Show {
        /// Id of the event in the list.
        id: i64,
    },
    /// Try an unmatched event again, beside a running server or without one.
    Replay {
        /// Id of the event in the list.
        id: i64,
        /// The room of the event, if the event does not name it.
        #[arg(long, value_name = "NUMBER")]
        room: Option<u32>,
    },
}

impl clap::ValueEnum for InboxState {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}

impl clap::ValueEnum for Sender {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}

impl Cli {
    /// The command line of this process. Ends the process if it is not valid.
    pub fn of_process() -> Self {
        Self::parse()
    }

    /// The command to run.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or_default()
    }

    /// The flags that override settings.
    pub fn flags(self) -> Flags {
        Flags {
            config: self.config,
            listen: self.listen,
            store_url: self.store_url,
            dev: self.dev,
        }
    }
}

//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::PossibleValue};

use crate::domain::{InboxState, Sender};
use crate::settings::Flags;

/// The business server of a live-streaming app.
#[derive(Debug, Parser)]
#[command(name = "zaibo", version)]
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
    /// Try it on a laptop: take callbacks without a key from this machine, instead of
    /// callback.unsigned.
    #[arg(long, global = true)]
    dev: bool,
}

/// What zaibo can do.
#[derive(Clone, Debug, Default, Subcommand)]
pub enum Command {
    /// Start the server. That is what happens without a command as well.
    #[default]
    Serve,
    /// List what the video cloud told, and what became of it.
    Inbox(InboxArgs),
}

/// What to see of the inbox.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct InboxArgs {
    /// One event instead of the list.
    #[command(subcommand)]
    pub action: Option<InboxAction>,
    /// Only events in this state.
    #[arg(long)]
    pub state: Option<InboxState>,
    /// Only events of this sender.
    #[arg(long)]
    pub sender: Option<Sender>,
    /// How many, newest first.
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
}

/// What to do with one event.
#[derive(Clone, Debug, Subcommand)]
pub enum InboxAction {
    /// Show what an event says.
    Show {
        /// Its number in the list.
        id: i64,
    },
    /// Try an unmatched event again, beside a running server or without one.
    Replay {
        /// Its number in the list.
        id: i64,
        /// The room it belongs to, if it does not say so itself.
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
    /// The command line of this process. Ends the process if it makes no sense.
    pub fn of_process() -> Self {
        Self::parse()
    }

    /// What to do.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or_default()
    }

    /// The flags that are settings.
    pub fn flags(self) -> Flags {
        Flags {
            config: self.config,
            listen: self.listen,
            store_url: self.store_url,
            dev: self.dev,
        }
    }
}

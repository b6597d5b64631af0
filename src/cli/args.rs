//! The command line.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, builder::PossibleValue};

use crate::domain::Sender;
use crate::settings::Flags;
use crate::store::InboxState;

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
    /// Measure this build against a bare server, on this machine.
    #[cfg(target_os = "linux")]
    Bench(BenchArgs),
}

/// What to measure, and how to tell it.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// Measure only these parts.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    pub only: Vec<BenchPart>,
    /// How often each comparison is repeated; medians are told.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// Seconds for which each server is asked in each round.
    #[arg(long, default_value_t = 2.0, value_parser = within(0.1..=60.0))]
    pub seconds: f64,
    /// Members of the rooms whose memory and silence are measured.
    #[arg(long, default_value_t = 1_000_000, value_parser = within(10_000_usize..=10_000_000))]
    pub members: usize,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Also draw pictures of it (SVG) into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub pictures: Option<PathBuf>,
    /// Where databases are put meanwhile, instead of beside this program. It should be on the disk
    /// that is to be measured.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}

/// Takes a figure of that range, NaN being in none.
fn within<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: Clone + Display + FromStr + PartialOrd,
{
    move |text| {
        let figure = text.parse().ok().filter(|figure| range.contains(figure));
        figure.ok_or_else(|| format!("give {} to {}", range.start(), range.end()))
    }
}

/// A part of what can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum BenchPart {
    /// Two thousand people in a hundred rooms: beats, lists, logins.
    People,
    /// A hundred thousand rooms, one of them with as many members: start, lists.
    Lists,
    /// What is put on record: lives, callbacks, registrations.
    Records,
    /// A million members: memory, beats, and their silence.
    Million,
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

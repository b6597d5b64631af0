//! The arguments of the benchmark.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand, ValueEnum};

use crate::crowd::CrowdArgs;

/// Measures zaibo against a bare server, on this machine.
///
/// Build both first, in the same profile as this program:
/// cargo build --release && cargo build --release --example floor
#[derive(Clone, Debug, Parser)]
#[command(name = "zaibo-bench", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Measure only these parts.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    pub(crate) only: Vec<Part>,
    /// How often each comparison is repeated; the medians are printed.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// Seconds of load on each server in each round.
    #[arg(long, default_value_t = 2.0, value_parser = within(0.1..=60.0))]
    pub(crate) seconds: f64,
    /// Members in the measurements of memory and of silence.
    #[arg(long, default_value_t = 1_000_000, value_parser = within(10_000_usize..=10_000_000))]
    pub(crate) members: usize,
    /// Sockets in the measurements of pushing.
    #[arg(long, default_value_t = 10_000, value_parser = within(100_usize..=15_000))]
    pub(crate) sockets: usize,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Also draw pictures of the results (SVG) into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pictures: Option<PathBuf>,
    /// Folder for the databases, instead of the folder of this program. It should be on the disk
    /// that is to be measured.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

impl Args {
    /// Whether this part is selected.
    pub(crate) fn include(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// What is done instead of the measurement.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    Crowd(CrowdArgs),
}

/// Parses a number in that range. NaN is in no range.
fn within<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: Clone + Display + FromStr + PartialOrd,
{
    move |text| {
        let figure = text.parse().ok().filter(|figure| range.contains(figure));
        figure.ok_or_else(|| format!("give {} to {}", range.start(), range.end()))
    }
}

/// Parts of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Two thousand people in a hundred rooms: beats, lists, logins.
    People,
    /// A hundred thousand rooms, one of them with a hundred thousand members: start, lists.
    Lists,
    /// Writes to the database: lives, callbacks, registrations.
    Records,
    /// The same requests on SQLite and on a MariaDB that is started for it, if it is installed.
    Engines,
    /// Beats over HTTPS beside HTTP, on connections that are kept and on new ones.
    Https,
    /// Events to ten thousand sockets, beside nchan if it is installed.
    Push,
    /// A million members: memory, beats, a scrape of the metrics, and the moment when they fall silent.
    Million,
}

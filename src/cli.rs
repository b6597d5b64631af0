//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

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
}

/// What zaibo can do.
#[derive(Clone, Copy, Debug, Default, Subcommand)]
pub enum Command {
    /// Start the server. That is what happens without a command as well.
    #[default]
    Serve,
}

impl Cli {
    /// The command line of this process. Ends the process if it makes no sense.
    pub fn of_process() -> Self {
        Self::parse()
    }

    /// What to do.
    pub fn command(&self) -> Command {
        self.command.unwrap_or_default()
    }

    /// The flags that are settings.
    pub fn flags(self) -> Flags {
        Flags {
            config: self.config,
            listen: self.listen,
            store_url: self.store_url,
        }
    }
}

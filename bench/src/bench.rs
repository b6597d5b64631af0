//! The common setup of all measurements: the bare server, seeded databases, and comparisons.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use zaibo::clock::Clock;
use zaibo::database_url::{DatabaseUrl, Opening};
use zaibo::error::Fault;
use zaibo::passwords::Passwords;
use zaibo::store::Store;

use crate::args::Args;
use crate::child::{Child, Programs};
use crate::compare::{Comparison, Figures, measure};
use crate::load::{Load, Script};
use crate::scripts::{self, Seating};

/// The common setup of all measurements.
pub(crate) struct Bench {
    programs: Programs,
    bare: Child,
    /// The folder of databases and logs.
    pub(crate) folder: tempfile::TempDir,
    pub(crate) args: Args,
    pub(crate) bar: ProgressBar,
}

/// The shape of the load in one comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// Connections that are kept open.
    pub(crate) connections: usize,
    /// Requests per second of all connections together. `None`: each connection sends its next
    /// request as soon as it has its answer.
    pub(crate) pace: Option<f64>,
}

/// 64 connections, each of which sends its next request as soon as it has its answer.
pub(crate) const FULL: Way = Way {
    connections: 64,
    pace: None,
};

/// Memory in KiB and passes of a password hash: the default, and the least that the settings allow.
pub(crate) const DEFAULT_HASH: (u32, u32) = (19456, 2);
pub(crate) const LEAST_HASH: (u32, u32) = (8, 1);

impl Bench {
    /// Finds the programs and starts the bare server. `steps` is the length of the progress bar.
    ///
    /// # Errors
    /// If a program is missing or does not start, or if the folder for databases cannot be written.
    pub(crate) fn set_up(args: &Args, steps: u64) -> Result<Self, Fault> {
        let setting_up = |cause| Fault::new("setting up the measurement", cause);
        let own = std::env::current_exe().map_err(setting_up)?;
        let beside = own.parent().unwrap_or(Path::new("."));
        let programs = Programs::find(beside)?;
        let folder = args.folder.as_deref().unwrap_or(beside);
        let bar = ProgressBar::new(steps);
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta:>4} left  {msg}");
        bar.set_style(style.map_err(|cause| Fault::new("drawing a progress bar", cause))?);
        bar.enable_steady_tick(Duration::from_millis(200));
        Ok(Self {
            bare: Child::bare(&programs.bare)?,
            programs,
            folder: tempfile::Builder::new()
                .prefix("zaibo-bench-")
                .tempdir_in(folder)
                .map_err(setting_up)?,
            args: args.clone(),
            bar,
        })
    }

    /// Seeds a database with that name and returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn seed(
        &self,
        name: &str,
        people: usize,
        hosts: usize,
        (memory_kib, passes): (u32, u32),
    ) -> Result<PathBuf, Fault> {
        self.bar.set_message(format!("seeding {people} people"));
        let path = self.folder.path().join(name).with_extension("db");
        let hash = Passwords::<()>::new(memory_kib, passes, 1)?.hash_now(scripts::PASSWORD)?;
        let everybody = (0..people)
            .map(scripts::person)
            .collect::<Result<Vec<_>, _>>()?;
        let opening = Opening::usual(DatabaseUrl::Sqlite(path.clone()));
        Store::seed(&opening, everybody, hosts, &hash, Clock::system())?;
        self.bar.inc(1);
        Ok(path)
    }

    /// Starts zaibo on a database, with settings as environment variables.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn start(&self, database: &Path, settings: &[(&str, &str)]) -> Result<Child, Fault> {
        Child::zaibo(&self.programs.zaibo, database, settings)
    }

    /// Puts the same load on zaibo and on the bare server in turn.
    ///
    /// # Errors
    /// If one of them fails under the load.
    pub(crate) fn compare<'s>(
        &self,
        name: &'static str,
        zaibo: &Child,
        way: Way,
        script: impl FnMut() -> Result<Box<dyn Script + 's>, Fault>,
    ) -> Result<Comparison, Fault> {
        self.compare_with(&self.bare, name, zaibo, way, script)
    }

    /// Puts the same load on both servers in turn, round by round, after a short round that does
    /// not count.
    ///
    /// # Errors
    /// If one of them fails under the load.
    pub(crate) fn compare_with<'s>(
        &self,
        baseline: &Child,
        name: &'static str,
        zaibo: &Child,
        way: Way,
        mut script: impl FnMut() -> Result<Box<dyn Script + 's>, Fault>,
    ) -> Result<Comparison, Fault> {
        self.bar.set_message(name);
        let span = Duration::from_secs_f64(self.args.seconds);
        let mut ask = |server: &Child, span| -> Result<Figures, Fault> {
            let load = Load {
                connections: way.connections,
                span,
                pace: way.pace,
            };
            measure(server, load, script()?.as_mut())
        };
        ask(zaibo, span / 4)?;
        ask(baseline, span / 4)?;
        let mut comparison = Comparison {
            name,
            zaibo: Vec::new(),
            baseline: Vec::new(),
        };
        for _ in 0..self.args.rounds {
            comparison.baseline.push(ask(baseline, span)?);
            comparison.zaibo.push(ask(zaibo, span)?);
            self.bar.inc(1);
        }
        Ok(comparison)
    }
}

/// Lets all people of a seating enter their rooms.
///
/// # Errors
/// If an entry is refused.
pub(crate) fn fill(zaibo: &Child, seating: Seating) -> Result<(), Fault> {
    let load = Load {
        connections: FULL.connections,
        span: Duration::MAX,
        pace: None,
    };
    load.send(zaibo.address, &mut seating.entering())?;
    Ok(())
}

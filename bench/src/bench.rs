//! The common setup of all measurements: the bare server, seeded databases, and comparisons.

use std::cell::RefCell;
use std::path::Path;
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
use crate::load::{FULL, Load, Script, Way};
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

/// Long timeouts: lives and members stay although they send no beats.
pub(crate) const PATIENT: [(&str, &str); 2] = [
    ("ZAIBO_ROOMS__HOST_TIMEOUT_S", "86400"),
    ("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", "3600"),
];

/// Password hashes at the least cost that the settings allow.
pub(crate) const HASTY: [(&str, &str); 2] = [
    ("ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB", "8"),
    ("ZAIBO_ACCOUNTS__ARGON2_PASSES", "1"),
];

/// No limits of rate: the whole load comes from one address.
pub(crate) const FREE: [(&str, &str); 2] = [
    ("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "0"),
    ("ZAIBO_ROOMS__CREATES_PER_MINUTE", "0"),
];

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
            bare: Child::bare(&programs.bare, &[])?,
            programs,
            folder: tempfile::Builder::new()
                .prefix("zaibo-bench-")
                .tempdir_in(folder)
                .map_err(setting_up)?,
            args: args.clone(),
            bar,
        })
    }

    /// Seeds an SQLite database with that name and returns its address.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn seed(
        &self,
        name: &str,
        people: usize,
        hosts: usize,
        hash: (u32, u32),
    ) -> Result<String, Fault> {
        let path = self.folder.path().join(name).with_extension("db");
        let url = format!("sqlite://{}", path.display());
        self.seed_in(&url, people, hosts, hash)?;
        self.bar.inc(1);
        Ok(url)
    }

    /// Seeds the database at that address.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn seed_in(
        &self,
        url: &str,
        people: usize,
        hosts: usize,
        (memory_kib, passes): (u32, u32),
    ) -> Result<(), Fault> {
        self.bar.set_message(format!("seeding {people} people"));
        let hash = Passwords::<()>::new(memory_kib, passes, 1)?.hash_now(scripts::PASSWORD)?;
        let everybody = (0..people)
            .map(scripts::person)
            .collect::<Result<Vec<_>, _>>()?;
        let url = DatabaseUrl::parse(url);
        let url = url.map_err(|cause| Fault::new("seeding a database", cause))?;
        Store::seed(
            &Opening::usual(url),
            everybody,
            hosts,
            &hash,
            Clock::system(),
        )
    }

    /// Starts the bare server with one connection to a seeded MySQL database, where each request creates
    /// a room.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn start_bare_on(&self, url: &str) -> Result<Child, Fault> {
        Child::bare(&self.programs.bare, &[url])
    }

    /// Starts zaibo on a database, with settings as environment variables.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn start(&self, url: &str, settings: &[(&str, &str)]) -> Result<Child, Fault> {
        Child::zaibo(&self.programs.zaibo, self.folder.path(), url, settings)
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
        let script = RefCell::new(&mut script);
        let ask = |server: &Child, span| -> Result<Figures, Fault> {
            let load = Load { way, span };
            let mut script = (script.borrow_mut())()?;
            measure(server, load, script.as_mut())
        };
        self.bar.set_message(name);
        let span = Duration::from_secs_f64(self.args.seconds);
        let ask = |server, span| ask(server, span).map_err(|cause| Fault::new(name, cause));
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
        way: FULL,
        span: Duration::MAX,
    };
    load.send(&zaibo.target, &mut seating.entering())?;
    Ok(())
}

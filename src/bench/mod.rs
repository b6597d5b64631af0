//! `zaibo bench`: measures this build against the floor, on this machine, in one run.
//!
//! Server and floor are processes of their own on free ports, driven in turn over real keep-alive
//! connections with the same bodies, round by round. What counts are ratios and their medians:
//! absolute figures say as much of the machine as of zaibo.

mod capacity;
mod child;
mod compare;
mod load;
mod picture;
mod report;
mod scripts;
mod stages;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::BenchArgs;
use crate::clock::Clock;
use crate::error::Fault;
use crate::passwords::Passwords;
use crate::store::Store;
use child::Child;
use compare::{Comparison, Figures, measure};
use load::{Load, Script};
use report::Must;

/// Measures what the command line asks for and prints it.
///
/// # Errors
/// What stands in the way, for whoever gave the command; or, once all is printed, that something
/// does not hold that must.
pub fn run(args: &BenchArgs) -> Result<(), Fault> {
    let bench = Bench::set_up(args)?;
    let report = stages::all(&bench)?;
    bench.bar.finish_and_clear();
    no_errors_in_logs(bench.folder.path())?;
    if let Some(folder) = &args.pictures {
        picture::draw(&report, folder)?;
    }
    let text = if args.json {
        report.json()
    } else {
        report.table()
    };
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|cause| Fault::new("printing", cause))?;
    if report.musts().iter().all(Must::holds) {
        return Ok(());
    }
    let cause = "not everything holds that must; is the machine quiet, and are --rounds enough?";
    Err(Fault::new("measuring", cause))
}

/// What a server does wrong under load must not hide behind a good figure.
fn no_errors_in_logs(folder: &Path) -> Result<(), Fault> {
    let reading = |cause: io::Error| Fault::new("reading the logs of the servers", cause);
    for entry in fs::read_dir(folder).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        if path.extension().is_none_or(|ending| ending != child::LOG) {
            continue;
        }
        let log = fs::read_to_string(&path).map_err(reading)?;
        if let Some(line) = log.lines().find(|line| line.contains(" ERROR ")) {
            let cause = format!("a server logged an error: {line}");
            return Err(Fault::new("measuring", cause));
        }
    }
    Ok(())
}

/// What every measurement needs.
struct Bench {
    floor: Child,
    folder: tempfile::TempDir,
    args: BenchArgs,
    bar: ProgressBar,
}

/// How a server is asked in one comparison.
#[derive(Clone, Copy, Debug)]
struct Way {
    connections: usize,
    pace: Option<f64>,
}

/// 64 connections, each of which asks again once it has its answer.
const FULL: Way = Way {
    connections: 64,
    pace: None,
};

impl Bench {
    fn set_up(args: &BenchArgs) -> Result<Self, Fault> {
        let setting_up = |cause: io::Error| Fault::new("setting up the measurement", cause);
        let program = std::env::current_exe().map_err(setting_up)?;
        let beside = program.parent().unwrap_or(Path::new("."));
        let floor = floor_program(beside)?;
        let folder = args.folder.as_deref().unwrap_or(beside);
        let bar = ProgressBar::new(stages::steps(args));
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta:>4} left  {msg}");
        bar.set_style(style.map_err(|cause| Fault::new("drawing a progress bar", cause))?);
        bar.enable_steady_tick(Duration::from_millis(200));
        Ok(Self {
            floor: Child::floor(&floor)?,
            folder: tempfile::Builder::new()
                .prefix("zaibo-bench-")
                .tempdir_in(folder)
                .map_err(setting_up)?,
            args: args.clone(),
            bar,
        })
    }

    /// Seeds a database of that name and tells where it is.
    fn seed(
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
        let now = Clock::system().unix();
        Store::seed(&path, everybody.into_iter(), hosts, &hash, now)?;
        self.bar.inc(1);
        Ok(path)
    }

    /// Has zaibo and the floor asked the same in turn.
    fn compare<'s>(
        &self,
        name: &'static str,
        zaibo: &Child,
        way: Way,
        script: impl FnMut() -> Result<Box<dyn Script + 's>, Fault>,
    ) -> Result<Comparison, Fault> {
        self.compare_with(&self.floor, name, zaibo, way, script)
    }

    /// Has both asked the same in turn, round by round, after a short one that does not count.
    fn compare_with<'s>(
        &self,
        floor: &Child,
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
        ask(floor, span / 4)?;
        let mut comparison = Comparison {
            name,
            zaibo: Vec::new(),
            floor: Vec::new(),
        };
        for _ in 0..self.args.rounds {
            comparison.floor.push(ask(floor, span)?);
            comparison.zaibo.push(ask(zaibo, span)?);
            self.bar.inc(1);
        }
        Ok(comparison)
    }
}

/// The floor as it was built beside this program; in a checkout it is built if it is not there.
fn floor_program(beside: &Path) -> Result<PathBuf, Fault> {
    let program = beside.join("examples/floor");
    if !program.exists() {
        let told = writeln!(io::stderr(), "building the floor, examples/floor.rs");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["build", "--locked", "--example", "floor"]);
        // As this program was built, so that it is found beside it and compares like with like.
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        if let Some(target) = beside.parent() {
            cargo.arg("--target-dir").arg(target);
        }
        let built = cargo.stdout(Stdio::null()).status();
        if told.is_err() || !built.is_ok_and(|status| status.success()) || !program.exists() {
            return Err(Fault::new(
                "looking for the floor",
                "run `cargo build --release --example floor` in zaibo's folder, and zaibo from there",
            ));
        }
    }
    Ok(program)
}

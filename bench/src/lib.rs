//! Measures zaibo against a bare server, on this machine, in one run.
//!
//! zaibo and the bare server (`examples/floor`) run as separate processes on free ports. They
//! get the same requests in turn, round by round, over real keep-alive connections. The results are
//! ratios and their medians, because absolute figures depend on the machine as much as on zaibo.
//!
//! Each module in this table imports only from modules in lines below it:
//!
//! | module | holds |
//! |---|---|
//! | [`stages`] | the stages of the measurement, in order, with their databases |
//! | [`picture`] | the results as SVG |
//! | [`report`] | the results as a table and as JSON, and their limits |
//! | [`capacity`], [`engines`], [`https`], [`push`] | a million members; SQLite and MariaDB; HTTPS and HTTP; push beside nchan |
//! | [`must`] | a limit that a figure must meet |
//! | [`mod@bench`] | the common setup: the bare server, seeded databases, comparisons |
//! | [`args`] | the command line |
//! | [`scrape`] | the time of a scrape of the metrics |
//! | [`compare`] | the figures of a comparison |
//! | [`scripts`] | the requests of the load |
//! | [`crowd`] | a simulated crowd, instead of a measurement |
//! | [`child`] | a server under measurement |
//! | [`load`] | the load generator |
//! | [`connection`], [`frame`], [`table`], [`usage`] | a connection to a server; frames of WebSockets; tables of results; what a process uses |
//! | [`wire`] | its bytes, plain or within TLS |

#![cfg(target_os = "linux")]

mod args;
mod bench;
mod capacity;
mod child;
mod compare;
mod connection;
mod crowd;
mod engines;
mod frame;
mod https;
mod load;
mod must;
mod picture;
mod push;
mod report;
mod scrape;
mod scripts;
mod stages;
mod table;
mod usage;
mod wire;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::Parser;
use zaibo::error::Fault;

use args::{Args, Command};
use bench::Bench;
use must::Must;

/// Runs the measurements that the command line selects, or a simulated crowd, and prints the results. Ends the process if
/// the command line is not valid.
///
/// # Errors
/// If it fails; or, after everything is printed, if a figure misses its limit or a promise was broken.
pub fn run() -> Result<(), Fault> {
    let args = Args::parse();
    if let Some(Command::Crowd(args)) = &args.command {
        return crowd::run(args);
    }
    let bench = Bench::set_up(&args, stages::steps(&args))?;
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

/// Fails if a server logged an error under load, so that an error cannot hide behind a good figure.
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

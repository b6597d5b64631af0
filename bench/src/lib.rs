//! Measures zaibo against a bare server, on this machine, in one run.
//!
//! zaibo and the bare server (`examples/floor.rs`) are processes of their own on free ports, driven
//! in turn over real keep-alive connections with the same bodies, round by round. What counts are
//! ratios and their medians: absolute figures say as much of the machine as of zaibo.
//!
//! Each line of this table imports from lines below it only:
//!
//! | module | holds |
//! |---|---|
//! | [`stages`] | what is measured, in which order, on which database |
//! | [`picture`] | what was measured, as SVG |
//! | [`report`] | what was measured, as a table and as JSON, and whether it is enough |
//! | [`capacity`] | a million members |
//! | [`mod@bench`] | what every measurement needs: the bare server, seeded databases, the comparison |
//! | [`compare`] | the figures of one comparison |
//! | [`scripts`] | what the load asks |
//! | [`child`], [`load`], [`args`] | a server under measurement; the load generator; the command line |

#![cfg(target_os = "linux")]

mod args;
mod bench;
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
use std::path::Path;

use clap::Parser;
use zaibo::error::Fault;

use args::Args;
use bench::Bench;
use report::Must;

/// Measures what the command line asks for and prints it. Ends the process if the command line
/// makes no sense.
///
/// # Errors
/// If the measurement can not be made; or, once everything is printed, if a figure misses its limit.
pub fn run() -> Result<(), Fault> {
    let args = Args::parse();
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

/// An error that a server logs under load must not hide behind a good figure.
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

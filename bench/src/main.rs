//! The command line of the benchmark.

use std::io::{self, Write};
use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    match zaibo_bench::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => fail(&cause.to_string()),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    fail("it runs on Linux only, because it reads the use of a process from /proc")
}

/// Reports that a measurement failed, or that a figure misses its limit.
fn fail(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "zaibo-bench: {why}");
    ExitCode::FAILURE
}

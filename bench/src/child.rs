//! A server under measurement: a separate process on a free port.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use zaibo::error::Fault;

use crate::load::Target;
use crate::usage;

/// The extension of log files.
pub(crate) const LOG: &str = "log";

/// The two programs under measurement, built into the folder of this program.
pub(crate) struct Programs {
    pub(crate) zaibo: PathBuf,
    pub(crate) bare: PathBuf,
}

impl Programs {
    /// Finds both in a folder.
    ///
    /// # Errors
    /// If one is missing; the error names the command that builds it.
    pub(crate) fn find(folder: &Path) -> Result<Self, Fault> {
        let find = |program: &str, doing, targets: &str| {
            let path = folder.join(program);
            if path.is_file() {
                return Ok(path);
            }
            // A profile's folder has the name of the profile, except `debug` for the profile `dev`.
            let profile = match folder.file_name().and_then(|name| name.to_str()) {
                Some("debug") => "",
                _ => " --release",
            };
            let cause = format!("build it first: cargo build{profile}{targets}");
            Err(Fault::new(doing, cause))
        };
        Ok(Self {
            zaibo: find("zaibo", "looking for zaibo", "")?,
            bare: find(
                "examples/floor",
                "looking for the bare server",
                " --example floor",
            )?,
        })
    }
}

/// A running server. It is killed on drop.
pub(crate) struct Child {
    process: process::Child,
    /// Where it listens for clients.
    pub(crate) target: Target,
    /// Where zaibo listens for operators; the bare server does not.
    pub(crate) operators: Option<SocketAddr>,
    /// The time from its start until it listened.
    pub(crate) start: Duration,
}

impl Child {
    /// Starts zaibo on a database, with its log in a folder and settings as environment variables.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn zaibo(
        program: &Path,
        folder: &Path,
        url: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self, Fault> {
        // Each server has its own log, which is checked for errors at the end.
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let name = format!("zaibo-{}.{LOG}", STARTED.fetch_add(1, Ordering::Relaxed));
        let log = fs::File::create(folder.join(name)).map_err(|c| fault("zaibo", c))?;
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ZAIBO_") {
                command.env_remove(name);
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            // Not as an argument, which everybody on the machine can read.
            .env("ZAIBO_STORE__URL", url)
            .env("ZAIBO_CALLBACK__UNSIGNED", "loopback")
            .env("ZAIBO_OPS__LISTEN", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .current_dir(folder)
            .stderr(log);
        Self::start("zaibo", command, |line| line.contains("/metrics"))
    }

    /// Starts the bare server, with more words after its address.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn bare(program: &Path, more: &[&str]) -> Result<Self, Fault> {
        let mut command = Command::new(program);
        command.arg("127.0.0.1:0").args(more).stderr(Stdio::null());
        Self::start("the bare server", command, |_| true)
    }

    /// Starts a program and reads what it says, to its last line.
    fn start(
        name: &'static str,
        mut command: Command,
        is_last: fn(&str) -> bool,
    ) -> Result<Self, Fault> {
        let began = Instant::now();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|cause| fault(name, cause))?;
        let said = process.stdout.take().map(BufReader::new);
        let mut lines = said
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(Result::ok);
        let first = lines.next().unwrap_or_default();
        let start = began.elapsed();
        let Some(address) = address(&first) else {
            stop(&mut process);
            return Err(fault(name, "it says no address; see its log"));
        };
        let last = match is_last(&first) {
            true => None,
            false => lines.find(|line| is_last(line)),
        };
        Ok(Self {
            process,
            target: Target { address, tls: None },
            operators: last.as_deref().and_then(self::address),
            start,
        })
    }

    /// Its number among the processes of the machine.
    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// Its processor time so far, in steps of ten milliseconds.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn cpu(&self) -> Result<Duration, Fault> {
        usage::cpu(self.process())
    }

    /// Its resident memory, in bytes.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn resident(&self) -> Result<u64, Fault> {
        usage::resident(self.process())
    }

    /// Halts the process. The clock goes on meanwhile.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn halt(&self) -> Result<(), Fault> {
        self.signal(Signal::STOP)
    }

    /// Resumes the process.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn resume(&self) -> Result<(), Fault> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), Fault> {
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| fault("signal", "no such process"))?;
        kill_process(pid, signal).map_err(|cause| fault("signal", cause))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

/// The address in a line such as `zaibo 0.1.0 listens on http://127.0.0.1:8080`.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("://")?;
    let end = rest.find([' ', '/']).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn stop(process: &mut process::Child) {
    // The process may have ended already.
    let _ = process.kill();
    let _ = process.wait();
}

fn fault(what: &'static str, cause: impl std::fmt::Display) -> Fault {
    Fault::new("running a server to measure", format!("{what}: {cause}"))
}

//! How far an import is: a bar on a terminal, lines elsewhere.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::clock::Clock;
use crate::domain::Moment;

/// How often a line is written where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

const BAR: &str = "{msg:<11} [{bar:32}] {pos} of {len}, {rate}/s, {eta} left";

/// The progress of one table after the other.
pub(super) struct Progress {
    clock: Clock,
    bar: ProgressBar,
    table: &'static str,
    began: Moment,
    last_line: Moment,
}

impl Progress {
    pub(super) fn new(clock: Clock) -> Self {
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
                let _ = write!(out, "{:.0}", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate).progress_chars("##-"));
        }
        let now = clock.now();
        Self {
            clock,
            bar,
            table: "",
            began: now,
            last_line: now,
        }
    }

    /// A table begins, with about this many rows.
    pub(super) fn begin(&mut self, table: &'static str, rows: u64) {
        self.table = table;
        self.began = self.clock.now();
        self.last_line = self.began;
        self.bar.reset();
        self.bar.set_length(rows);
        self.bar.set_message(table);
    }

    /// That many more rows are done.
    pub(super) fn advance(&mut self, rows: usize) {
        self.bar.inc(rows as u64);
        let now = self.clock.now();
        if self.bar.is_hidden() && now - self.last_line >= BETWEEN_LINES {
            self.last_line = now;
            self.line();
        }
    }

    /// The table is done.
    pub(super) fn end(&self) {
        if self.bar.is_hidden() {
            self.line();
        } else {
            self.bar.abandon();
            let _ = writeln!(io::stderr());
        }
    }

    /// Writes how far it is. That nobody reads it is no error.
    fn line(&self) {
        let (done, rows) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let spent = (self.clock.now() - self.began).as_secs_f64().max(0.001);
        let rate = done as f64 / spent;
        let left = match rows.saturating_sub(done) {
            0 => String::new(),
            rest => format!(", {:.0} s left", rest as f64 / rate.max(0.001)),
        };
        let table = self.table;
        let _ = writeln!(io::stderr(), "{table}: {done} of {rows}, {rate:.0}/s{left}");
    }
}

//! The live display of a crowd: one line that is drawn anew on a terminal, and else a line every ten
//! seconds.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use zaibo::error::Fault;

use super::truth::At;

/// How often the display changes: on a terminal, and elsewhere.
const ON_TERMINAL: Duration = Duration::from_millis(500);
const ELSEWHERE: Duration = Duration::from_secs(10);

/// The display.
pub(crate) struct Display {
    bar: Option<ProgressBar>,
    due: At,
    every: Duration,
    /// The time and the number of answers at the last change.
    last: (At, u64),
}

/// What is shown during the show.
pub(crate) struct Status {
    pub(crate) now: At,
    pub(crate) passed: Duration,
    pub(crate) span: Duration,
    pub(crate) present: usize,
    pub(crate) lives: usize,
    pub(crate) answers: u64,
    pub(crate) p99: Duration,
    pub(crate) ghosts: u64,
    pub(crate) false_leaves: u64,
}

impl Display {
    /// # Errors
    /// Never, because the template is valid.
    pub(crate) fn new() -> Result<Self, Fault> {
        let is_terminal = io::stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:20} {msg}");
        let style = style.map_err(|cause| Fault::new("drawing a progress bar", cause))?;
        let every = if is_terminal { ON_TERMINAL } else { ELSEWHERE };
        Ok(Self {
            bar: is_terminal.then(|| ProgressBar::new(1).with_style(style)),
            due: every,
            every,
            last: (Duration::ZERO, 0),
        })
    }

    /// Whether it is time to change it.
    pub(crate) fn is_due(&self, now: At) -> bool {
        now >= self.due
    }

    /// People register and log in.
    pub(crate) fn gather(&mut self, now: At, done: usize, all: usize) {
        if self.is_due(now) {
            self.draw(
                now,
                done as u64,
                all as u64,
                format!("{done} of {all} people have logged in"),
            );
        }
    }

    pub(crate) fn show(&mut self, status: &Status) {
        let (before, answers) = self.last;
        let passed = (status.now - before).as_secs_f64();
        let per_second = status.answers.saturating_sub(answers) as f64 / passed.max(0.001);
        self.last = (status.now, status.answers);
        let text = format!(
            "{:.0} s left  {} present in {} lives  {per_second:.0} requests/s, p99 {:.1} ms  \
             {} ghosts  {} false leaves",
            status.span.saturating_sub(status.passed).as_secs_f64(),
            status.present,
            status.lives,
            status.p99.as_secs_f64() * 1000.0,
            status.ghosts,
            status.false_leaves,
        );
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.draw(status.now, millis(status.passed), millis(status.span), text);
    }

    fn draw(&mut self, now: At, done: u64, all: u64, text: String) {
        self.due = now + self.every;
        if let Some(bar) = &self.bar {
            bar.set_length(all);
            bar.set_position(done);
            bar.set_message(text);
        } else {
            // Nobody may be reading it.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

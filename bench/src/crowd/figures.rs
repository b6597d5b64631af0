//! What a crowd measures: the times of answers, what people did, and whether the crowd itself was
//! too slow to judge.

use std::time::Duration;

use hdrhistogram::Histogram;
use zaibo::error::Fault;

use super::command::Command;

/// The longest time that a histogram can hold, in microseconds.
const LONGEST_US: u64 = 120_000_000;

/// Above these, the crowd cannot say of an answer that the server was late.
const MOST_LAG: Duration = Duration::from_millis(250);
const MOST_CPU: f64 = 0.9;

/// What people did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) lives: u64,
    pub(crate) entered: u64,
    pub(crate) left: u64,
    pub(crate) lost: u64,
    pub(crate) returned: u64,
    /// Wishes to go on mic.
    pub(crate) on_mic: u64,
    pub(crate) likes: u64,
    /// Entries that were not tried, because the room was not live.
    pub(crate) closed_doors: u64,
    /// Lists that were compared with what is certain.
    pub(crate) lists: u64,
    /// Lists in which rows moved from page to page, so that nobody can be said to be missing.
    pub(crate) torn_lists: u64,
    /// The most people who were present at the same time.
    pub(crate) most_present: usize,
    /// The most people who were on mic in one room at the same time.
    pub(crate) most_on_mic: usize,
}

/// What came by push.
#[derive(Debug)]
pub(crate) struct Pushed {
    /// Sockets that were opened, also after a cut.
    pub(crate) opened: u64,
    pub(crate) most_open: usize,
    /// Sockets that the crowd cut.
    pub(crate) cut: u64,
    pub(crate) messages: u64,
    pub(crate) events: u64,
    /// Sockets that went on where they were cut.
    pub(crate) resumed: u64,
    /// Snapshots to sockets that gave a position, or read one already.
    pub(crate) snapshots: u64,
    /// States that were compared with what is certain.
    pub(crate) compared: u64,
    /// Those of them that were compared with the room that `GET` tells, at the same position.
    pub(crate) exactly: u64,
    /// From somebody's request to the event about it, at each socket.
    delays: Histogram<u64>,
}

impl Pushed {
    /// An event came so long after the request that made it.
    pub(crate) fn told(&mut self, delay: Duration) {
        self.delays.saturating_record(micros(delay));
    }

    pub(crate) fn delays(&self) -> &Histogram<u64> {
        &self.delays
    }
}

/// The figures of one show.
#[derive(Debug)]
pub(crate) struct Figures {
    by_command: Vec<Histogram<u64>>,
    /// All answers of the show, without those before it.
    pub(crate) all: Histogram<u64>,
    lags: Histogram<u64>,
    pub(crate) deeds: Deeds,
    pub(crate) pushed: Pushed,
    /// The duration of the show, and the processor time that the crowd used in it.
    pub(crate) took: Duration,
    pub(crate) own_cpu: Duration,
}

impl Figures {
    /// # Errors
    /// Never, because the limits of the histograms are valid.
    pub(crate) fn new() -> Result<Self, Fault> {
        let histogram = || {
            let made = Histogram::new_with_max(LONGEST_US, 3);
            made.map_err(|cause| Fault::new("measuring times", cause.to_string()))
        };
        let by_command = Command::ALL.map(|_| histogram());
        Ok(Self {
            by_command: by_command.into_iter().collect::<Result<_, _>>()?,
            all: histogram()?,
            lags: histogram()?,
            deeds: Deeds::default(),
            pushed: Pushed {
                delays: histogram()?,
                opened: 0,
                most_open: 0,
                cut: 0,
                messages: 0,
                events: 0,
                resumed: 0,
                snapshots: 0,
                compared: 0,
                exactly: 0,
            },
            took: Duration::ZERO,
            own_cpu: Duration::ZERO,
        })
    }

    pub(crate) fn answered(&mut self, command: Command, wait: Duration) {
        self.by_command[command as usize].saturating_record(micros(wait));
        if !command.is_gathering() {
            self.all.saturating_record(micros(wait));
        }
    }

    /// Something was due, and done so much later.
    pub(crate) fn lagged(&mut self, lag: Duration) {
        self.lags.saturating_record(micros(lag));
    }

    /// The times of one command.
    pub(crate) fn of(&self, command: Command) -> &Histogram<u64> {
        &self.by_command[command as usize]
    }

    /// The 99th percentile of the crowd's own lag.
    pub(crate) fn lag(&self) -> Duration {
        Duration::from_micros(self.lags.value_at_quantile(0.99))
    }

    /// The share of one core that the crowd used in the show.
    pub(crate) fn cpu(&self) -> f64 {
        self.own_cpu.as_secs_f64() / self.took.as_secs_f64().max(0.001)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.all.len() as f64 / self.took.as_secs_f64().max(0.001)
    }

    /// Whether the crowd itself was the bottleneck. Late answers prove nothing then.
    pub(crate) fn is_bottleneck(&self) -> bool {
        self.lag() > MOST_LAG || self.cpu() > MOST_CPU
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_that_acts_late_or_has_no_processor_left_is_the_bottleneck() {
        let figures = |lag_ms, cpu_ms| {
            let mut figures = Figures::new().expect("figures");
            (0..98).for_each(|_| figures.lagged(Duration::from_millis(1)));
            (0..2).for_each(|_| figures.lagged(Duration::from_millis(lag_ms)));
            figures.took = Duration::from_secs(1);
            figures.own_cpu = Duration::from_millis(cpu_ms);
            figures
        };
        assert!(!figures(200, 850).is_bottleneck());
        assert!(figures(300, 850).is_bottleneck());
        assert!(figures(200, 950).is_bottleneck());
    }
}

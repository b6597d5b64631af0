//! One thing measured against the floor: the same requests to both in turn, several rounds.

use std::time::Duration;

use super::child::Child;
use super::load::{Load, Script};
use crate::error::Fault;

/// What one server did in one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Answers per second.
    pub(super) per_second: f64,
    /// Half of the answers came within so many microseconds.
    pub(super) p50_us: f64,
    /// 99 of 100.
    pub(super) p99_us: f64,
    /// The longest.
    pub(super) max_us: f64,
    /// Processor time of the server for one answer, in microseconds.
    pub(super) cpu_us: f64,
    /// What the load generator used of one core.
    pub(super) generator: f64,
}

impl Figures {
    pub(super) fn per_second(&self) -> f64 {
        self.per_second
    }
}

/// Measures a server under a load.
pub(super) fn measure(
    server: &Child,
    load: Load,
    script: &mut dyn Script,
) -> Result<Figures, Fault> {
    let before = server.cpu()?;
    let heard = load.put(server.address, script)?;
    let cpu = server.cpu()? - before;
    let micros = |nanos: u64| Duration::from_nanos(nanos).as_secs_f64() * 1e6;
    let answers = heard.answers.max(1) as f64;
    Ok(Figures {
        per_second: heard.answers as f64 / heard.took.as_secs_f64(),
        p50_us: micros(heard.waits.value_at_quantile(0.5)),
        p99_us: micros(heard.waits.value_at_quantile(0.99)),
        max_us: micros(heard.waits.max()),
        cpu_us: cpu.as_secs_f64() * 1e6 / answers,
        generator: heard.own_cpu.as_secs_f64() / heard.took.as_secs_f64(),
    })
}

/// The median of several rounds, with the least and the most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Of at least one figure.
    pub(super) fn of(figures: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = figures.collect();
        sorted.sort_by(f64::total_cmp);
        let at = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
        let last = sorted.len().saturating_sub(1);
        Self {
            median: (at(last / 2) + at(sorted.len() / 2)) / 2.0,
            least: at(0),
            most: at(last),
        }
    }
}

/// The rounds of one thing that was measured.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    /// What was asked.
    pub(super) name: &'static str,
    pub(super) zaibo: Vec<Figures>,
    /// What it is compared with: the floor, or zaibo with a commit for each write.
    pub(super) floor: Vec<Figures>,
}

impl Comparison {
    // The names of those on which something has to hold.
    pub(super) const HEARTBEAT: &'static str = "heartbeat";
    pub(super) const HALF_LOAD: &'static str = "heartbeat at half the floor's load";
    pub(super) const FIRST_LIVES: &'static str = "roomlist, 100 000 rooms, first page";
    pub(super) const DEEP_LIVES: &'static str = "roomlist, 100 000 rooms, deep page";
    pub(super) const MEMBERS: &'static str = "roomidlist, 100 000 members";
    pub(super) const CREATES: &'static str = "create, against a commit each";
    pub(super) const REGISTERS: &'static str = "regist, against a commit each";

    /// A figure of zaibo.
    pub(super) fn zaibo(&self, figure: fn(&Figures) -> f64) -> Spread {
        Spread::of(self.zaibo.iter().map(figure))
    }

    /// The same of what it is compared with.
    pub(super) fn floor(&self, figure: fn(&Figures) -> f64) -> Spread {
        Spread::of(self.floor.iter().map(figure))
    }

    /// The ratio of zaibo to the floor, round by round.
    pub(super) fn ratio(&self, figure: fn(&Figures) -> f64) -> Spread {
        let pairs = self.zaibo.iter().zip(&self.floor);
        Spread::of(pairs.map(|(zaibo, floor)| figure(zaibo) / figure(floor)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_in_the_middle() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0].into_iter());
        assert_eq!((spread.median, spread.least, spread.most), (2.5, 1.0, 4.0));
        assert_eq!(Spread::of([3.0, 9.0, 1.0].into_iter()).median, 3.0);
    }
}

//! Comparisons: the same requests to two servers in turn, over several rounds.

use std::time::Duration;

use zaibo::error::Fault;

use crate::child::Child;
use crate::load::{Load, Script};

/// The figures of one server in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Answers per second.
    pub(crate) per_second: f64,
    /// Median time of an answer, in microseconds.
    pub(crate) p50_us: f64,
    /// 99th percentile of the same.
    pub(crate) p99_us: f64,
    /// Maximum of the same.
    pub(crate) max_us: f64,
    /// Processor time of the server per answer, in microseconds.
    pub(crate) cpu_us: f64,
    /// Answers, and those of them on connections with a resumed session of TLS.
    pub(crate) answers: u64,
    pub(crate) resumed: u64,
    /// The share of one core that the load generator used.
    pub(crate) generator: f64,
}

impl Figures {
    pub(crate) fn per_second(&self) -> f64 {
        self.per_second
    }
}

/// Measures a server under a load.
pub(crate) fn measure(
    server: &Child,
    load: Load,
    script: &mut dyn Script,
) -> Result<Figures, Fault> {
    let before = server.cpu()?;
    let outcome = load.send(&server.target, script)?;
    let cpu = server.cpu()? - before;
    let micros = |nanos: u64| Duration::from_nanos(nanos).as_secs_f64() * 1e6;
    let answers = outcome.answers.max(1) as f64;
    Ok(Figures {
        per_second: outcome.answers as f64 / outcome.took.as_secs_f64(),
        p50_us: micros(outcome.waits.value_at_quantile(0.5)),
        p99_us: micros(outcome.waits.value_at_quantile(0.99)),
        max_us: micros(outcome.waits.max()),
        cpu_us: cpu.as_secs_f64() * 1e6 / answers,
        answers: outcome.answers,
        resumed: outcome.resumed,
        generator: outcome.own_cpu.as_secs_f64() / outcome.took.as_secs_f64(),
    })
}

/// Median, minimum and maximum of several rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// The spread of at least one figure.
    pub(crate) fn of(figures: impl Iterator<Item = f64>) -> Self {
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

/// One comparison with all its rounds.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// The kind of request.
    pub(crate) name: &'static str,
    pub(crate) zaibo: Vec<Figures>,
    /// The rounds of the other server: the bare server, or zaibo with one commit per write.
    pub(crate) baseline: Vec<Figures>,
}

impl Comparison {
    // Names of the comparisons that limits apply to.
    pub(crate) const HEARTBEAT: &'static str = "heartbeat";
    pub(crate) const HALF_LOAD: &'static str = "heartbeat at half the bare server's load";
    pub(crate) const FIRST_LIVES: &'static str = "roomlist, 100 000 rooms, first page";
    pub(crate) const DEEP_LIVES: &'static str = "roomlist, 100 000 rooms, deep page";
    pub(crate) const MEMBERS: &'static str = "roomidlist, 100 000 members";
    pub(crate) const CREATES: &'static str = "create, against a commit each";
    pub(crate) const REGISTERS: &'static str = "regist, against a commit each";
    pub(crate) const BEATS_OF_ENGINES: &'static str = "heartbeat, on MariaDB beside SQLite";
    pub(crate) const LISTS_OF_ENGINES: &'static str = "roomlist, on MariaDB beside SQLite";
    pub(crate) const ENGINE_WRITERS: &'static str =
        "create on MariaDB, beside one connection with shared commits";
    pub(crate) const HTTPS: &'static str = "heartbeat, over HTTPS beside HTTP";
    pub(crate) const HANDSHAKES: &'static str =
        "heartbeat on a new connection, over HTTPS beside HTTP";
    pub(crate) const RESUMPTIONS: &'static str =
        "the same, with TLS sessions that are resumed, beside HTTP";

    /// Whether the baseline is the bare server.
    pub(crate) fn is_against_bare(&self) -> bool {
        !self.name.contains("beside") && !self.name.contains("against")
    }

    /// The spread of a figure of zaibo.
    pub(crate) fn zaibo(&self, figure: fn(&Figures) -> f64) -> Spread {
        Spread::of(self.zaibo.iter().map(figure))
    }

    /// The spread of the same figure of the other server.
    pub(crate) fn baseline(&self, figure: fn(&Figures) -> f64) -> Spread {
        Spread::of(self.baseline.iter().map(figure))
    }

    /// The ratio of the two, round by round.
    pub(crate) fn ratio(&self, figure: fn(&Figures) -> f64) -> Spread {
        let pairs = self.zaibo.iter().zip(&self.baseline);
        Spread::of(pairs.map(|(zaibo, baseline)| figure(zaibo) / figure(baseline)))
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

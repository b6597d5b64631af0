//! The results as a table for people and as JSON for programs, and the limits that they must meet.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::capacity::{Capacity, MOST_PER_MEMBER};
use crate::compare::{Comparison, Figures, Spread};
use crate::must::Must;
use crate::push::Push;
use crate::scrape;
use crate::table::{grouped, render, rounded};

/// The results of one run.
pub(crate) struct Report {
    /// The machine, in a few words.
    pub(crate) machine: String,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) capacity: Option<Capacity>,
    pub(crate) push: Option<Push>,
    /// From the start of the process until it listens, with 100 000 open rooms.
    pub(crate) starts: Vec<Duration>,
}

/// Heartbeats per second of the original PHP server, on a machine where the bare server reaches
/// [`PHP_BARE`]: as shipped, and with the database index that it lacks.
const PHP: [f64; 2] = [760.0, 1200.0];
const PHP_BARE: f64 = 140_000.0;

impl Report {
    fn comparison(&self, name: &str) -> Option<&Comparison> {
        self.comparisons.iter().find(|known| known.name == name)
    }

    /// The comparisons with the bare server at full load.
    pub(crate) fn against_bare_server(&self) -> impl Iterator<Item = &Comparison> {
        let known = self.comparisons.iter();
        known.filter(|known| known.is_against_bare() && known.name != Comparison::HALF_LOAD)
    }

    /// The limits for all figures that were measured. Each figure is the median of all rounds.
    pub(crate) fn musts(&self) -> Vec<Must> {
        let ratio = |name, figure: fn(&Figures) -> f64| {
            let known = self.comparison(name)?;
            Some(known.ratio(figure).median)
        };
        let zaibo = |name, figure: fn(&Figures) -> f64| {
            let known = self.comparison(name)?;
            Some(known.zaibo(figure).median)
        };
        let beats = ratio(Comparison::HEARTBEAT, Figures::per_second);
        let times_php = |php: f64| beats.map(|beats| beats * PHP_BARE / php);
        let first = zaibo(Comparison::FIRST_LIVES, Figures::per_second);
        let deep = zaibo(Comparison::DEEP_LIVES, Figures::per_second);
        let page = ratio(Comparison::DEEP_LIVES, Figures::per_second)
            .zip(ratio(Comparison::FIRST_LIVES, Figures::per_second));
        let start = Spread::of(self.starts.iter().map(Duration::as_secs_f64)).median;
        let capacity = self.capacity.as_ref();
        let silence = capacity.map(|capacity| capacity.silence.max_us / 1000.0);
        let half = ratio(Comparison::HALF_LOAD, |figures| figures.p99_us);
        let cpu = ratio(Comparison::HEARTBEAT, |figures| figures.cpu_us);
        let members = zaibo(Comparison::MEMBERS, |figures| figures.p99_us / 1000.0);
        let creates = ratio(Comparison::CREATES, Figures::per_second);
        let (least, most) = (Must::at_least, Must::at_most);
        let musts = [
            least("heartbeats per second", 0.8, "× bare server", beats),
            most(
                "heartbeat p99 at half the bare server's load",
                2.0,
                "× bare server",
                half,
            ),
            most("processor time of a heartbeat", 1.3, "× bare server", cpu),
            least(
                "heartbeats of the PHP original",
                100.0,
                "×",
                times_php(PHP[0]),
            ),
            least(
                "the same with the index it lacks",
                75.0,
                "×",
                times_php(PHP[1]),
            ),
            least(
                "roomlist, page of 10 among 100 000",
                0.6,
                "× bare server",
                page.map(|(deep, first)| deep.min(first)),
            ),
            most(
                "roomlist, time of a deep page",
                1.2,
                "× first",
                first.zip(deep).map(|(first, deep)| first / deep),
            ),
            most(
                "roomidlist, page of 50 among 100 000, p99",
                5.0,
                "ms",
                members,
            ),
            most(
                "memory of a member",
                MOST_PER_MEMBER,
                "bytes",
                capacity.map(Capacity::bytes_per_member),
            ),
            most(
                "scrape of 10 000 rooms",
                scrape::MOST_MS,
                "ms",
                capacity.map(|capacity| capacity.scrapes.ms.median),
            ),
            most(
                "longest beat while all the rest fall silent",
                50.0,
                "ms",
                silence,
            ),
            least("creates per second", 4.0, "× a commit each", creates),
            least(
                "creates per second on MariaDB",
                1.1,
                "× one connection with shared commits",
                ratio(Comparison::ENGINE_WRITERS, Figures::per_second),
            ),
            least(
                "heartbeats on MariaDB",
                0.97,
                "× on SQLite",
                ratio(Comparison::BEATS_OF_ENGINES, Figures::per_second),
            ),
            least(
                "room lists on MariaDB",
                0.97,
                "× on SQLite",
                ratio(Comparison::LISTS_OF_ENGINES, Figures::per_second),
            ),
            most(
                "start with 100 000 open rooms",
                3.0,
                "s",
                (!start.is_nan()).then_some(start),
            ),
        ];
        let of_push = self.push.iter().flat_map(Push::musts);
        musts.into_iter().flatten().chain(of_push).collect()
    }

    /// The report as two Markdown tables and some lines.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{}\n\n", self.machine);
        if !self.comparisons.is_empty() {
            let mut rows = vec![Vec::from(COLUMNS.map(str::to_owned))];
            rows.extend(self.comparisons.iter().map(row));
            render(&rows, &mut text);
            text.push('\n');
        }
        if let Some(push) = &self.push {
            text += &push.table();
            text.push('\n');
        }
        let mut rows = vec![["must", "limit", "reached", ""].map(str::to_owned).to_vec()];
        for must in self.musts() {
            let sign = if must.at_least { '≥' } else { '≤' };
            rows.push(vec![
                must.what.to_owned(),
                format!("{sign} {} {}", must.limit, must.unit),
                rounded(must.reached),
                if must.holds() { "holds" } else { "FAILS" }.to_owned(),
            ]);
        }
        render(&rows, &mut text);
        // Writing to a string does not fail, so its result is ignored below.
        if let Some(capacity) = &self.capacity {
            let resident = capacity.memory.last().map_or(0, |(_, bytes)| bytes >> 20);
            let ms = |figures: &Figures| {
                let (p99, longest) = (figures.p99_us / 1000.0, figures.max_us / 1000.0);
                format!("p99 {} ms, longest {} ms", rounded(p99), rounded(longest))
            };
            let _ = write!(
                text,
                "\n{} members in 10 000 rooms: {resident} MiB resident, {} bytes each. Others' beats: {} before; \
                {} while all the rest are gone at once. A scrape of the metrics: {} ms, at most {} ms, {} bytes.\n",
                grouped(capacity.members as f64),
                rounded(capacity.bytes_per_member()),
                ms(&capacity.calm),
                ms(&capacity.silence),
                rounded(capacity.scrapes.ms.median),
                rounded(capacity.scrapes.ms.most),
                grouped(capacity.scrapes.bytes as f64),
            );
        }
        if let Some(beats) = self.comparison(Comparison::HEARTBEAT) {
            let used = beats.baseline(|figures| figures.generator).median;
            let _ = write!(
                text,
                "\nThe load generator used {} of one core while the bare server did its utmost.\n",
                rounded(used)
            );
        }
        text
    }

    /// The report as JSON, with every round.
    pub(crate) fn json(&self) -> String {
        let figures = |figures: &Figures| {
            json!({
                "per_second": figures.per_second,
                "p50_us": figures.p50_us,
                "p99_us": figures.p99_us,
                "max_us": figures.max_us,
                "cpu_us": figures.cpu_us,
                "generator": figures.generator,
            })
        };
        let comparison = |known: &Comparison| {
            json!({
                "name": known.name,
                "zaibo": known.zaibo.iter().map(figures).collect::<Vec<_>>(),
                "bare_server": known.baseline.iter().map(figures).collect::<Vec<_>>(),
                "ratio": spread(known.ratio(Figures::per_second)),
                "cpu_ratio": spread(known.ratio(|figures| figures.cpu_us)),
            })
        };
        let must = |must: &Must| {
            json!({
                "what": must.what,
                "limit": must.limit,
                "unit": must.unit,
                "reached": must.reached,
                "holds": must.holds(),
            })
        };
        let capacity = |capacity: &Capacity| {
            json!({
                "members": capacity.members,
                "bytes_per_member": capacity.bytes_per_member(),
                "resident_bytes": capacity.memory,
                "scrape_ms": spread(capacity.scrapes.ms),
                "scrape_bytes": capacity.scrapes.bytes,
                "others_before": figures(&capacity.calm),
                "others_in_silence": figures(&capacity.silence),
            })
        };
        let report = json!({
            "machine": self.machine,
            "comparisons": self.comparisons.iter().map(comparison).collect::<Vec<_>>(),
            "capacity": self.capacity.as_ref().map(capacity),
            "push": self.push.as_ref().map(Push::json),
            "start_s": self.starts.iter().map(Duration::as_secs_f64).collect::<Vec<_>>(),
            "musts": self.musts().iter().map(must).collect::<Vec<_>>(),
        });
        format!("{report:#}\n")
    }
}

const COLUMNS: [&str; 8] = [
    "asked",
    "per second",
    "of the bare server",
    "p50 ms",
    "p99 ms",
    "bare server's p99",
    "CPU µs",
    "of the bare server",
];

fn row(known: &Comparison) -> Vec<String> {
    let ratio = |figure| {
        let Spread {
            median,
            least,
            most,
        } = known.ratio(figure);
        format!("{median:.2} ({least:.2}–{most:.2})")
    };
    let millis = |spread: Spread| rounded(spread.median / 1000.0);
    vec![
        known.name.to_owned(),
        grouped(known.zaibo(Figures::per_second).median),
        ratio(Figures::per_second),
        millis(known.zaibo(|figures| figures.p50_us)),
        millis(known.zaibo(|figures| figures.p99_us)),
        millis(known.baseline(|figures| figures.p99_us)),
        rounded(known.zaibo(|figures| figures.cpu_us).median),
        ratio(|figures| figures.cpu_us),
    ]
}

fn spread(spread: Spread) -> Value {
    json!({ "median": spread.median, "least": spread.least, "most": spread.most })
}

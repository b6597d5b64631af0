//! The figures of pushing as tables, as JSON, and their limits.

use serde_json::{Value, json};

use super::nchan::HOW_TO_INSTALL;
use super::scenes::Round;
use super::stuck::Stuck;
use crate::compare::Spread;
use crate::must::Must;
use crate::table::{grouped, render, rounded};

/// Pushing, by zaibo and by nchan.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    /// The sockets in a room of many.
    pub(super) sockets: usize,
    pub(super) zaibo: Vec<Round>,
    /// Empty if nchan is not installed.
    pub(super) nchan: Vec<Round>,
    pub(super) stuck: Stuck,
    pub(super) stuck_at_nchan: Option<Stuck>,
}

/// A figure of a round, and its limit as a multiple of nchan's.
struct Row {
    what: &'static str,
    unit: &'static str,
    figure: fn(&Round) -> f64,
    most: Option<f64>,
}

const fn row(
    what: &'static str,
    unit: &'static str,
    most: Option<f64>,
    figure: fn(&Round) -> f64,
) -> Row {
    Row {
        what,
        unit,
        figure,
        most,
    }
}

/// All figures of a round.
const ROWS: [Row; 9] = [
    row("an event, to the last socket", "ms", Some(1.2), |round| {
        round.one.ms
    }),
    row("an event, CPU a delivery", "µs", Some(1.2), |round| {
        round.one.cpu_us
    }),
    row("an idle socket", "bytes", Some(0.4), |round| round.idle),
    row("20 counts at once, to the last", "ms", Some(0.3), |round| {
        round.twenty.ms
    }),
    row(
        "20 counts at once, CPU a delivery",
        "µs",
        Some(0.3),
        |round| round.twenty.cpu_us,
    ),
    row(
        "20 arrivals at once, to the last",
        "ms",
        Some(0.3),
        |round| round.arrivals.ms,
    ),
    row(
        "20 arrivals at once, CPU a delivery",
        "µs",
        Some(0.3),
        |round| round.arrivals.cpu_us,
    ),
    row(
        "an event in each of many rooms, to the last",
        "ms",
        None,
        |round| round.rooms.ms,
    ),
    row(
        "an event in each of many rooms, CPU a delivery",
        "µs",
        None,
        |round| round.rooms.cpu_us,
    ),
];

/// The limit of time from an event to the last socket, in milliseconds.
const MOST_MS: f64 = 1000.0;

impl Push {
    /// The limits of what was measured.
    pub(crate) fn musts(&self) -> Vec<Must> {
        let ratio = |row: &Row| {
            let reached = self.ratio(row).map(|ratio| ratio.median);
            Must::at_most(row.what, row.most?, "× nchan", reached)
        };
        let last = Spread::of(self.zaibo.iter().map(|round| round.one.ms)).median;
        let missed = self.stuck.missed as f64;
        let others = [
            Must::at_most(
                "push: an event, to the last socket",
                MOST_MS,
                "ms",
                Some(last),
            ),
            Must::at_most("events missed beside stuck readers", 0.0, "", Some(missed)),
        ];
        ROWS.iter()
            .filter_map(ratio)
            .chain(others.into_iter().flatten())
            .collect()
    }

    /// The ratio of zaibo and nchan, round by round. `None` without nchan.
    fn ratio(&self, row: &Row) -> Option<Spread> {
        let pairs = self.zaibo.iter().zip(&self.nchan);
        let ratios = pairs.map(|(zaibo, nchan)| (row.figure)(zaibo) / (row.figure)(nchan));
        (!self.nchan.is_empty()).then(|| Spread::of(ratios))
    }

    /// Two tables in Markdown.
    pub(crate) fn table(&self) -> String {
        let head = ["pushed", "zaibo", "nchan", "of nchan"].map(str::to_owned);
        let mut rows = vec![head.to_vec()];
        rows.extend(ROWS.iter().map(|row| {
            let figure =
                |rounds: &[Round]| spread(Spread::of(rounds.iter().map(row.figure)), rounded);
            let ratio = self
                .ratio(row)
                .map(|ratio| spread(ratio, |ratio| format!("{ratio:.2}")));
            let nchan = ratio.is_some().then(|| figure(&self.nchan));
            let none = || "–".to_owned();
            vec![
                format!("{}, {}", row.what, row.unit),
                figure(&self.zaibo),
                nchan.unwrap_or_else(none),
                ratio.unwrap_or_else(none),
            ]
        }));
        let all = grouped(self.sockets as f64);
        let fewer = grouped((self.sockets / 5) as f64);
        let mut text = format!(
            "Pushed to {all} sockets; events at once to {fewer}; many rooms have ten each.\n\n"
        );
        render(&rows, &mut text);
        text.push('\n');
        render(&self.stuck_rows(), &mut text);
        if self.nchan.is_empty() {
            text += &format!("\n{HOW_TO_INSTALL}, so nothing is compared.\n");
        }
        text
    }

    fn stuck_rows(&self) -> Vec<Vec<String>> {
        let head = [
            "stuck readers of",
            "readers",
            "bytes published to each",
            "memory each",
            "in the kernel each",
            "missed by others",
            "told anew",
        ];
        let servers = [("zaibo", Some(self.stuck)), ("nchan", self.stuck_at_nchan)];
        let rows = servers.into_iter().filter_map(|(name, stuck)| {
            let stuck = stuck?;
            Some(vec![
                name.to_owned(),
                stuck.readers.to_string(),
                grouped(stuck.published),
                grouped(stuck.memory),
                grouped(stuck.kernel),
                stuck.missed.to_string(),
                stuck.anew.to_string(),
            ])
        });
        [head.map(str::to_owned).to_vec()]
            .into_iter()
            .chain(rows)
            .collect()
    }

    /// Every round.
    pub(crate) fn json(&self) -> Value {
        let rows = ROWS.iter().map(|row| {
            let figures = |rounds: &[Round]| rounds.iter().map(row.figure).collect::<Vec<_>>();
            let ratio = self.ratio(row).map(
                |ratio| json!({ "median": ratio.median, "least": ratio.least, "most": ratio.most }),
            );
            json!({
                "what": row.what,
                "unit": row.unit,
                "zaibo": figures(&self.zaibo),
                "nchan": figures(&self.nchan),
                "ratio": ratio,
            })
        });
        let stuck = |stuck: Stuck| {
            json!({
                "readers": stuck.readers,
                "published_bytes_each": stuck.published,
                "memory_bytes_each": stuck.memory,
                "kernel_bytes_each": stuck.kernel,
                "missed_by_others": stuck.missed,
                "told_anew": stuck.anew,
            })
        };
        json!({
            "sockets": self.sockets,
            "figures": rows.collect::<Vec<_>>(),
            "stuck": { "zaibo": stuck(self.stuck), "nchan": self.stuck_at_nchan.map(stuck) },
        })
    }
}

/// Median, least and most.
fn spread(spread: Spread, shown: impl Fn(f64) -> String) -> String {
    let [median, least, most] = [spread.median, spread.least, spread.most].map(shown);
    format!("{median} ({least}–{most})")
}

//! The results of a crowd: what people did, how the server answered, and which promises it kept.

use std::fmt::Write;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::args::CrowdArgs;
use super::command::Command;
use super::figures::Figures;
use super::listeners::HONOURED;
use super::promises::{Breaches, Ledger, Promise};
use super::truth::TOLERANCE;
use crate::table::render;

/// The results of one crowd.
pub(crate) struct Report<'r> {
    pub(crate) args: &'r CrowdArgs,
    pub(crate) fingerprint: &'r str,
    pub(crate) connections: usize,
    pub(crate) gathering: Duration,
    pub(crate) figures: &'r Figures,
    pub(crate) ledger: &'r Ledger,
}

/// Whether a promise was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Holds,
    Broken,
    /// The crowd itself was too slow to judge.
    Unknown,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken => "BROKEN",
            Self::Unknown => "cannot be said",
        }
    }
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

/// Number of answers, p50, p99 and maximum in milliseconds.
fn times(histogram: &Histogram<u64>) -> (u64, [f64; 3]) {
    let at = |quantile| millis(histogram.value_at_quantile(quantile));
    (
        histogram.len(),
        [at(0.5), at(0.99), millis(histogram.max())],
    )
}

impl Report<'_> {
    fn verdict(&self, promise: Promise) -> Verdict {
        match self.ledger.of(promise).count {
            0 => Verdict::Holds,
            _ if promise.is_of_time() && self.figures.is_bottleneck() => Verdict::Unknown,
            _ => Verdict::Broken,
        }
    }

    fn limit(&self, promise: Promise) -> String {
        let seconds = |time: Duration| time.as_secs_f64();
        match promise {
            Promise::Ghosts => format!(
                "who left is not listed; nobody silent for {} s, a host {} s, {} s later at most",
                seconds(self.args.member_timeout),
                seconds(self.args.host_timeout),
                seconds(TOLERANCE)
            ),
            Promise::FalseLeaves => {
                let limit = seconds(self.args.member_timeout);
                format!("who entered and was heard of within {limit} s is listed")
            }
            Promise::Roles => format!(
                "one host, at most {} on mic, who wished it",
                self.args.mic_seats
            ),
            Promise::Counts => "as many members as are present".to_owned(),
            Promise::Likes => {
                "as many likes as the host reported and members sent, each once".to_owned()
            }
            Promise::Lives => "every live, and none that ended".to_owned(),
            Promise::Answers => "every request is done".to_owned(),
            Promise::Connections => "no connection is closed instead of an answer".to_owned(),
            Promise::Punctual => format!("answered within {} s", seconds(self.args.late)),
            Promise::Gaps => "push leaves no event out, or sends a snapshot".to_owned(),
            Promise::Tidings => "what push told is what is true, and what GET says".to_owned(),
            Promise::Resumes => format!(
                "who is cut off goes on from their position within {} s",
                seconds(HONOURED)
            ),
            Promise::Ends => "a socket ends with its reason, and not before".to_owned(),
            Promise::Prompt => format!("push tells within {} s", seconds(self.args.late)),
        }
    }

    /// The broken promises, in a few words; `None` if there are none.
    pub(crate) fn broken(&self) -> Option<String> {
        let broken = Promise::ALL.into_iter();
        let broken = broken.filter(|promise| self.verdict(*promise) == Verdict::Broken);
        let name = |promise: Promise| {
            let count = self.ledger.of(promise).count;
            format!("{count} {}", promise.breach())
        };
        let broken: Vec<_> = broken.map(name).collect();
        (!broken.is_empty()).then(|| broken.join(", "))
    }

    fn bottleneck(&self) -> &'static str {
        if self.figures.is_bottleneck() {
            "the crowd itself was the bottleneck, so late answers prove nothing"
        } else {
            "the crowd itself was not the bottleneck"
        }
    }

    /// The results as tables.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        // Writing to memory does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let (args, figures, deeds) = (self.args, self.figures, self.figures.deeds);
        writeln!(
            text,
            "{} viewers and {} hosts at {}, seed {}, decisions {}",
            args.viewers, args.rooms, args.url, args.seed, self.fingerprint
        )?;
        writeln!(
            text,
            "{:.0} s to register and log in, {:.0} s of show, {} connections that all people share\n",
            self.gathering.as_secs_f64(),
            figures.took.as_secs_f64(),
            self.connections
        )?;
        let head = ["asked", "answers", "p50 ms", "p99 ms", "max ms"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        let all = ("all of the show", &figures.all);
        let commands = Command::ALL.map(|command| (command.name(), figures.of(command)));
        for (name, histogram) in commands.into_iter().chain([all]) {
            let (count, times) = times(histogram);
            if count > 0 {
                let [p50, p99, max] = times.map(|time| format!("{time:.1}"));
                rows.push(vec![name.to_owned(), count.to_string(), p50, p99, max]);
            }
        }
        render(&rows, text);
        text.push('\n');
        writeln!(
            text,
            "{} lives; {} entered, {} left, {} lost the network, {} came back; {} wishes to go on mic, \
             at most {} at once in a room; {} likes; {} found a room closed",
            deeds.lives,
            deeds.entered,
            deeds.left,
            deeds.lost,
            deeds.returned,
            deeds.on_mic,
            deeds.most_on_mic,
            deeds.likes,
            deeds.closed_doors
        )?;
        writeln!(
            text,
            "{} people present at most; {} lists compared, {} of them without a verdict about missing \
             people, because rows moved while they were read",
            deeds.most_present, deeds.lists, deeds.torn_lists
        )?;
        self.write_pushed(text)?;
        writeln!(
            text,
            "{:.0} requests/s; {} ({:.2} of a core, 99 % of its acts less than {:.0} ms late)\n",
            figures.per_second(),
            self.bottleneck(),
            figures.cpu(),
            figures.lag().as_secs_f64() * 1000.0 + 1.0,
        )?;
        let mut rows = vec![["promise", "found", "verdict"].map(str::to_owned).to_vec()];
        for promise in Promise::ALL {
            let found = format!("{} {}", self.ledger.of(promise).count, promise.breach());
            let verdict = self.verdict(promise).as_str().to_owned();
            rows.push(vec![self.limit(promise), found, verdict]);
        }
        render(&rows, text);
        for promise in Promise::ALL {
            let Breaches { count, examples } = self.ledger.of(promise);
            if !examples.is_empty() {
                writeln!(
                    text,
                    "\n{count} {}, for example (times from the start of this program):",
                    promise.breach()
                )?;
            }
            for example in examples {
                writeln!(text, "- {example}")?;
            }
        }
        Ok(())
    }

    fn write_pushed(&self, text: &mut String) -> std::fmt::Result {
        let pushed = &self.figures.pushed;
        let (told, [p50, p99, max]) = times(pushed.delays());
        writeln!(
            text,
            "{} sockets opened, {} at once at most, {} cut; {} resumed, {} snapshots instead; {} events in \
             {} messages, {} gaps",
            pushed.opened,
            pushed.most_open,
            pushed.cut,
            pushed.resumed,
            pushed.snapshots,
            pushed.events,
            pushed.messages,
            self.ledger.of(Promise::Gaps).count
        )?;
        writeln!(
            text,
            "{} states compared, {} of them with GET at the same position; from an act to its event {p50:.1} ms \
             (p99 {p99:.1} ms, max {max:.1} ms, {told} times)",
            pushed.compared, pushed.exactly
        )
    }

    /// The results for programs.
    pub(crate) fn json(&self) -> String {
        let (args, figures, deeds) = (self.args, self.figures, self.figures.deeds);
        let pushed = &figures.pushed;
        let times = |histogram: &Histogram<u64>| {
            let (answers, [p50, p99, max]) = times(histogram);
            json!({"answers": answers, "p50_ms": p50, "p99_ms": p99, "max_ms": max})
        };
        let commands = Command::ALL.map(|command| {
            let mut row = times(figures.of(command));
            row["name"] = command.name().into();
            row
        });
        let promises = Promise::ALL.map(|promise| {
            let Breaches { count, examples } = self.ledger.of(promise);
            json!({
                "promise": self.limit(promise), "breach": promise.breach(), "found": count,
                "verdict": self.verdict(promise).as_str(), "examples": examples,
            })
        });
        let report: Value = json!({
            "url": args.url.to_string(), "seed": args.seed, "decisions": self.fingerprint,
            "modern": args.modern, "listening": args.sockets, "rooms": args.rooms, "viewers": args.viewers, "connections": self.connections,
            "gathering_s": self.gathering.as_secs_f64(), "show_s": figures.took.as_secs_f64(),
            "commands": commands, "show": times(&figures.all), "per_second": figures.per_second(),
            "lives": deeds.lives, "entered": deeds.entered, "left": deeds.left, "lost": deeds.lost,
            "returned": deeds.returned, "on_mic": deeds.on_mic, "most_on_mic": deeds.most_on_mic, "likes": deeds.likes,
            "closed_doors": deeds.closed_doors, "most_present": deeds.most_present,
            "lists": deeds.lists, "torn_lists": deeds.torn_lists,
            "push": {
                "sockets": pushed.opened, "most_sockets": pushed.most_open, "cut": pushed.cut,
                "resumed": pushed.resumed, "snapshots": pushed.snapshots, "messages": pushed.messages,
                "events": pushed.events, "gaps": self.ledger.of(Promise::Gaps).count,
                "compared": pushed.compared, "compared_exactly": pushed.exactly,
                "delay": times(pushed.delays()),
            },
            "own_cores": figures.cpu(), "own_lag_p99_ms": figures.lag().as_secs_f64() * 1000.0,
            "is_bottleneck": figures.is_bottleneck(), "promises": promises,
        });
        format!("{report:#}\n")
    }
}

//! What is counted of requests: how many, with which codes, and how long they took.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec};

use super::maker::Maker;

/// Upper limits in seconds. A beat takes a fraction of a millisecond; a client gives up after seconds.
const SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];

/// Requests of all protocols.
pub(super) struct RequestMetrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
}

impl RequestMetrics {
    pub(super) fn new(new: &Maker<'_>) -> Self {
        let seconds = HistogramOpts::new(
            "zaibo_http_request_seconds",
            "Time from the end of a request to its answer",
        );
        Self {
            requests: new.counters(
                "zaibo_http_requests_total",
                "Answers, by command and code; the command is unknown if there is none of that name",
                &["api", "command", "code"],
            ),
            seconds: new.made(HistogramVec::new(
                seconds.buckets(SECONDS.to_vec()),
                &["api", "command"],
            )),
        }
    }

    pub(super) fn command(&self, api: &'static str, command: &'static str) -> CommandMetrics {
        CommandMetrics {
            api,
            command,
            requests: self.requests.clone(),
            done: self.requests.with_label_values(&[api, command, "0"]),
            seconds: self.seconds.with_label_values(&[api, command]),
        }
    }
}

/// One command. Counting a success looks nothing up.
#[derive(Clone)]
pub struct CommandMetrics {
    api: &'static str,
    command: &'static str,
    requests: IntCounterVec,
    done: IntCounter,
    seconds: Histogram,
}

impl CommandMetrics {
    /// Shows that code from the beginning, with 0.
    #[must_use]
    pub fn showing(self, code: i32) -> Self {
        self.counter(code);
        self
    }

    /// Counts an answer with that code, 0 for a success.
    pub fn answered(&self, code: i32, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        if code == 0 {
            self.done.inc();
        } else {
            self.counter(code).inc();
        }
    }

    fn counter(&self, code: i32) -> IntCounter {
        let labels = [self.api, self.command, &code.to_string()];
        self.requests.with_label_values(&labels)
    }
}

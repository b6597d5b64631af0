//! What is counted of the store's commits.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts};

use super::maker::Maker;

/// Upper limits in seconds, from a fast disk to one that stands still.
const SECONDS: [f64; 11] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5,
];

/// Upper limits of the writes of one commit.
const WRITES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 256.0, 1024.0];

/// Commits of the store.
#[derive(Clone)]
pub struct StoreMetrics {
    seconds: Histogram,
    writes: Histogram,
}

impl StoreMetrics {
    pub(super) fn new(new: &Maker<'_>) -> Self {
        let seconds = HistogramOpts::new(
            "zaibo_store_commit_seconds",
            "Time of a transaction from its begin to its commit on the disk",
        );
        let writes = HistogramOpts::new(
            "zaibo_store_commit_writes",
            "Writes that one transaction committed together",
        );
        Self {
            seconds: new.made(Histogram::with_opts(seconds.buckets(SECONDS.to_vec()))),
            writes: new.made(Histogram::with_opts(writes.buckets(WRITES.to_vec()))),
        }
    }

    /// Counts a commit of so many writes.
    pub fn committed(&self, writes: usize, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        self.writes.observe(writes as f64);
    }
}

//! Counts commits for the metrics. A tool that opens the store has none.

use std::sync::OnceLock;

use crate::clock::Stopwatch;
use crate::metrics::StoreMetrics;

/// Counts commits once it was told where.
#[derive(Default)]
pub(crate) struct CommitWatch(OnceLock<StoreMetrics>);

impl CommitWatch {
    /// Counts the commits from now on. Only the first call has an effect.
    pub(crate) fn count_in(&self, metrics: StoreMetrics) {
        let _ = self.0.set(metrics);
    }

    /// A transaction that began then has committed so many writes.
    pub(crate) fn committed(&self, begun: Stopwatch, writes: usize) {
        if let Some(metrics) = self.0.get() {
            metrics.committed(writes, begun.elapsed());
        }
    }
}

//! Times commits for the metrics. A tool that opens the store has none.

use std::sync::OnceLock;

use crate::clock::{Clock, Stopwatch};
use crate::metrics::StoreMetrics;

/// Counts commits once it was told where.
#[derive(Default)]
pub(crate) struct CommitWatch(OnceLock<(StoreMetrics, Clock)>);

impl CommitWatch {
    /// Counts the commits from now on. Only the first call has an effect.
    pub(crate) fn count_in(&self, metrics: StoreMetrics, clock: Clock) {
        let _ = self.0.set((metrics, clock));
    }

    /// The begin of a transaction.
    pub(crate) fn begin(&self) -> Option<Stopwatch> {
        self.0.get().map(|(_, clock)| clock.stopwatch())
    }

    /// A transaction that began then has committed so many writes.
    pub(crate) fn committed(&self, begun: Option<Stopwatch>, writes: usize) {
        if let Some((begun, (metrics, _))) = begun.zip(self.0.get()) {
            metrics.committed(writes, begun.elapsed());
        }
    }
}

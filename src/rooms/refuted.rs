//! Dismissals in the cloud that hosts have refuted and that are not recorded yet.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Their numbers in the inbox; few per live. Rooms add them, and the handle takes them to be
/// recorded.
#[derive(Default)]
pub(super) struct Refuted(Mutex<Vec<i64>>);

impl Refuted {
    /// Adds dismissals that hosts have refuted.
    pub(super) fn add(&self, events: Vec<i64>) {
        if !events.is_empty() {
            self.events().extend(events);
        }
    }

    /// Takes those that are not recorded yet.
    pub(super) fn take(&self) -> Vec<i64> {
        std::mem::take(&mut *self.events())
    }

    fn events(&self) -> MutexGuard<'_, Vec<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

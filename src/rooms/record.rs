//! What rooms decided and is not on record yet: taken from the handle by who keeps the record, and
//! put back if it could not be recorded.

use super::handle::RoomsHandle;
use crate::domain::{LiveEnd, LiveId, Progress};

impl RoomsHandle {
    /// Takes the lives that ended by themselves and are not on record yet.
    pub fn take_ended(&self) -> Vec<LiveEnd> {
        self.registry.take_ended()
    }

    /// Takes the end of one live, if it ended by itself and that is not on record yet.
    pub fn take_end_of(&self, live: LiveId) -> Option<LiveEnd> {
        self.registry.take_end_of(live)
    }

    /// The figures of every open live whose figures have changed since they were last taken.
    pub fn take_progress(&self) -> Vec<Progress> {
        self.registry.take_progress()
    }

    /// Puts back what could not be recorded.
    pub fn put_back(&self, ended: Vec<LiveEnd>, progress: &[Progress]) {
        self.registry.add_ended(ended);
        self.registry.put_back_progress(progress);
    }

    /// Takes the numbers of the dismissals that hosts have refuted, to be put on record.
    pub fn take_refuted(&self) -> Vec<i64> {
        self.refuted.take()
    }

    /// Puts back what could not be recorded.
    pub fn put_back_refuted(&self, events: Vec<i64>) {
        self.refuted.add(events);
    }
}

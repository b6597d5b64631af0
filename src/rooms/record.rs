//! Changes that rooms decided and the database does not have yet: taken from the handle to be
//! recorded, and put back if that failed.

use super::handle::RoomsHandle;
use crate::domain::{LiveEnd, LiveId, Progress};

impl RoomsHandle {
    /// Takes the lives that ended by themselves and are not recorded yet.
    pub fn take_ended(&self) -> Vec<LiveEnd> {
        self.registry.take_ended()
    }

    /// Takes the end of one live, if it ended by itself and is not recorded yet.
    pub fn take_end_of(&self, live: LiveId) -> Option<LiveEnd> {
        self.registry.take_end_of(live)
    }

    /// The end of one live, if it ended by itself and is not recorded yet.
    pub fn end_of(&self, live: LiveId) -> Option<LiveEnd> {
        self.registry.end_of(live)
    }

    /// Takes the figures of the open lives that changed since they were last taken.
    pub fn take_progress(&self) -> Vec<Progress> {
        self.registry.take_progress()
    }

    /// Puts back ends and figures that could not be recorded.
    pub fn put_back(&self, ended: Vec<LiveEnd>, progress: &[Progress]) {
        self.registry.add_ended(ended);
        self.registry.put_back_progress(progress);
    }

    /// Takes the dismissals that hosts have refuted, by their numbers in the inbox, to be recorded.
    pub fn take_refuted(&self) -> Vec<i64> {
        self.refuted.take()
    }

    /// Puts back refuted dismissals that could not be recorded.
    pub fn put_back_refuted(&self, events: Vec<i64>) {
        self.refuted.add(events);
    }
}

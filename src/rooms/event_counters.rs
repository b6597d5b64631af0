//! How many events of each kind the rooms had.

use crate::domain::{Numbered, RoomEventKind};
use crate::metrics::Counter;

/// A counter for each kind of event, at the place of the kind.
pub type EventCounters = [Counter; RoomEventKind::ALL.len()];

/// Counts events by their kinds.
pub(super) fn count(counters: &EventCounters, events: &[Numbered]) {
    for Numbered { event, .. } in events {
        counters[event.kind().index()].increment(1);
    }
}

//! Counts the events of all rooms, by kind.

use crate::domain::{Numbered, RoomEventKind};
use crate::metrics::Counter;

/// A counter for each kind of event, at the [index](RoomEventKind::index) of the kind.
pub type EventCounters = [Counter; RoomEventKind::ALL.len()];

pub(super) fn count(counters: &EventCounters, events: &[Numbered]) {
    for Numbered { event, .. } in events {
        counters[event.kind().index()].increment(1);
    }
}

//! Deadlines: when the silence of members has to be checked next.
//!
//! A beat moves no deadline. When a deadline has come, it is compared with the member's last sign of
//! life, and a new one is set from that.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, VecDeque};

use crate::domain::Moment;

/// When the silence of one membership has to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    at: Moment,
    entry: u64,
}

/// A deadline that has come.
pub(super) enum Due {
    /// The usual deadline of the member with that entry. If they stay, they need a new one.
    Usual(u64),
    /// The earlier deadline of a suspect. If they stay, their usual deadline is still set.
    Suspect(u64),
}

/// The deadlines of all members except the host, whose deadline is calculated each time.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    usual: BinaryHeap<Reverse<Deadline>>,
    /// Suspects are members whom the cloud saw leave. They all have the same timeout, so the queue is in
    /// order.
    suspects: VecDeque<Deadline>,
}

impl Deadlines {
    /// Sets the usual deadline of the member with that entry.
    pub(super) fn watch(&mut self, entry: u64, at: Moment) {
        self.usual.push(Reverse(Deadline { at, entry }));
    }

    /// Sets the earlier deadline of a suspect. `at` must not be before that of the previous call.
    pub(super) fn suspect(&mut self, entry: u64, at: Moment) {
        self.suspects.push_back(Deadline { at, entry });
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Moment> {
        let usual = self.usual.peek().map(|Reverse(first)| first.at);
        let suspect = self.suspects.front().map(|first| first.at);
        usual.into_iter().chain(suspect).min()
    }

    /// Takes one deadline that has come.
    pub(super) fn take_due(&mut self, now: Moment) -> Option<Due> {
        if let Some(first) = self.usual.peek_mut()
            && first.0.at <= now
        {
            return Some(Due::Usual(PeekMut::pop(first).0.entry));
        }
        let first = self.suspects.pop_front_if(|first| first.at <= now)?;
        Some(Due::Suspect(first.entry))
    }
}

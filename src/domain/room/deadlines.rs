//! When the silence of members has to be checked next.
//!
//! A beat moves no deadline. A deadline that has come is compared with the member's last sign of
//! life, and set again from that.

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
    /// The usual one of the member of that entry. If they stay, they need another.
    Usual(u64),
    /// The earlier one of a member whom the cloud saw go. If they stay, they have their usual one.
    Suspect(u64),
}

/// The deadlines of all members but the host, whose is calculated each time.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    usual: BinaryHeap<Reverse<Deadline>>,
    /// Of members whom the cloud saw go. In order, because the span is the same for each of them.
    suspects: VecDeque<Deadline>,
}

impl Deadlines {
    /// The silence of the member of that entry is to be checked then.
    pub(super) fn watch(&mut self, entry: u64, at: Moment) {
        self.usual.push(Reverse(Deadline { at, entry }));
    }

    /// The cloud saw the member of that entry go, so that they are to be checked then. It is not
    /// before what was given here last.
    pub(super) fn suspect(&mut self, entry: u64, at: Moment) {
        self.suspects.push_back(Deadline { at, entry });
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Moment> {
        let usual = self.usual.peek().map(|Reverse(first)| first.at);
        let suspect = self.suspects.front().map(|first| first.at);
        usual.into_iter().chain(suspect).min()
    }

    /// Takes a deadline that has come.
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

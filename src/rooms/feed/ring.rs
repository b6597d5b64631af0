//! The latest frames of a feed, for readers who come back or fall behind. There is one as long as somebody
//! reads, and a while longer.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use tokio::sync::Mutex;

use super::snapshot::Snapshot;
use crate::bell::Bell;
use crate::domain::{
    Batch, Change, Incarnation, Moment, Numbered, RoomEvent, RoomStats, Tick, Told, Why,
};

/// The most changes that are collected before a tick has to end early.
const MOST_CHANGES: usize = 1024;

/// How much is kept for readers who come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Frames at the most.
    pub frames: usize,
    /// Bytes at the most, roughly.
    pub bytes: usize,
}

/// All changes of a tick, as every reader gets them.
#[derive(Debug)]
pub struct Frame {
    /// The count to which the numbers belong.
    pub incarnation: Incarnation,
    /// The number of the first event that it covers.
    pub from: u64,
    /// The number of the last event that it covers.
    pub to: u64,
    /// The changes, in order. Events that readers are not told of may be missing.
    pub changes: Vec<Told>,
    /// When it was made.
    pub told_at: Moment,
    text: OnceLock<Box<str>>,
}

impl Frame {
    /// Its text, which the first reader who needs it makes for all.
    pub fn text(&self, make: impl FnOnce(&Self) -> String) -> &str {
        self.text.get_or_init(|| make(self).into_boxed_str())
    }
}

#[derive(Debug)]
pub(super) struct Ring {
    frames: VecDeque<Arc<Frame>>,
    /// The bytes of all frames, roughly.
    bytes: usize,
    /// The number of the last event that is not in the frames any more.
    base: u64,
    /// Whether `base` moved because members are told one by one again.
    base_is_detail: bool,
    tick: Tick,
    /// When the latest frame was made.
    pub(super) told_at: Moment,
    /// Whether the room is a crowd, so that viewers who come and go are only counted.
    pub(super) is_crowd: bool,
    pub(super) readers: usize,
    /// Since when it is known that nobody reads.
    pub(super) quiet_since: Option<Moment>,
    /// Rung when there is a new frame.
    pub(super) bell: Arc<Bell>,
    /// Whether it is to be rung.
    pub(super) has_news: bool,
    /// Made since the latest frame.
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// Held by the reader who asks the room for a snapshot, so that others wait for theirs.
    pub(super) asking: Arc<Mutex<()>>,
}

impl Ring {
    /// A ring that begins behind that event.
    pub(super) fn new(base: u64, is_crowd: bool) -> Self {
        Self {
            frames: VecDeque::new(),
            bytes: 0,
            base,
            base_is_detail: false,
            tick: Tick::default(),
            told_at: Moment::from_millis(0),
            is_crowd,
            readers: 0,
            quiet_since: None,
            bell: Arc::default(),
            has_news: false,
            snapshot: None,
            asking: Arc::default(),
        }
    }

    /// An event happened. True if the tick must not wait for more.
    pub(super) fn add(&mut self, event: Numbered, at_ms: i64) -> bool {
        let is_end = matches!(event.event, RoomEvent::Ended { .. });
        self.tick.add(event, at_ms, self.is_crowd);
        is_end || self.tick.len() >= MOST_CHANGES
    }

    /// Whether something waits to be told.
    pub(super) fn is_waiting(&self) -> bool {
        !self.tick.is_empty()
    }

    /// Tells what waits. `is_crowd` says what the room is from now on.
    pub(super) fn tell(
        &mut self,
        incarnation: Incarnation,
        is_crowd: bool,
        RoomStats { members, peak, .. }: RoomStats,
        history: History,
        now: Moment,
    ) {
        let was_crowd = std::mem::replace(&mut self.is_crowd, is_crowd);
        if is_crowd && !was_crowd {
            self.tick.becomes_crowd(members);
        }
        let Some(Batch { to, changes }) = self.tick.take(peak) else {
            return;
        };
        self.told_at = now;
        self.snapshot = None;
        let from = self.last() + 1;
        let frame = Frame {
            incarnation,
            from,
            to,
            changes,
            told_at: now,
            text: OnceLock::new(),
        };
        self.bytes += weight(&frame);
        self.frames.push_back(Arc::new(frame));
        if was_crowd && !is_crowd {
            // Readers do not know the members of a crowd, so they begin anew.
            self.base = to;
            self.frames.clear();
            self.bytes = 0;
            self.base_is_detail = true;
        } else {
            self.forget(history.frames, history.bytes);
        }
        self.has_news = true;
    }

    /// Another count begins. All readers begin anew.
    pub(super) fn begin(&mut self) {
        self.tick = Tick::default();
        self.frames.clear();
        (self.bytes, self.base, self.base_is_detail) = (0, 0, false);
        self.snapshot = None;
        self.has_news = true;
    }

    /// Whether somebody who has seen everything up to that event can read on.
    pub(super) fn covers(&self, seq: u64) -> bool {
        self.base <= seq
    }

    /// Why somebody who has seen everything up to an event cannot read on.
    pub(super) fn why_not(&self) -> Why {
        if self.base_is_detail {
            Why::Detail
        } else {
            Why::Lagged
        }
    }

    /// The first frame with an event behind that one.
    pub(super) fn behind(&self, seq: u64) -> Option<&Arc<Frame>> {
        let first = self.frames.partition_point(|frame| frame.to <= seq);
        self.frames.get(first)
    }

    fn last(&self) -> u64 {
        self.frames.back().map_or(self.base, |frame| frame.to)
    }

    /// Keeps so much. The newest frame stays in any case, because nobody has got it yet.
    fn forget(&mut self, frames: usize, bytes: usize) {
        while self.frames.len() > 1 && (self.frames.len() > frames || self.bytes > bytes) {
            let Some(frame) = self.frames.pop_front() else {
                return;
            };
            self.bytes -= weight(&frame);
            self.base = frame.to;
            self.base_is_detail = false;
        }
    }
}

/// The bytes of a frame and its text, roughly.
fn weight(frame: &Frame) -> usize {
    let changes = frame.changes.iter().map(|told| match &told.change {
        Change::Event(RoomEvent::Live { profile } | RoomEvent::Changed { profile }) => {
            let said = profile.info.title.len() + profile.info.cover.len();
            300 + 2 * (said + profile.metadata.as_str().len())
        }
        Change::Event(RoomEvent::StreamChanged { shown, profile }) => {
            300 + profile.info.cover.len()
                + shown.picture.as_ref().map_or(0, |picture| picture.len())
        }
        Change::Event(_) => 300,
        Change::Crowd(crowd) => 300 + 80 * crowd.sample.len(),
    });
    200 + changes.sum::<usize>()
}

//! Own streams: each tells one user what concerns them alone, on all devices that listen.
//!
//! Rooms and sessions tell; who listens has an [`OwnReader`]. A stream exists while somebody listens and a
//! while longer, so that a short cut of the network loses nothing. To tell a user who does not listen
//! costs a look into a map.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use dashmap::DashMap;

use crate::bell::{Bell, Ear};
use crate::clock::Clock;
use crate::domain::{Moment, OwnEvent, OwnPosition, Uid, Why};

/// Events that are kept for readers who come back or fall behind.
const KEPT: usize = 32;

/// How long they are kept after the last reader went.
const LIFE: Duration = Duration::from_secs(60);

/// The own streams of all users.
#[derive(Debug)]
pub struct OwnStreams {
    streams: DashMap<Uid, Arc<Stream>>,
    clock: Clock,
    /// When the latest stream began.
    epoch: AtomicU64,
}

/// The stream of one user.
#[derive(Debug)]
struct Stream {
    epoch: u64,
    state: Mutex<State>,
    /// Rung when there is something new.
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the latest event.
    seq: u64,
    /// The latest events; the last one is that of the number.
    kept: VecDeque<OwnTold>,
    readers: usize,
    /// Since when it is known that nobody reads.
    quiet_since: Option<Moment>,
}

/// An event, and when it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTold {
    /// Its number in the stream.
    pub seq: u64,
    /// When it happened, in milliseconds since 1970.
    pub at_ms: i64,
    /// The event.
    pub event: OwnEvent,
}

/// What a reader gets next.
#[derive(Debug, PartialEq, Eq)]
pub enum OwnNext {
    /// These events, at least one.
    Events(Vec<OwnTold>),
    /// How everything is now, for that reason; then what comes behind [`OwnReader::position`].
    Whole(Why),
    /// Nothing until the bell rings.
    Nothing,
}

impl OwnStreams {
    /// Nobody listens yet.
    pub fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            streams: DashMap::new(),
            clock,
            epoch: AtomicU64::new(0),
        })
    }

    /// Tells a user something, if they listen.
    pub fn tell(&self, uid: &Uid, event: OwnEvent) {
        let Some(stream) = self.streams.get(uid) else {
            return;
        };
        let mut state = stream.state();
        state.seq += 1;
        let (seq, at_ms) = (state.seq, self.clock.unix_millis());
        state.kept.push_back(OwnTold { seq, at_ms, event });
        if state.kept.len() > KEPT {
            state.kept.pop_front();
        }
        drop(state);
        let bell = Arc::clone(&stream.bell);
        drop(stream);
        bell.ring();
    }

    /// Somebody listens who knows everything up to `since`, or nothing.
    pub fn read(&self, uid: &Uid, since: Option<OwnPosition>) -> OwnReader {
        let entry = self.streams.entry(uid.clone());
        let stream = entry.or_insert_with(|| Arc::new(Stream::new(self.next_epoch())));
        let mut state = stream.state();
        state.readers += 1;
        state.quiet_since = None;
        let behind = match since {
            None => Some(Why::First),
            Some(since) => {
                let is_known = since.epoch == stream.epoch && state.covers(since.seq);
                (!is_known).then_some(Why::Gap)
            }
        };
        drop(state);
        OwnReader {
            ear: stream.bell.listen(),
            stream: Arc::clone(&stream),
            seq: since.map_or(0, |since| since.seq),
            behind,
        }
    }

    /// Forgets the streams to which nobody has listened for a while.
    pub fn forget(&self) {
        let now = self.clock.now();
        self.streams.retain(|_, stream| {
            let mut state = stream.state();
            if state.readers > 0 {
                return true;
            }
            let since = *state.quiet_since.get_or_insert(now);
            now - since < LIFE
        });
    }

    /// Larger than all before, also if the machine's clock was put back.
    fn next_epoch(&self) -> u64 {
        let now = u64::try_from(self.clock.unix_millis()).unwrap_or(0);
        let next = |latest: u64| Some(now.max(latest + 1));
        let before = self
            .epoch
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        now.max(before.unwrap_or(0) + 1)
    }
}

impl Stream {
    fn new(epoch: u64) -> Self {
        Self {
            epoch,
            state: Mutex::default(),
            bell: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether all events behind that one are kept.
    fn covers(&self, seq: u64) -> bool {
        seq <= self.seq && self.seq - seq <= self.kept.len() as u64
    }
}

/// Somebody who listens to their own stream.
#[derive(Debug)]
pub struct OwnReader {
    stream: Arc<Stream>,
    ear: Ear,
    /// The reader knows everything up to this event.
    seq: u64,
    /// Why the reader has to be told everything first.
    behind: Option<Why>,
}

impl OwnReader {
    /// What comes next.
    pub fn read(&mut self) -> OwnNext {
        let state = self.stream.state();
        if !state.covers(self.seq) {
            self.behind.get_or_insert(Why::Lagged);
        }
        if let Some(why) = self.behind.take() {
            self.seq = state.seq;
            return OwnNext::Whole(why);
        }
        let known = state.kept.partition_point(|told| told.seq <= self.seq);
        let events: Vec<_> = state.kept.range(known..).cloned().collect();
        match events.last() {
            None => OwnNext::Nothing,
            Some(latest) => {
                self.seq = latest.seq;
                OwnNext::Events(events)
            }
        }
    }

    /// The reader wants to be told everything, for that reason.
    pub fn ask(&mut self, why: Why) {
        self.behind = Some(why);
    }

    /// Up to where the reader knows everything.
    pub fn position(&self) -> OwnPosition {
        OwnPosition {
            epoch: self.stream.epoch,
            seq: self.seq,
        }
    }

    /// Ready when there may be something new.
    pub fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.ear.poll_ring(context)
    }
}

impl Drop for OwnReader {
    fn drop(&mut self) {
        self.stream.state().readers -= 1;
    }
}

#[cfg(test)]
mod tests;

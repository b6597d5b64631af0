//! A reader of a feed: a place in its ring.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::ring::Frame;
use super::{Feed, State};
use crate::bell::Ear;
use crate::domain::{Incarnation, LiveId, Position, Why};

/// Reads one feed.
#[derive(Debug)]
pub struct FeedReader {
    feed: Arc<Feed>,
    ear: Ear,
    epoch: u64,
    /// The reader has seen everything up to this event.
    seq: u64,
    /// Why the reader needs a snapshot first.
    behind: Option<Why>,
}

/// What a reader gets next.
#[derive(Debug)]
pub enum Next {
    /// This frame.
    Frame(Arc<Frame>),
    /// A snapshot, for that reason; then [`FeedReader::jump`].
    Snapshot(Why),
    /// Nothing until the bell rings.
    Nothing,
    /// Nothing any more: the live is over.
    End,
}

impl FeedReader {
    /// A reader who has seen everything up to `since`, or nothing. `None` if nobody has opened the feed for
    /// readers.
    pub(in crate::rooms) fn new(feed: &Arc<Feed>, since: Option<Position>) -> Option<Self> {
        let mut state = feed.state();
        let (live, epoch, last) = (feed.live, state.epoch, state.seq);
        let ring = state.ring.as_mut()?;
        let behind = match since {
            None => Some(Why::First),
            Some(since) if !is_same(since, live, epoch) => {
                Some(if since.incarnation.live == live {
                    Why::Restarted
                } else {
                    Why::Gap
                })
            }
            Some(since) => (since.seq > last || !ring.covers(since.seq)).then_some(Why::Gap),
        };
        ring.readers += 1;
        ring.quiet_since = None;
        let ear = ring.bell.listen();
        drop(state);
        Some(Self {
            feed: Arc::clone(feed),
            ear,
            epoch,
            seq: since.map_or(0, |since| since.seq),
            behind,
        })
    }

    /// Whether the reader goes on where they were.
    pub fn is_resumed(&self) -> bool {
        self.behind.is_none()
    }

    /// What comes next.
    pub fn read(&mut self) -> Next {
        let state = self.feed.state();
        let Some(ring) = &state.ring else {
            return Next::End;
        };
        if let Some(why) = self.behind {
            return until_end(&state, Next::Snapshot(why));
        }
        if self.epoch != state.epoch {
            return until_end(&state, Next::Snapshot(Why::Restarted));
        }
        if !ring.covers(self.seq) {
            return until_end(&state, Next::Snapshot(ring.why_not()));
        }
        match ring.behind(self.seq) {
            Some(frame) => {
                self.seq = frame.to;
                Next::Frame(Arc::clone(frame))
            }
            None => until_end(&state, Next::Nothing),
        }
    }

    /// The reader wants a snapshot, for that reason.
    pub fn ask(&mut self, why: Why) {
        self.behind = Some(why);
    }

    /// Up to where the reader has seen everything. [`Position::UNKNOWN`] as long as they need a snapshot: the
    /// number that they came with means nothing in this count.
    pub fn position(&self) -> Position {
        if self.behind.is_some() {
            return Position::UNKNOWN;
        }
        Position {
            incarnation: Incarnation {
                live: self.feed.live,
                epoch: self.epoch,
            },
            seq: self.seq,
        }
    }

    /// The reader has got a snapshot of that position.
    pub fn jump(&mut self, to: Position) {
        (self.epoch, self.seq, self.behind) = (to.incarnation.epoch, to.seq, None);
    }

    /// Ready when there may be something new.
    pub fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.ear.poll_ring(context)
    }
}

impl Drop for FeedReader {
    fn drop(&mut self) {
        if let Some(ring) = &mut self.feed.state().ring {
            ring.readers -= 1;
        }
    }
}

fn is_same(since: Position, live: LiveId, epoch: u64) -> bool {
    since.incarnation.live == live && since.incarnation.epoch == epoch
}

/// Who has to wait waits for nothing once the live is over.
fn until_end(state: &State, next: Next) -> Next {
    if state.has_ended { Next::End } else { next }
}

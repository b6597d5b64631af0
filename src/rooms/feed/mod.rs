//! The feed of a room's events: how far it is counted, and what its readers get.
//!
//! Only the room's actor writes it, before it answers, so that an answer is never newer than the feed.
//! While nobody reads, it only counts. Else the actor collects events for a [tick](crate::domain::Tick),
//! and each tick is a frame of the [`ring`]. A [`FeedReader`] has a place in the ring and no queue of its own.

mod pace;
mod reader;
mod ring;
mod snapshot;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{ByUid, Incarnation, LiveId, Moment, Numbered, Position, RoomStats, Seat, Uid};

pub(super) use self::pace::Pace;
pub use self::reader::{FeedReader, Next};
use self::ring::Ring;
pub use self::ring::{Frame, History};
pub use self::snapshot::Snapshot;

/// How feeds are told, the same for all rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedRules {
    /// What is kept for readers who come back.
    pub history: History,
    /// How long it is kept after the last reader went.
    pub history_life: Duration,
    /// From so many members on, viewers who come and go are only counted.
    pub detail_members: u32,
    /// The deliveries of one second that the server is meant for.
    pub deliveries_per_s: u64,
}

impl FeedRules {
    /// The default rules.
    pub const USUAL: Self = Self {
        history: History {
            frames: 256,
            bytes: 256 * 1024,
        },
        history_life: Duration::from_secs(60),
        detail_members: 500,
        deliveries_per_s: 50_000,
    };

    /// Whether a room with so many members is a crowd. It stays one until a fifth of them has gone, so that
    /// it does not change with everybody who comes or goes.
    pub(super) fn is_crowd(&self, was: bool, members: u32) -> bool {
        let least = if was {
            self.detail_members - self.detail_members / 5
        } else {
            self.detail_members
        };
        members >= least
    }
}

/// The feed of one live. It stays when the room's actor crashes and another one goes on.
#[derive(Debug)]
pub(super) struct Feed {
    live: LiveId,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    epoch: u64,
    seq: u64,
    has_ended: bool,
    /// The members that were there at the end. They may read how it came, though they have no seat any more.
    /// Empty if nobody was reading.
    last_members: HashSet<ByUid>,
    /// `None` while nobody reads.
    ring: Option<Box<Ring>>,
}

/// What the actor knows when it tells.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s> {
    pub(super) rules: &'s FeedRules,
    pub(super) pace: &'s Pace,
    pub(super) stats: RoomStats,
    pub(super) now: Moment,
}

impl Feed {
    /// The feed of a live that nobody keeps yet.
    pub(super) fn new(live: LiveId) -> Self {
        let state = Mutex::default();
        Self { live, state }
    }

    /// A new actor counts from the beginning. `unix_ms` is the time now.
    pub(super) fn begin(&self, unix_ms: i64) {
        let mut state = self.state();
        let now = u64::try_from(unix_ms).unwrap_or(0);
        // The machine's clock may have been put back since the last count began.
        state.epoch = now.max(state.epoch + 1);
        state.seq = 0;
        if let Some(ring) = &mut state.ring {
            ring.begin();
        }
        ring_out(state);
    }

    /// These events happened. Returns when [`tick`](Self::tick) has to be called, if something waits.
    pub(super) fn add(
        &self,
        events: Vec<Numbered>,
        at_ms: i64,
        scene: Scene<'_>,
    ) -> Option<Moment> {
        let mut state = self.state();
        if let Some(latest) = events.last() {
            state.seq = latest.seq;
        }
        if state.has_ended {
            return None;
        }
        let incarnation = self.incarnation(&state);
        let ring = state.ring.as_mut()?;
        let mut must_tell = false;
        for event in events {
            must_tell |= ring.add(event, at_ms);
        }
        if must_tell {
            tell(ring, incarnation, scene);
        }
        let due = tell_if_due(ring, incarnation, scene);
        ring_out(state);
        due
    }

    /// Tells what waits, if the tick is over. Returns when it will be, if something waits.
    pub(super) fn tick(&self, scene: Scene<'_>) -> Option<Moment> {
        let mut state = self.state();
        let incarnation = self.incarnation(&state);
        let due = tell_if_due(state.ring.as_mut()?, incarnation, scene);
        ring_out(state);
        due
    }

    /// The live is over: there will be no more events that readers are told of.
    pub(super) fn end(&self, scene: Scene<'_>) {
        let mut state = self.state();
        state.has_ended = true;
        let incarnation = self.incarnation(&state);
        if let Some(ring) = &mut state.ring {
            tell(ring, incarnation, scene);
            ring.has_news = true;
        }
        ring_out(state);
    }

    /// The live is over, and its actor had crashed before it could tell.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        state.has_ended = true;
        if let Some(ring) = &mut state.ring {
            ring.has_news = true;
        }
        ring_out(state);
    }

    /// These members are taken out because the live is over.
    pub(super) fn remember(&self, seats: &[Arc<Seat>]) {
        let mut state = self.state();
        if state.ring.is_some() {
            let seats = seats.iter().map(Arc::clone).map(ByUid);
            state.last_members.extend(seats);
        }
    }

    /// Whether a user was a member at the end of the live.
    pub(super) fn had_at_end(&self, uid: &Uid) -> bool {
        self.state().last_members.contains(uid)
    }

    /// Whether somebody reads, or did lately.
    pub(super) fn is_open(&self) -> bool {
        self.state().ring.is_some()
    }

    /// From now on somebody reads. What waits is told, so that a snapshot can be made; true if the room is
    /// a crowd for its readers.
    pub(super) fn open(&self, scene: Scene<'_>) -> bool {
        let mut state = self.state();
        let (seq, incarnation) = (state.seq, self.incarnation(&state));
        let is_crowd = scene.rules.is_crowd(false, scene.stats.members);
        let open = || Box::new(Ring::new(seq, is_crowd));
        let ring = state.ring.get_or_insert_with(open);
        tell(ring, incarnation, scene);
        let is_crowd = ring.is_crowd;
        ring_out(state);
        is_crowd
    }

    /// This is how the room is now.
    pub(super) fn keep(&self, snapshot: &Arc<Snapshot>) {
        if let Some(ring) = &mut self.state().ring {
            ring.snapshot = Some(Arc::clone(snapshot));
        }
    }

    /// The snapshot that was made since the latest frame.
    pub(super) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.state().ring.as_ref()?.snapshot.clone()
    }

    /// Whoever asks the room for a snapshot holds this. `None` while nobody reads.
    pub(super) fn asking(&self) -> Option<Arc<tokio::sync::Mutex<()>>> {
        Some(Arc::clone(&self.state().ring.as_ref()?.asking))
    }

    /// Forgets what is kept for readers, if the last one went that long ago.
    pub(super) fn forget(&self, rules: &FeedRules, now: Moment) {
        let mut state = self.state();
        state.ring.take_if(|ring| {
            if ring.readers > 0 {
                return false;
            }
            let since = *ring.quiet_since.get_or_insert(now);
            now - since >= rules.history_life
        });
    }

    /// The position behind the latest event.
    pub(super) fn position(&self) -> Position {
        let state = self.state();
        Position {
            incarnation: self.incarnation(&state),
            seq: state.seq,
        }
    }

    fn incarnation(&self, state: &State) -> Incarnation {
        Incarnation {
            live: self.live,
            epoch: state.epoch,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the readers if there is something new for them. Not within the lock, for which they come at once.
fn ring_out(mut state: MutexGuard<'_, State>) {
    if let Some(ring) = &mut state.ring
        && std::mem::take(&mut ring.has_news)
    {
        let bell = Arc::clone(&ring.bell);
        drop(state);
        bell.ring();
    }
}

/// Returns when the tick is over, if something waits.
fn tell_if_due(ring: &mut Ring, incarnation: Incarnation, scene: Scene<'_>) -> Option<Moment> {
    if !ring.is_waiting() {
        return None;
    }
    let due = ring.told_at + scene.pace.tick(ring.readers);
    if due > scene.now {
        return Some(due);
    }
    tell(ring, incarnation, scene);
    None
}

fn tell(ring: &mut Ring, incarnation: Incarnation, scene: Scene<'_>) {
    let is_crowd = scene.rules.is_crowd(ring.is_crowd, scene.stats.members);
    if ring.is_waiting() {
        scene.pace.spend(ring.readers, scene.now);
    }
    ring.tell(
        incarnation,
        is_crowd,
        scene.stats,
        scene.rules.history,
        scene.now,
    );
}

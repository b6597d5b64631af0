//! The summary of a room: facts that others read without asking its actor, and enough to reopen it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::feed::Feed;
use crate::domain::{
    Broadcast, EndReason, Likes, LiveEnd, LiveId, LiveInfo, Position, Profile, RoomNum, RoomStats,
    Uid, UnixTime,
};

/// The public facts of an open room. The figures in it are kept up to date by the room's actor.
#[derive(Debug)]
pub struct Summary {
    /// Which live of the room it is.
    pub live: LiveId,
    /// The room's number.
    pub number: RoomNum,
    /// The user who created the room.
    pub host: Uid,
    /// What the host says of it.
    pub profile: Arc<Profile>,
    /// Rises with each live that begins; lists are sorted by it.
    pub(super) order: u64,
    pub(super) counters: Arc<Counters>,
    pub(super) stream_status: Arc<StreamStatus>,
    pub(super) feed: Arc<Feed>,
    /// The position before the next change of the profile, once there is one: what stands here says nothing
    /// of what came after.
    pub(super) superseded: OnceLock<Position>,
}

impl Summary {
    /// The host's announcement; `None` until they have gone live.
    pub fn info(&self) -> Option<&LiveInfo> {
        self.profile.announced()
    }

    /// The room's current figures.
    pub fn stats(&self) -> RoomStats {
        self.counters.read()
    }

    /// The position behind the latest event of the room. Figures that are read afterwards are at least
    /// as new.
    pub fn position(&self) -> Position {
        let latest = self.feed.position();
        // Asked for afterwards: it is set before the feed moves on.
        self.superseded.get().copied().unwrap_or(latest)
    }

    /// Another summary follows, with a changed profile.
    pub(super) fn supersede(&self) {
        let _ = self.superseded.set(self.feed.position());
    }

    /// Whether a user was a member when the live ended. Known for a while, if somebody read the room then.
    pub fn had_at_end(&self, uid: &Uid) -> bool {
        self.feed.had_at_end(uid)
    }

    /// The end of this live as it is recorded, with the current figures.
    pub fn end(&self, reason: EndReason, at: UnixTime) -> LiveEnd {
        LiveEnd {
            live: self.live,
            reason,
            stats: self.stats(),
            at,
        }
    }

    /// The state of the room's streams, as the cloud reported it.
    pub fn broadcast(&self) -> Broadcast {
        self.stream_status.read()
    }
}

/// The state of one room's streams, as the cloud reported it. It changes no rule of the room, so it
/// is written here directly and not by the room's actor. The latest version wins.
#[derive(Debug, Default)]
pub(super) struct StreamStatus(RwLock<Broadcast>);

impl StreamStatus {
    /// Stores a state, unless a later one is known.
    pub(super) fn update(&self, broadcast: Broadcast) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.version <= broadcast.version {
            *known = broadcast;
        }
    }

    fn read(&self) -> Broadcast {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The figures of one room: written by its actor only, read by everybody.
#[derive(Debug, Default)]
pub(super) struct Counters {
    members: AtomicU32,
    peak: AtomicU32,
    total: AtomicU32,
    likes_told: AtomicU32,
    likes_sent: AtomicU32,
    changed: AtomicBool,
}

impl Counters {
    /// The figures of a room at its start: nobody has entered it yet in this process.
    pub(super) fn resumed(before: RoomStats) -> Self {
        let counters = Self::default();
        counters.publish(RoomStats {
            members: 0,
            ..before
        });
        counters.changed.store(false, Ordering::Relaxed);
        counters
    }

    pub(super) fn publish(&self, stats: RoomStats) {
        if stats != self.read() {
            self.members.store(stats.members, Ordering::Relaxed);
            self.peak.store(stats.peak, Ordering::Relaxed);
            self.total.store(stats.total, Ordering::Relaxed);
            let Likes { told, sent } = stats.likes;
            self.likes_told.store(told, Ordering::Relaxed);
            self.likes_sent.store(sent, Ordering::Relaxed);
            self.changed.store(true, Ordering::Release);
        }
    }

    pub(super) fn read(&self) -> RoomStats {
        RoomStats {
            members: self.members.load(Ordering::Relaxed),
            peak: self.peak.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            likes: Likes {
                told: self.likes_told.load(Ordering::Relaxed),
                sent: self.likes_sent.load(Ordering::Relaxed),
            },
        }
    }

    /// Marks the figures as changed, because figures that were taken could not be recorded.
    pub(super) fn mark_changed(&self) {
        self.changed.store(true, Ordering::Release);
    }

    /// The figures, if they changed since they were last taken.
    pub(super) fn take_changed(&self) -> Option<RoomStats> {
        self.changed
            .swap(false, Ordering::Acquire)
            .then(|| self.read())
    }
}

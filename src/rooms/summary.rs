//! The summary of a room: what is known of it without asking it, and enough to reopen it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{
    Broadcast, EndReason, LiveEnd, LiveId, LiveInfo, RoomNum, RoomStats, Uid, UnixTime,
};

/// What everybody may know of an open room. Its figures follow the room by themselves.
#[derive(Debug)]
pub struct Summary {
    /// Which live of the room.
    pub live: LiveId,
    /// The room's number.
    pub number: RoomNum,
    /// Who created it.
    pub host: Uid,
    /// What the host announced; none until they have gone live.
    pub info: Option<Arc<LiveInfo>>,
    /// Rises with each live that begins; the order of lists.
    pub(super) order: u64,
    pub(super) counters: Arc<Counters>,
    pub(super) stream_status: Arc<StreamStatus>,
}

impl Summary {
    /// The room's figures now.
    pub fn stats(&self) -> RoomStats {
        self.counters.read()
    }

    /// The end of this live as the record of it is to have it, with the figures of now.
    pub fn end(&self, reason: EndReason, at: UnixTime) -> LiveEnd {
        LiveEnd {
            live: self.live,
            reason,
            stats: self.stats(),
            at,
        }
    }

    /// What the cloud says of the room's streams.
    pub fn broadcast(&self) -> Broadcast {
        self.stream_status.read()
    }
}

/// What the cloud says of one room's streams. It changes no rule of the room, so whoever has it
/// from the record writes it here, and the latest stands.
#[derive(Debug, Default)]
pub(super) struct StreamStatus(RwLock<Broadcast>);

impl StreamStatus {
    /// The cloud says this now; it counts unless something later is known.
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

/// The figures of one room: written by its actor alone, read by everybody.
#[derive(Debug, Default)]
pub(super) struct Counters {
    members: AtomicU32,
    peak: AtomicU32,
    total: AtomicU32,
    likes: AtomicU32,
    changed: AtomicBool,
}

impl Counters {
    /// The figures of a room that nobody has entered yet in this process.
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
            self.likes.store(stats.likes, Ordering::Relaxed);
            self.changed.store(true, Ordering::Release);
        }
    }

    pub(super) fn read(&self) -> RoomStats {
        RoomStats {
            members: self.members.load(Ordering::Relaxed),
            peak: self.peak.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            likes: self.likes.load(Ordering::Relaxed),
        }
    }

    /// What was taken could not be used: it is to be taken again.
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

//! The registry: open rooms by number, by host and in lists, and ended lives that are not recorded
//! yet.
//!
//! Only the supervisor adds and removes rooms; the handle reads. Rooms do not see the registry.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::Addr;
use dashmap::DashMap;
use moka::sync::Cache;

use super::actor::RoomActor;
use super::listing::Listing;
use super::summary::Summary;
use crate::domain::{LiveEnd, LiveId, Moment, Progress, RoomNum, Uid};

/// Lives that ended lately, of which so many are kept for those who read them.
const MOST_ENDED: u64 = 4096;

pub(super) struct Registry {
    rooms: DashMap<RoomNum, Arc<OpenRoom>>,
    /// The number of the room that each host has open.
    hosts: DashMap<Uid, RoomNum>,
    pub(super) listing: Listing,
    /// Lives that ended by themselves and are not recorded yet; at most one entry per live.
    ended: Mutex<Vec<LiveEnd>>,
    /// The rooms that were read when they ended, for a while: whoever comes back is told of the end.
    lately: Cache<RoomNum, Arc<Summary>>,
}

/// An open room: its summary, and the address of its actor.
///
/// Shared and not cloned: each clone of an actix address may send one message beyond the mailbox's
/// capacity, so with a clone per question no mailbox would ever be full.
pub(super) struct OpenRoom {
    pub(super) summary: Arc<Summary>,
    pub(super) addr: Addr<RoomActor>,
    /// When the host opened the room or last went live in it.
    pub(super) host_seen: Moment,
}

impl Registry {
    /// Without rooms. Those that end can be read for that long.
    pub(super) fn new(readable_after_end: Duration) -> Self {
        Self {
            rooms: DashMap::default(),
            hosts: DashMap::default(),
            listing: Listing::default(),
            ended: Mutex::default(),
            lately: Cache::builder()
                .max_capacity(MOST_ENDED)
                .time_to_live(readable_after_end)
                .build(),
        }
    }

    /// The number of open rooms.
    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }

    pub(super) fn room(&self, number: RoomNum) -> Option<Arc<OpenRoom>> {
        self.rooms.get(&number).map(|room| Arc::clone(&room))
    }

    /// The open room that a user hosts.
    pub(super) fn hosted_by(&self, host: &Uid) -> Option<Arc<OpenRoom>> {
        let number = *self.hosts.get(host)?;
        self.room(number)
    }

    /// Adds an open room, or replaces its entry.
    pub(super) fn insert(&self, room: OpenRoom) {
        let (host, number) = (room.summary.host.clone(), room.summary.number);
        self.hosts.insert(host, number);
        self.rooms.insert(number, Arc::new(room));
    }

    /// Removes a live, if it is open, and returns its room.
    pub(super) fn remove(&self, live: LiveId, number: RoomNum) -> Option<Arc<OpenRoom>> {
        let (_, room) = self
            .rooms
            .remove_if(&number, |_, room| room.summary.live == live)?;
        self.hosts
            .remove_if(&room.summary.host, |_, hosted| *hosted == number);
        self.listing.remove(&room.summary);
        if room.summary.feed.is_open() {
            self.lately.insert(number, Arc::clone(&room.summary));
        }
        Some(room)
    }

    /// The live of a room that ended lately, if somebody read it.
    pub(super) fn ended_lately(&self, number: RoomNum) -> Option<Arc<Summary>> {
        self.lately.get(&number)
    }

    /// Frees what is kept of lives that ended too long ago.
    pub(super) fn forget_ended(&self) {
        self.lately.run_pending_tasks();
    }

    /// Does something with the summary of each open room.
    pub(super) fn for_each(&self, mut act: impl FnMut(&Summary)) {
        for room in &self.rooms {
            act(&room.summary);
        }
    }

    /// Queues lives that ended by themselves, to be recorded.
    pub(super) fn add_ended(&self, ended: impl IntoIterator<Item = LiveEnd>) {
        self.ended().extend(ended);
    }

    /// Takes the lives that ended by themselves and are not recorded yet.
    pub(super) fn take_ended(&self) -> Vec<LiveEnd> {
        std::mem::take(&mut *self.ended())
    }

    /// Takes the end of one live, if it ended by itself and is not recorded yet.
    pub(super) fn take_end_of(&self, live: LiveId) -> Option<LiveEnd> {
        let mut ended = self.ended();
        let at = ended.iter().position(|end| end.live == live)?;
        Some(ended.swap_remove(at))
    }

    /// The end of one live, if it ended by itself and is not recorded yet.
    pub(super) fn end_of(&self, live: LiveId) -> Option<LiveEnd> {
        self.ended().iter().find(|end| end.live == live).copied()
    }

    /// Takes the figures of the open lives that changed since they were last taken.
    pub(super) fn take_progress(&self) -> Vec<Progress> {
        let rooms = self.rooms.iter();
        rooms
            .filter_map(|room| {
                let stats = room.summary.counters.take_changed()?;
                Some(Progress {
                    live: room.summary.live,
                    number: room.summary.number,
                    stats,
                })
            })
            .collect()
    }

    /// Marks those figures as changed, so that they are taken again.
    pub(super) fn put_back_progress(&self, progress: &[Progress]) {
        for Progress { live, number, .. } in progress {
            if let Some(room) = self.room(*number)
                && room.summary.live == *live
            {
                room.summary.counters.mark_changed();
            }
        }
    }

    fn ended(&self) -> MutexGuard<'_, Vec<LiveEnd>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

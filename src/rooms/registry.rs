//! The open rooms: by number, by host, as lists; and the lives that ended and are not on record yet.
//!
//! The supervisor alone opens and closes here; the handle reads. Rooms do not see it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::Addr;
use dashmap::DashMap;

use super::actor::RoomActor;
use super::listing::Listing;
use super::summary::Summary;
use crate::domain::{LiveEnd, LiveId, Moment, Progress, RoomNum, Uid};

#[derive(Default)]
pub(super) struct Registry {
    rooms: DashMap<RoomNum, Arc<OpenRoom>>,
    /// Which open room is whose.
    hosts: DashMap<Uid, RoomNum>,
    pub(super) listing: Listing,
    /// Lives that ended by themselves and are not on record yet; one entry per live at the most.
    ended: Mutex<Vec<LiveEnd>>,
}

/// An open room: its summary, and where its actor is reached.
///
/// Shared and not cloned: every clone of an actix address may put one message beyond the mailbox's
/// capacity, so with a clone per question no mailbox would ever be full.
pub(super) struct OpenRoom {
    pub(super) summary: Arc<Summary>,
    pub(super) addr: Addr<RoomActor>,
    /// When the host opened it or last went live in it.
    pub(super) host_spoke: Moment,
}

impl Registry {
    pub(super) fn room(&self, number: RoomNum) -> Option<Arc<OpenRoom>> {
        self.rooms.get(&number).map(|room| Arc::clone(&room))
    }

    /// The open room that a user hosts.
    pub(super) fn hosted_by(&self, host: &Uid) -> Option<Arc<OpenRoom>> {
        let number = *self.hosts.get(host)?;
        self.room(number)
    }

    /// A room is open, or is reached in another way than before.
    pub(super) fn insert(&self, room: OpenRoom) {
        let (host, number) = (room.summary.host.clone(), room.summary.number);
        self.hosts.insert(host, number);
        self.rooms.insert(number, Arc::new(room));
    }

    /// Takes that live out, if it is open.
    pub(super) fn remove(&self, live: LiveId, number: RoomNum) -> Option<Arc<OpenRoom>> {
        let (_, room) = self
            .rooms
            .remove_if(&number, |_, room| room.summary.live == live)?;
        self.hosts
            .remove_if(&room.summary.host, |_, hosted| *hosted == number);
        self.listing.remove(&room.summary);
        Some(room)
    }

    /// Those lives ended by themselves, which is to be put on record.
    pub(super) fn add_ended(&self, ended: impl IntoIterator<Item = LiveEnd>) {
        self.ended().extend(ended);
    }

    /// Takes the lives that ended by themselves and are not on record yet.
    pub(super) fn take_ended(&self) -> Vec<LiveEnd> {
        std::mem::take(&mut *self.ended())
    }

    /// Takes the end of one live, if it ended by itself and that is not on record yet.
    pub(super) fn take_end_of(&self, live: LiveId) -> Option<LiveEnd> {
        let mut ended = self.ended();
        let at = ended.iter().position(|end| end.live == live)?;
        Some(ended.swap_remove(at))
    }

    /// The figures of every open live whose figures have changed since they were last taken.
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

    /// Those figures are to be taken again.
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

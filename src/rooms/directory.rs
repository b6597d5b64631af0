//! Who is where: every open room, every host's room, every member's seat.
//!
//! The people's part is the arbiter of "one membership per user": a user is in the room whose
//! seat stands here, and a room that seats him here takes him from wherever he was.

use std::sync::{Arc, Mutex, PoisonError};

use actix::Addr;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use super::actor::RoomActor;
use super::departures::Departures;
use super::listing::Listing;
use super::summary::Summary;
use crate::domain::{ByUid, LiveEnd, Moment, RoomNum, Seat, Uid};

#[derive(Default)]
pub(super) struct Directory {
    /// Written by the supervisor alone.
    pub(super) rooms: DashMap<RoomNum, Arc<OpenRoom>>,
    /// Which open room is whose. Written by the supervisor alone.
    pub(super) hosts: DashMap<Uid, RoomNum>,
    pub(super) listing: Listing,
    /// Lives that ended by themselves and are not yet on record; one entry per live at the most.
    pub(super) ended: Mutex<Vec<LiveEnd>>,
    /// Dismissals that hosts have refuted and that is not yet on record; few per live.
    pub(super) refuted: Mutex<Vec<i64>>,
    /// Who is in a room, or was in one that fell and takes him back. A set.
    seated: DashMap<ByUid, ()>,
    /// Who left on purpose and is not seated since. Its entries keep those apart who seat the same
    /// user: whoever does holds that user's entry here.
    departures: Departures,
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

/// Where a user is, as far as the rooms know.
#[derive(Clone, Debug)]
pub(super) enum Whereabouts {
    /// In a room. Or, if the seat is vacated, in a room that fell and takes him back.
    Seated(Arc<Seat>),
    /// Left on purpose: a late beat does not bring him back.
    Left,
}

impl Directory {
    pub(super) fn room(&self, number: RoomNum) -> Option<Arc<OpenRoom>> {
        self.rooms.get(&number).map(|room| Arc::clone(&room))
    }

    pub(super) fn whereabouts(&self, uid: &Uid) -> Option<Whereabouts> {
        match self.seated.get(uid) {
            Some(seat) => Some(Whereabouts::Seated(Arc::clone(&seat.key().0))),
            None => self.departures.has_left(uid).then_some(Whereabouts::Left),
        }
    }

    /// Seats a user here. Gives his seat in another room, vacated, if he had one.
    pub(super) fn seat(&self, seat: &Arc<Seat>) -> Option<Arc<Seat>> {
        let held = self.departures.hold(seat.uid());
        let before = self.put(seat);
        held.come_back();
        let other = before.filter(|other| !Arc::ptr_eq(other, seat))?;
        other.vacate();
        (other.room() != seat.room()).then_some(other)
    }

    /// Whether a late beat may bring a user back to that room.
    pub(super) fn may_return(&self, uid: &Uid, number: RoomNum) -> bool {
        match self.whereabouts(uid) {
            None => true,
            Some(Whereabouts::Seated(seat)) => seat.room() == number,
            Some(Whereabouts::Left) => false,
        }
    }

    /// Seats a user whom a beat brings back, unless he left on purpose or is in another room.
    pub(super) fn reseat(&self, seat: &Arc<Seat>) -> bool {
        let held = self.departures.hold(seat.uid());
        if held.has_left() {
            return false;
        }
        let known = self
            .seated
            .get(seat.uid())
            .map(|known| known.key().0.room());
        let may_return = known.is_none_or(|room| room == seat.room());
        if may_return {
            self.put(seat);
        }
        may_return
    }

    /// Hosts have refuted those dismissals.
    pub(super) fn refute(&self, events: impl IntoIterator<Item = i64>) {
        let mut events = events.into_iter().peekable();
        if events.peek().is_some() {
            let mut refuted = self.refuted.lock().unwrap_or_else(PoisonError::into_inner);
            refuted.extend(events);
        }
    }

    /// Forgets where a user is if it is on that seat.
    pub(super) fn forget(&self, seat: &Arc<Seat>) {
        self.seated
            .remove_if(seat.uid(), |ByUid(known), ()| Arc::ptr_eq(known, seat));
    }

    /// Remembers that a user left on purpose, unless he is in a room.
    pub(super) fn remember_departure(&self, uid: &Uid, now: Moment) {
        self.departures
            .remember(uid, now, || self.seated.contains_key(uid));
    }

    /// Remembers that a user left that seat on purpose.
    pub(super) fn depart(&self, seat: &Arc<Seat>, now: Moment) {
        self.forget(seat);
        self.remember_departure(seat.uid(), now);
    }

    /// Forgets everybody whose seat in that room is vacated: it fell, and they did not return.
    pub(super) fn forget_vacated(&self, number: RoomNum) {
        self.seated
            .retain(|ByUid(seat), ()| seat.room() != number || seat.last_sign().is_some());
    }

    /// Gives the seat that stood there before.
    fn put(&self, seat: &Arc<Seat>) -> Option<Arc<Seat>> {
        match self.seated.entry(ByUid(Arc::clone(seat))) {
            Entry::Vacant(free) => {
                free.insert(());
                None
            }
            // Not `insert`, which would leave the key, and with it the seat, as it was.
            Entry::Occupied(known) => Some(known.replace_entry(()).0.0),
        }
    }
}

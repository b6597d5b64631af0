//! Who is where: every member's seat, and who left on purpose.
//!
//! This is the arbiter of "one membership per user": a user is in the room whose seat stands here,
//! and a room that seats them here takes them from wherever they were. Rooms write it, and the
//! handle reads it.

use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use super::departures::Departures;
use crate::domain::{ByUid, Moment, RoomNum, Seat, Uid};

#[derive(Default)]
pub(super) struct Presence {
    /// Who is in a room, or was in one that crashed and takes them back. A set.
    seated: DashMap<ByUid, ()>,
    /// Who left on purpose and is not seated since. Its entries keep those apart who seat the same
    /// user: whoever does holds that user's entry here.
    departures: Departures,
}

/// Where a user is, as far as the rooms know.
#[derive(Clone, Debug)]
pub(super) enum Location {
    /// In a room. Or, if the seat is vacated, in a room that crashed and takes them back.
    Seated(Arc<Seat>),
    /// Left on purpose: a late beat does not bring them back.
    Left,
}

impl Presence {
    pub(super) fn location(&self, uid: &Uid) -> Option<Location> {
        match self.seated.get(uid) {
            Some(seat) => Some(Location::Seated(Arc::clone(&seat.key().0))),
            None => self.departures.has_left(uid).then_some(Location::Left),
        }
    }

    /// Seats a user here. Gives their seat in another room, vacated, if they had one.
    pub(super) fn seat(&self, seat: &Arc<Seat>) -> Option<Arc<Seat>> {
        let held = self.departures.hold(seat.uid());
        let before = self.replace(seat);
        held.come_back();
        let other = before.filter(|other| !Arc::ptr_eq(other, seat))?;
        other.vacate();
        (other.room() != seat.room()).then_some(other)
    }

    /// Whether a late beat may bring a user back to that room.
    pub(super) fn may_return(&self, uid: &Uid, number: RoomNum) -> bool {
        match self.location(uid) {
            None => true,
            Some(Location::Seated(seat)) => seat.room() == number,
            Some(Location::Left) => false,
        }
    }

    /// Seats a user whom a beat brings back, unless they left on purpose or are in another room.
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
            self.replace(seat);
        }
        may_return
    }

    /// Forgets where a user is if it is on that seat.
    pub(super) fn forget(&self, seat: &Arc<Seat>) {
        self.seated
            .remove_if(seat.uid(), |ByUid(known), ()| Arc::ptr_eq(known, seat));
    }

    /// Remembers that a user left on purpose, unless they are in a room.
    pub(super) fn remember_departure(&self, uid: &Uid, now: Moment) {
        self.departures
            .remember(uid, now, || self.seated.contains_key(uid));
    }

    /// Remembers that a user left that seat on purpose.
    pub(super) fn depart(&self, seat: &Arc<Seat>, now: Moment) {
        self.forget(seat);
        self.remember_departure(seat.uid(), now);
    }

    /// Forgets everybody whose seat in that room is vacated: it crashed, and they did not return.
    pub(super) fn forget_vacated(&self, number: RoomNum) {
        self.seated
            .retain(|ByUid(seat), ()| seat.room() != number || seat.last_sign().is_some());
    }

    /// Lists a seat as the one of its user, and gives the one that was listed before.
    fn replace(&self, seat: &Arc<Seat>) -> Option<Arc<Seat>> {
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

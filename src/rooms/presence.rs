//! Presence: which room each user is in, and which users left on purpose.
//!
//! It guarantees one membership per user. A user is in the room of the seat that is stored here; a
//! room that stores its seat takes the user out of any other room. Rooms write it, and the handle
//! reads it.

use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use super::departures::Departures;
use crate::domain::{ByUid, Moment, RoomNum, Seat, Uid};

#[derive(Default)]
pub(super) struct Presence {
    /// A set: the seats of all users who are in a room, or were in one that crashed and takes them
    /// back.
    seated: DashMap<ByUid, ()>,
    /// The users who left on purpose and are not seated since. The entry of a user here is held
    /// while that user is seated, so that two rooms never seat the same user at once.
    departures: Departures,
}

/// Where a user is, as far as the rooms know.
#[derive(Clone, Debug)]
pub(super) enum Location {
    /// In a room. If the seat is vacated, in a room that crashed and takes the user back.
    Seated(Arc<Seat>),
    /// The user left on purpose: a late beat does not bring them back.
    Left,
}

impl Presence {
    pub(super) fn location(&self, uid: &Uid) -> Option<Location> {
        match self.seated.get(uid) {
            Some(seat) => Some(Location::Seated(Arc::clone(&seat.key().0))),
            None => self.departures.has_left(uid).then_some(Location::Left),
        }
    }

    /// Seats a user. If they had a seat in another room, vacates it and returns it.
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

    /// Seats a user who comes back with a beat. False, and nothing changes, if they left on purpose
    /// or are in another room.
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

    /// Forgets that seat, if it is still the one of its user.
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

    /// Forgets the users whose seat in that room is vacated: the room crashed, and they did not
    /// return.
    pub(super) fn forget_vacated(&self, number: RoomNum) {
        self.seated
            .retain(|ByUid(seat), ()| seat.room() != number || seat.last_sign().is_some());
    }

    /// Stores the seat of a user, and returns the one that was stored before.
    fn replace(&self, seat: &Arc<Seat>) -> Option<Arc<Seat>> {
        match self.seated.entry(ByUid(Arc::clone(seat))) {
            Entry::Vacant(free) => {
                free.insert(());
                None
            }
            // Not `insert`, which would keep the old key, and the seat is the key.
            Entry::Occupied(known) => Some(known.replace_entry(()).0.0),
        }
    }
}

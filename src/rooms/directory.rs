//! Who is where: every open room, every host's room, every member's seat.
//!
//! The people's part is the arbiter of "one membership per user": a user is in the room whose
//! seat stands here, and a room that seats him here takes him from wherever he was.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::Addr;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use super::actor::RoomActor;
use super::card::Card;
use super::listing::Listing;
use crate::domain::{LiveEnd, Moment, RoomNum, Seat, Uid};

/// How long it is remembered that somebody left on purpose. No client beats on for so long.
const DEPARTURE_MEMORY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Default)]
pub(super) struct Directory {
    /// Written by the supervisor alone.
    pub(super) rooms: DashMap<RoomNum, Arc<OpenRoom>>,
    /// Which open room is whose. Written by the supervisor alone.
    pub(super) hosts: DashMap<Uid, RoomNum>,
    pub(super) listing: Listing,
    /// Lives that ended by themselves and are not yet on record; one entry per run at the most.
    pub(super) ended: Mutex<Vec<LiveEnd>>,
    people: DashMap<Uid, Whereabouts>,
    departures: Mutex<VecDeque<(Moment, Uid)>>,
}

/// An open room: its card, and where its actor is reached.
///
/// Shared and not cloned: every clone of an actix address may put one message beyond the mailbox's
/// capacity, so with a clone per question no mailbox would ever be full.
pub(super) struct OpenRoom {
    pub(super) card: Arc<Card>,
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
        self.people.get(uid).map(|found| found.clone())
    }

    /// Seats a user here. Gives his seat in another room, vacated, if he had one.
    pub(super) fn seat(&self, seat: &Arc<Seat>) -> Option<Arc<Seat>> {
        let seated = Whereabouts::Seated(Arc::clone(seat));
        let before = self.people.insert(seat.uid().clone(), seated);
        match before {
            Some(Whereabouts::Seated(other)) if !Arc::ptr_eq(&other, seat) => {
                other.vacate();
                (other.room() != seat.room()).then_some(other)
            }
            _ => None,
        }
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
        match self.people.entry(seat.uid().clone()) {
            Entry::Vacant(free) => {
                free.insert(Whereabouts::Seated(Arc::clone(seat)));
                true
            }
            Entry::Occupied(mut known) => match known.get() {
                Whereabouts::Left => false,
                Whereabouts::Seated(other) if other.room() == seat.room() => {
                    known.insert(Whereabouts::Seated(Arc::clone(seat)));
                    true
                }
                Whereabouts::Seated(_) => false,
            },
        }
    }

    /// Forgets where a user is if it is on that seat.
    pub(super) fn forget(&self, seat: &Arc<Seat>) {
        self.people
            .remove_if(seat.uid(), |_, known| known.is_seat(seat));
    }

    /// Remembers that a user left on purpose, unless he is in a room.
    pub(super) fn remember_departure(&self, uid: &Uid, now: Moment) {
        if let Entry::Vacant(free) = self.people.entry(uid.clone()) {
            free.insert(Whereabouts::Left);
            self.push_departure(uid, now);
        }
    }

    /// Remembers that a user left that seat on purpose.
    pub(super) fn depart(&self, seat: &Arc<Seat>, now: Moment) {
        self.forget(seat);
        self.remember_departure(seat.uid(), now);
    }

    /// Forgets everybody whose seat in that room is vacated: it fell, and they did not return.
    pub(super) fn forget_vacated(&self, number: RoomNum) {
        self.people.retain(|_, known| match known {
            Whereabouts::Seated(seat) => seat.room() != number || seat.last_sign().is_some(),
            Whereabouts::Left => true,
        });
    }

    fn push_departure(&self, uid: &Uid, now: Moment) {
        let mut departures = self
            .departures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        departures.push_back((now, uid.clone()));
        while let Some((at, _)) = departures.front()
            && *at + DEPARTURE_MEMORY <= now
        {
            if let Some((_, uid)) = departures.pop_front() {
                self.people
                    .remove_if(&uid, |_, known| matches!(known, Whereabouts::Left));
            }
        }
    }
}

impl Whereabouts {
    fn is_seat(&self, seat: &Arc<Seat>) -> bool {
        matches!(self, Self::Seated(known) if Arc::ptr_eq(known, seat))
    }
}

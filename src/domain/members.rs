//! The members of one room in the order in which they are listed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Moment, Role, RoomNum, Seat, Uid};

/// How far a viewer has come on his way to the mic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MicAsk {
    Nothing,
    Requested,
    Granted,
}

/// One member. Whatever ends a member, be it the fall of the whole room, vacates his seat.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) seat: Arc<Seat>,
    pub(super) mic: MicAsk,
    /// Rises with every entry, so it tells this membership from a later one of the same user.
    pub(super) entry: u64,
    /// What the cloud saw of him last, if it said anything.
    pub(super) sighting: Option<Box<Sighting>>,
    place: Place,
}

/// When the cloud saw a member come or go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    /// By the cloud's clock: the order of sightings.
    pub(super) at_ms: i64,
    /// When we were told that he went; none if he came.
    pub(super) gone_since: Option<Moment>,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.seat.vacate();
    }
}

/// Where a member stands in the list: the host first, then the linked in the order of going on
/// mic, then the viewers in the order of entering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    rank: u8,
    order: u64,
}

impl Place {
    fn new(role: Role, order: u64) -> Self {
        let rank = match role {
            Role::Host => 0,
            Role::Linked => 1,
            Role::Viewer => 2,
        };
        Self { rank, order }
    }
}

/// The members of one room.
#[derive(Debug, Default)]
pub(super) struct Members {
    people: HashMap<Uid, Member>,
    roll: BTreeMap<Place, Uid>,
    linked: usize,
    next: u64,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.people.len()
    }

    /// How many are on mic beside the host.
    pub(super) fn linked(&self) -> usize {
        self.linked
    }

    pub(super) fn get(&self, uid: &Uid) -> Option<&Member> {
        self.people.get(uid)
    }

    pub(super) fn get_mut(&mut self, uid: &Uid) -> Option<&mut Member> {
        self.people.get_mut(uid)
    }

    /// Seats somebody who is not a member.
    pub(super) fn insert(&mut self, uid: &Uid, room: RoomNum, role: Role, now: Moment) -> &Member {
        let entry = self.tick();
        let place = Place::new(role, entry);
        self.linked += usize::from(role == Role::Linked);
        self.roll.insert(place, uid.clone());
        let seat = Arc::new(Seat::take(room, role, now));
        self.people
            .entry(uid.clone())
            .insert_entry(Member {
                seat,
                mic: MicAsk::Nothing,
                entry,
                sighting: None,
                place,
            })
            .into_mut()
    }

    /// Takes a member out; his seat is vacated when the result is dropped.
    pub(super) fn remove(&mut self, uid: &Uid) -> Option<Member> {
        let member = self.people.remove(uid)?;
        self.roll.remove(&member.place);
        self.linked -= usize::from(member.seat.role() == Role::Linked);
        Some(member)
    }

    /// Takes everybody out.
    pub(super) fn clear(&mut self) -> Vec<(Uid, Arc<Seat>)> {
        self.roll.clear();
        self.linked = 0;
        self.people
            .drain()
            .map(|(uid, member)| (uid, Arc::clone(&member.seat)))
            .collect()
    }

    /// Gives a member another role. A viewer again stands where he entered.
    pub(super) fn set_role(&mut self, uid: &Uid, role: Role) {
        let order = self.tick();
        let Some(member) = self.people.get_mut(uid) else {
            return;
        };
        let before = member.seat.role();
        if before == role {
            return;
        }
        self.linked -= usize::from(before == Role::Linked);
        self.linked += usize::from(role == Role::Linked);
        self.roll.remove(&member.place);
        member.place = Place::new(
            role,
            if role == Role::Viewer {
                member.entry
            } else {
                order
            },
        );
        member.mic = MicAsk::Nothing;
        member.seat.set_role(role);
        self.roll.insert(member.place, uid.clone());
    }

    /// Up to `size` members from row `offset` of the list.
    pub(super) fn page(&self, offset: usize, size: usize) -> Vec<(Uid, Role)> {
        let rows = self.roll.values().skip(offset).take(size);
        rows.filter_map(|uid| Some((uid.clone(), self.people.get(uid)?.seat.role())))
            .collect()
    }

    fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

//! The members of one room: found by who they are, by their entry, and by their row in the list.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::member_list::{MemberList, Place};
use super::{ByUid, Moment, Role, RoomNum, Seat, Uid};

/// How far a viewer has come on his way to the mic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MicAsk {
    #[default]
    Nothing,
    Requested,
    Granted,
}

/// What is to be remembered of few members: who is near the mic, or was seen by the cloud.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Note {
    pub(super) mic: MicAsk,
    pub(super) hint: Option<PresenceHint>,
    /// While he is on mic: his turn among those who are.
    turn: Option<u64>,
}

/// When the cloud saw a member come or go.
#[derive(Clone, Copy, Debug)]
pub(super) struct PresenceHint {
    /// By the cloud's clock: the order of sightings.
    pub(super) at_ms: i64,
    /// When we were told that he went; none if he came.
    pub(super) gone_since: Option<Moment>,
}

/// The members of one room. Whatever ends a member, be it the fall of the whole room, vacates his
/// seat.
#[derive(Debug, Default)]
pub(super) struct Members {
    people: HashSet<ByUid>,
    member_list: MemberList,
    /// By entry.
    notes: HashMap<u64, Note>,
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

    pub(super) fn get(&self, uid: &Uid) -> Option<&Arc<Seat>> {
        self.people.get(uid).map(|ByUid(seat)| seat)
    }

    /// The member of that entry, unless he is the host.
    pub(super) fn entered(&self, entry: u64) -> Option<&Arc<Seat>> {
        let turn = self.note(entry).turn;
        let place = turn.map_or(Place::new(Role::Viewer, entry), |turn| {
            Place::new(Role::Linked, turn)
        });
        self.member_list.get(place)
    }

    /// What is remembered of the member of that entry.
    pub(super) fn note(&self, entry: u64) -> Note {
        self.notes.get(&entry).copied().unwrap_or_default()
    }

    /// A change of what is remembered of a member.
    pub(super) fn note_mut(&mut self, seat: &Seat) -> &mut Note {
        self.notes.entry(seat.entry()).or_default()
    }

    /// A member asks for the mic no more.
    pub(super) fn withdraw(&mut self, uid: &Uid) {
        let entry = self.get(uid).map(|seat| seat.entry());
        if let Some(note) = entry.and_then(|entry| self.notes.get_mut(&entry)) {
            note.mic = MicAsk::Nothing;
        }
    }

    /// Seats somebody who is not a member.
    pub(super) fn insert(
        &mut self,
        uid: &Uid,
        room: RoomNum,
        role: Role,
        now: Moment,
    ) -> Arc<Seat> {
        let entry = self.tick();
        let seat = Arc::new(Seat::take(uid.clone(), room, role, entry, now));
        self.member_list
            .insert(Place::new(role, entry), Arc::clone(&seat));
        self.people.insert(ByUid(Arc::clone(&seat)));
        seat
    }

    /// Takes a member out, and gives the seat that he had.
    pub(super) fn remove(&mut self, uid: &Uid) -> Option<Arc<Seat>> {
        let ByUid(seat) = self.people.take(uid)?;
        self.member_list.remove(self.place(&seat));
        self.notes.remove(&seat.entry());
        self.linked -= usize::from(seat.role() == Role::Linked);
        seat.vacate();
        Some(seat)
    }

    /// Takes up to so many out, the last ones of the list, and gives the seats that they had.
    pub(super) fn dismiss(&mut self, at_most: usize) -> Vec<Arc<Seat>> {
        let from = self.len().saturating_sub(at_most);
        let seats: Vec<_> = self.member_list.from(from).cloned().collect();
        for seat in seats.iter().rev() {
            self.remove(seat.uid());
        }
        seats
    }

    /// Gives a member another role than host. A viewer again stands where he entered.
    pub(super) fn set_role(&mut self, uid: &Uid, role: Role) {
        let turn = self.tick();
        let Some(seat) = self.get(uid).cloned() else {
            return;
        };
        let before = seat.role();
        if before == role {
            return;
        }
        self.linked -= usize::from(before == Role::Linked);
        self.linked += usize::from(role == Role::Linked);
        self.member_list.remove(self.place(&seat));
        let note = self.note_mut(&seat);
        note.mic = MicAsk::Nothing;
        note.turn = (role == Role::Linked).then_some(turn);
        seat.set_role(role);
        self.member_list.insert(self.place(&seat), seat);
    }

    /// Up to `size` members from row `offset` of the list.
    pub(super) fn page(&self, offset: usize, size: usize) -> Vec<(Uid, Role)> {
        let mut page = Vec::with_capacity(size.min(self.len().saturating_sub(offset)));
        let rows = self.member_list.from(offset).take(size);
        page.extend(rows.map(|seat| (seat.uid().clone(), seat.role())));
        page
    }

    fn place(&self, seat: &Seat) -> Place {
        let role = seat.role();
        let turn = self
            .note(seat.entry())
            .turn
            .filter(|_| role == Role::Linked);
        Place::new(role, turn.unwrap_or(seat.entry()))
    }

    fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        for ByUid(seat) in &self.people {
            seat.vacate();
        }
    }
}

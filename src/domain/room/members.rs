//! The members of one room: found by user, by entry, and by row of the member list.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::member_list::{MemberList, Place};
use super::mic::MicAsk;
use super::presence_hint::PresenceHint;
use super::seat::{ByUid, Seat};
use crate::domain::{Moment, Role, RoomNum, Uid};

/// Data that only few members need: those on the way to the mic or on it, and those with a hint of the
/// cloud.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Note {
    pub(super) mic: MicAsk,
    pub(super) hint: Option<PresenceHint>,
    /// The member's position among the linked, while they are on mic.
    turn: Option<u64>,
}

/// A member in a page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// Where they stand, from where the next page goes on.
    pub place: Place,
    /// The user.
    pub uid: Uid,
    /// Their role.
    pub role: Role,
}

/// The members of one room. A seat is vacated whenever its membership ends, even if the whole room is
/// dropped.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_uid: HashSet<ByUid>,
    list: MemberList,
    /// By entry.
    notes: HashMap<u64, Note>,
    linked: usize,
    guests: usize,
    next: u64,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// The number of members on mic beside the host.
    pub(super) fn linked(&self) -> usize {
        self.linked
    }

    /// The number of members without an account.
    pub(super) fn guests(&self) -> usize {
        self.guests
    }

    pub(super) fn get(&self, uid: &Uid) -> Option<&Arc<Seat>> {
        self.by_uid.get(uid).map(|ByUid(seat)| seat)
    }

    /// The member with that entry; never the host.
    pub(super) fn entered(&self, entry: u64) -> Option<&Arc<Seat>> {
        let turn = self.note(entry).turn;
        let place = turn.map_or(Place::new(Role::Viewer, entry), |turn| {
            Place::new(Role::Linked, turn)
        });
        self.list.get(place)
    }

    /// The note of the member with that entry.
    pub(super) fn note(&self, entry: u64) -> Note {
        self.notes.get(&entry).copied().unwrap_or_default()
    }

    /// The note of a member, to be changed.
    pub(super) fn note_mut(&mut self, seat: &Seat) -> &mut Note {
        self.notes.entry(seat.entry()).or_default()
    }

    /// Withdraws a member's request or approval for the mic. False if there was none.
    pub(super) fn withdraw(&mut self, seat: &Seat) -> bool {
        let note = self.notes.get_mut(&seat.entry());
        note.is_some_and(|note| std::mem::take(&mut note.mic) != MicAsk::Nothing)
    }

    /// Seats a user who must not be a member yet.
    pub(super) fn insert(
        &mut self,
        uid: &Uid,
        room: RoomNum,
        role: Role,
        now: Moment,
    ) -> Arc<Seat> {
        let entry = self.tick();
        let seat = Arc::new(Seat::take(uid.clone(), room, role, entry, now));
        self.list.insert(Place::new(role, entry), Arc::clone(&seat));
        self.by_uid.insert(ByUid(Arc::clone(&seat)));
        self.guests += usize::from(uid.is_guest());
        seat
    }

    /// Removes a member, and returns the seat that they had.
    pub(super) fn remove(&mut self, uid: &Uid) -> Option<Arc<Seat>> {
        let ByUid(seat) = self.by_uid.take(uid)?;
        self.list.remove(self.place(&seat));
        self.notes.remove(&seat.entry());
        self.linked -= usize::from(seat.role() == Role::Linked);
        self.guests -= usize::from(uid.is_guest());
        seat.vacate();
        Some(seat)
    }

    /// The seats of the last `at_most` members of the list.
    pub(super) fn last(&self, at_most: usize) -> Vec<Arc<Seat>> {
        let from = self.len().saturating_sub(at_most);
        self.list.from(from).cloned().collect()
    }

    /// Gives a member another role than host, which uses up their request or approval for the mic. A
    /// linked member who becomes a viewer returns to the place of their entry in the list.
    pub(super) fn set_role(&mut self, seat: &Arc<Seat>, role: Role) {
        let turn = self.tick();
        self.linked -= usize::from(seat.role() == Role::Linked);
        self.linked += usize::from(role == Role::Linked);
        self.list.remove(self.place(seat));
        let note = self.note_mut(seat);
        note.mic = MicAsk::Nothing;
        note.turn = (role == Role::Linked).then_some(turn);
        seat.set_role(role);
        self.list.insert(self.place(seat), Arc::clone(seat));
    }

    /// Up to `size` members from row `offset` of the list.
    pub(super) fn page(&self, offset: usize, size: usize) -> Vec<(Uid, Role)> {
        let mut page = Vec::with_capacity(size.min(self.len().saturating_sub(offset)));
        let rows = self.list.from(offset).take(size);
        page.extend(rows.map(|seat| (seat.uid().clone(), seat.role())));
        page
    }

    /// Up to `size` members behind a place of the list, or from its beginning; only those of a role, if
    /// one is given.
    pub(super) fn behind(
        &self,
        place: Option<Place>,
        role: Option<Role>,
        size: usize,
    ) -> Vec<MemberRow> {
        let first = role.map_or(Place::FIRST, Place::before);
        let rows = self
            .list
            .behind(place.map_or(first, |place| place.max(first)));
        // Those of one role stand together.
        rows.take_while(|(_, seat)| role.is_none_or(|role| seat.role() == role))
            .take(size)
            .map(|(place, seat)| row(*place, seat))
            .collect()
    }

    /// The row of a user, if they are a member.
    pub(super) fn row_of(&self, uid: &Uid) -> Option<MemberRow> {
        let seat = self.get(uid)?;
        Some(row(self.place(seat), seat))
    }

    /// Where a member stands in the list.
    pub(super) fn place(&self, seat: &Seat) -> Place {
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

fn row(place: Place, seat: &Seat) -> MemberRow {
    MemberRow {
        place,
        uid: seat.uid().clone(),
        role: seat.role(),
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        for ByUid(seat) in &self.by_uid {
            seat.vacate();
        }
    }
}

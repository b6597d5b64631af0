//! The members of one room: found by who they are, by their entry, and by their row in the list.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::member_list::{MemberList, Place};
use super::mic::MicAsk;
use super::presence_hint::PresenceHint;
use super::seat::{ByUid, Seat};
use crate::domain::{Moment, Role, RoomNum, Uid};

/// What is to be remembered of few members: of those near the mic, or seen by the cloud.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Note {
    pub(super) mic: MicAsk,
    pub(super) hint: Option<PresenceHint>,
    /// While the member is on mic: their turn among those who are.
    turn: Option<u64>,
}

/// The members of one room. Whatever ends a membership, also that the whole room is dropped,
/// vacates its seat.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_uid: HashSet<ByUid>,
    list: MemberList,
    /// By entry.
    notes: HashMap<u64, Note>,
    linked: usize,
    next: u64,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// How many are on mic beside the host.
    pub(super) fn linked(&self) -> usize {
        self.linked
    }

    pub(super) fn get(&self, uid: &Uid) -> Option<&Arc<Seat>> {
        self.by_uid.get(uid).map(|ByUid(seat)| seat)
    }

    /// The member of that entry, unless that is the host.
    pub(super) fn entered(&self, entry: u64) -> Option<&Arc<Seat>> {
        let turn = self.note(entry).turn;
        let place = turn.map_or(Place::new(Role::Viewer, entry), |turn| {
            Place::new(Role::Linked, turn)
        });
        self.list.get(place)
    }

    /// What is remembered of the member of that entry.
    pub(super) fn note(&self, entry: u64) -> Note {
        self.notes.get(&entry).copied().unwrap_or_default()
    }

    /// A change of what is remembered of a member.
    pub(super) fn note_mut(&mut self, seat: &Seat) -> &mut Note {
        self.notes.entry(seat.entry()).or_default()
    }

    /// A member asks for the mic no more. False if they did not ask.
    pub(super) fn withdraw(&mut self, seat: &Seat) -> bool {
        let note = self.notes.get_mut(&seat.entry());
        note.is_some_and(|note| std::mem::take(&mut note.mic) != MicAsk::Nothing)
    }

    /// Seats a user who is not a member.
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
        seat
    }

    /// Takes a member out, and gives the seat that they had.
    pub(super) fn remove(&mut self, uid: &Uid) -> Option<Arc<Seat>> {
        let ByUid(seat) = self.by_uid.take(uid)?;
        self.list.remove(self.place(&seat));
        self.notes.remove(&seat.entry());
        self.linked -= usize::from(seat.role() == Role::Linked);
        seat.vacate();
        Some(seat)
    }

    /// The seats of up to so many members, the last ones of the list.
    pub(super) fn last(&self, at_most: usize) -> Vec<Arc<Seat>> {
        let from = self.len().saturating_sub(at_most);
        self.list.from(from).cloned().collect()
    }

    /// Gives a member another role than host, which uses up what they asked for. A viewer again
    /// stands in the list where they entered.
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
        for ByUid(seat) in &self.by_uid {
            seat.vacate();
        }
    }
}

//! The member list: the seats of a room in the order that clients see, found by place or by row.
//!
//! It is a list of short pieces and not one long vector, so that the cost of an entry in the middle, or
//! of a row far down, is not proportional to the number of members. It shares the seats and
//! copies none.

use std::sync::Arc;

use super::seat::Seat;
use crate::domain::Role;

/// The most rows of one piece.
const PIECE: usize = 64;

/// The place of a member in the list: the host first, then the linked in the order of going on mic,
/// then the viewers in the order of entering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u64);

impl Place {
    /// Before the first member: orders begin with 1.
    pub(super) const FIRST: Self = Self(0);

    /// The place with that number, as a client gives it back.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number, for clients. It says nothing but where to go on.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Its order among the places of the same role, for clients.
    pub fn order(self) -> u64 {
        self.0 & (u64::MAX >> 2)
    }

    /// Before the first member of that role.
    pub(super) fn before(role: Role) -> Self {
        Self::new(role, 0)
    }

    /// `order` is less than 2^62: no room sees so many entries.
    pub(super) fn new(role: Role, order: u64) -> Self {
        let rank: u64 = match role {
            Role::Host => 0,
            Role::Linked => 1,
            Role::Viewer => 2,
        };
        Self(rank << 62 | order)
    }
}

/// The seats of a room, sorted by their places.
#[derive(Debug, Default)]
pub(super) struct MemberList {
    /// In order; no piece is empty.
    pieces: Vec<Vec<(Place, Arc<Seat>)>>,
}

impl MemberList {
    /// Adds a seat at a place that is free.
    pub(super) fn insert(&mut self, place: Place, seat: Arc<Seat>) {
        let at = self.piece(place);
        let Some(piece) = self.pieces.get_mut(at) else {
            self.pieces.push(vec![(place, seat)]);
            return;
        };
        let row = piece.partition_point(|(listed, _)| *listed < place);
        if piece.len() < PIECE {
            piece.insert(row, (place, seat));
        } else if row == PIECE {
            // The usual case, an entry at the end: full pieces stay full.
            self.pieces.insert(at + 1, vec![(place, seat)]);
        } else {
            let mut rest = piece.split_off(PIECE / 2);
            match row.checked_sub(PIECE / 2) {
                Some(row) => rest.insert(row, (place, seat)),
                None => piece.insert(row, (place, seat)),
            }
            self.pieces.insert(at + 1, rest);
        }
    }

    /// Removes the seat at that place, and returns it.
    pub(super) fn remove(&mut self, place: Place) -> Option<Arc<Seat>> {
        let (at, row) = self.find(place)?;
        let (_, seat) = self.pieces[at].remove(row);
        let left = self.pieces[at].len();
        if left == 0 {
            self.pieces.remove(at);
        } else if let Some(next) = self.pieces.get(at + 1)
            && left + next.len() <= PIECE / 2
        {
            let next = self.pieces.remove(at + 1);
            self.pieces[at].extend(next);
        }
        Some(seat)
    }

    /// The seat at that place.
    pub(super) fn get(&self, place: Place) -> Option<&Arc<Seat>> {
        let (at, row) = self.find(place)?;
        Some(&self.pieces[at][row].1)
    }

    /// The seats from row `offset` on.
    pub(super) fn from(&self, offset: usize) -> impl Iterator<Item = &Arc<Seat>> {
        let mut skip = offset;
        let first = self.pieces.iter().position(|piece| {
            let here = skip < piece.len();
            if !here {
                skip -= piece.len();
            }
            here
        });
        let pieces = first.map_or(&[][..], |first| &self.pieces[first..]);
        pieces.iter().flatten().skip(skip).map(|(_, seat)| seat)
    }

    /// The seats behind a place, in order, each with its own place. Nobody has to be at that place.
    pub(super) fn behind(&self, place: Place) -> impl Iterator<Item = &(Place, Arc<Seat>)> {
        let at = self.piece(place);
        let pieces = self.pieces.get(at..).unwrap_or_default();
        let rows = pieces.iter().flatten();
        rows.skip_while(move |(listed, _)| *listed <= place)
    }

    /// The index of the piece that holds that place, or would hold it.
    fn piece(&self, place: Place) -> usize {
        let begins_before = |piece: &Vec<(Place, _)>| piece[0].0 <= place;
        self.pieces.partition_point(begins_before).saturating_sub(1)
    }

    fn find(&self, place: Place) -> Option<(usize, usize)> {
        let at = self.piece(place);
        let piece = self.pieces.get(at)?;
        let row = piece.binary_search_by_key(&place, |(listed, _)| *listed);
        Some((at, row.ok()?))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Moment, RoomNum, Uid};

    fn seat(entry: u64) -> Arc<Seat> {
        let uid = Uid::parse(&format!("u{entry}")).expect("valid");
        let room = RoomNum::new(10001).expect("valid");
        let now = Moment::from_millis(0);
        Arc::new(Seat::take(uid, room, Role::Viewer, entry, now))
    }

    fn entries<'s>(seats: impl Iterator<Item = &'s Arc<Seat>>) -> Vec<u64> {
        seats.map(|seat| seat.entry()).collect()
    }

    #[test]
    fn a_list_that_was_filled_and_emptied_holds_nothing() {
        let mut member_list = MemberList::default();
        for entry in 0..1000 {
            member_list.insert(Place::new(Role::Viewer, entry), seat(entry));
        }
        assert_eq!(member_list.pieces.len(), 1000_usize.div_ceil(PIECE));
        for entry in 0..1000 {
            let seat = member_list.remove(Place::new(Role::Viewer, entry));
            assert_eq!(seat.expect("listed").entry(), entry);
        }
        assert!(member_list.pieces.is_empty());
    }

    proptest! {
        #[test]
        fn rows_are_as_in_a_sorted_map_whatever_comes_and_goes(
            steps in proptest::collection::vec((0_u64..500, 0..3_u8), 0..1500),
            offset in 0_usize..500,
        ) {
            let mut member_list = MemberList::default();
            let mut model = BTreeMap::new();
            for (entry, kind) in steps {
                let place = Place::new(Role::Viewer, entry);
                if kind == 0 {
                    let removed = member_list.remove(place).map(|seat| seat.entry());
                    prop_assert_eq!(removed, model.remove(&entry));
                } else if model.insert(entry, entry).is_none() {
                    member_list.insert(place, seat(entry));
                }
                let found = member_list.get(place).map(|seat| seat.entry());
                prop_assert_eq!(found, model.get(&entry).copied());
            }
            let rows: Vec<u64> = model.into_keys().skip(offset).collect();
            prop_assert_eq!(entries(member_list.from(offset)), rows);
            prop_assert!(member_list.pieces.iter().all(|piece| (1..=PIECE).contains(&piece.len())));
        }

        #[test]
        fn pages_behind_a_place_show_who_stays_exactly_once_however_many_come_and_go_between(
            before in proptest::collection::btree_set(1_u64..500, 0..300),
            between in proptest::collection::vec((1_u64..500, any::<bool>()), 0..300),
            size in 1_usize..40,
        ) {
            let at = |entry| Place::new(Role::Viewer, entry);
            let mut member_list = MemberList::default();
            for entry in &before {
                member_list.insert(at(*entry), seat(*entry));
            }
            let mut stays = before.clone();
            let mut churn = between.into_iter();
            let (mut seen, mut last) = (Vec::new(), Place::FIRST);
            loop {
                let page: Vec<_> = member_list.behind(last).take(size).cloned().collect();
                let Some((place, _)) = page.last() else { break };
                last = Place::from_number(place.number());
                seen.extend(page.iter().map(|(_, seat)| seat.entry()));
                for (entry, comes) in churn.by_ref().take(20) {
                    if !comes {
                        member_list.remove(at(entry));
                        stays.remove(&entry);
                    } else if member_list.get(at(entry)).is_none() {
                        member_list.insert(at(entry), seat(entry));
                    }
                }
            }
            prop_assert!(seen.is_sorted_by(|a, b| a < b), "{:?}", seen);
            for entry in stays {
                prop_assert!(seen.contains(&entry), "{} of {:?}", entry, seen);
            }
        }
    }
}

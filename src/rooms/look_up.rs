//! What other modules can learn of rooms without changing them: lists, summaries, who is where.

use std::sync::Arc;

use super::handle::RoomsHandle;
use super::listing::Filter;
use super::page::MemberPage;
use super::presence::Location;
use super::questions::{Describe, FindMembers, Page, PageBehind};
use super::summary::Summary;
use crate::domain::{MemberPlace, Refusal, Role, RoomNum, Seat, Uid};
use crate::error::Error;

impl RoomsHandle {
    /// How many rooms are open, and how many of them are live.
    pub fn count(&self) -> (usize, usize) {
        (self.registry.len(), self.registry.listing.len())
    }

    /// The number of members of a room, and up to `size` of them from row `offset`. A room that is
    /// not open has no members.
    ///
    /// # Errors
    /// [`Error::Busy`] if the room is busy.
    pub async fn members(
        &self,
        number: RoomNum,
        offset: usize,
        size: usize,
    ) -> Result<(usize, Vec<(Uid, Role)>), Error> {
        match self.ask(number, Page { offset, size }).await {
            Err(Error::Refused(Refusal::NoSuchRoom)) => Ok((0, Vec::new())),
            answer => answer,
        }
    }

    /// Up to `size` members of a room behind a place of its list, or from the beginning; only those of a
    /// role, if one is given.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not open; [`Error::Busy`] if it is busy.
    pub async fn members_behind(
        &self,
        number: RoomNum,
        place: Option<MemberPlace>,
        role: Option<Role>,
        size: usize,
    ) -> Result<MemberPage, Error> {
        self.ask(number, PageBehind { place, role, size }).await
    }

    /// Those of these users who are members of a room.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not open; [`Error::Busy`] if it is busy.
    pub async fn members_among(
        &self,
        number: RoomNum,
        uids: Vec<Uid>,
    ) -> Result<MemberPage, Error> {
        self.ask(number, FindMembers(uids)).await
    }

    /// The summary of an open room, as its actor has it: what it says is not older than what anybody
    /// was answered before.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not open; [`Error::Busy`] if it is busy.
    pub async fn describe(&self, number: RoomNum) -> Result<Arc<Summary>, Error> {
        self.ask(number, Describe).await
    }

    /// The number of lives that match, and up to `size` of their summaries from row `offset`,
    /// newest first.
    pub fn lives(&self, filter: Filter, offset: usize, size: usize) -> (usize, Vec<Arc<Summary>>) {
        self.registry.listing.page(filter, offset, size)
    }

    /// The summary of an open room.
    pub fn find(&self, number: RoomNum) -> Option<Arc<Summary>> {
        let room = self.registry.room(number)?;
        Some(Arc::clone(&room.summary))
    }

    /// The summary of the open room that a user hosts.
    pub fn hosted_by(&self, host: &Uid) -> Option<Arc<Summary>> {
        let room = self.registry.hosted_by(host)?;
        Some(Arc::clone(&room.summary))
    }

    /// The number of the room that a user is in.
    pub fn room_of(&self, uid: &Uid) -> Option<RoomNum> {
        match self.presence.location(uid)? {
            Location::Seated(seat) => Some(seat.room()),
            Location::Left => None,
        }
    }

    /// The seat of a user, which is vacated if their room crashed and takes them back.
    pub fn seat_of(&self, uid: &Uid) -> Option<Arc<Seat>> {
        match self.presence.location(uid)? {
            Location::Seated(seat) => Some(seat),
            Location::Left => None,
        }
    }

    /// Whether a user is in no room because they left it on purpose.
    pub fn has_left(&self, uid: &Uid) -> bool {
        matches!(self.presence.location(uid), Some(Location::Left))
    }

    /// Whether a user is in a room, or has left one on purpose.
    pub fn knows(&self, uid: &Uid) -> bool {
        self.presence.location(uid).is_some()
    }

    /// The role of a user in that room; `None` if they are not in it.
    pub fn role_in(&self, uid: &Uid, number: RoomNum) -> Option<Role> {
        match self.presence.location(uid)? {
            Location::Seated(seat) if seat.room() == number => {
                seat.last_sign().map(|_| seat.role())
            }
            Location::Seated(_) | Location::Left => None,
        }
    }
}

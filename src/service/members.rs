//! Members: they beat, enter a room, leave it and are listed.

use super::context::Service;
use super::guests::Viewer;
use crate::domain::{LeaveReason, MemberPlace, Position, Refusal, Role, RoleClaim, RoomNum, Uid};
use crate::error::Error;
use crate::rooms::MemberPage;
use crate::sessions::Caller;

impl Service {
    /// Handles a beat: refreshes the caller's membership in the room that they are in, whatever
    /// `number` says. If they are in no room and did not leave on purpose, they enter the room
    /// `number` if it is live. `likes` is the absolute count; only the host's is used.
    ///
    /// # Errors
    /// [`Refusal::GuestsMayNot`] for a guest who claims to be on mic; [`Error::Busy`] if the queue of the
    /// room is full.
    pub async fn beat(
        &self,
        caller: &impl Viewer,
        number: Option<RoomNum>,
        claim: RoleClaim,
        likes: Option<u32>,
    ) -> Result<(), Error> {
        refuse_mic_of_guest(caller, claim)?;
        self.rooms.beat(caller.uid(), number, claim, likes).await
    }

    /// The caller enters a room and leaves any other. The request may be repeated.
    ///
    /// # Errors
    /// [`NoSuchRoom`](crate::domain::Refusal::NoSuchRoom) if the room is not live and the caller
    /// did not create it; [`Refusal::GuestsFull`]; [`Refusal::GuestsMayNot`] as for
    /// [`beat`](Self::beat); [`Error::Busy`] if the queue of the room is full.
    pub async fn enter_room(
        &self,
        caller: &impl Viewer,
        number: RoomNum,
        claim: RoleClaim,
    ) -> Result<(), Error> {
        refuse_mic_of_guest(caller, claim)?;
        self.rooms.enter(caller.uid(), number, claim).await
    }

    /// The caller leaves this room on purpose. If they are in another room, nothing happens.
    ///
    /// # Errors
    /// [`Error::Busy`] if the queue of the room is full.
    pub async fn leave_room(&self, caller: &impl Viewer, number: RoomNum) -> Result<(), Error> {
        self.rooms
            .leave(caller.uid(), Some(number), LeaveReason::Leave)
            .await
    }

    /// The caller, who hosts this room, reports their absolute count of likes.
    ///
    /// # Errors
    /// [`NoSuchRoom`](crate::domain::Refusal::NoSuchRoom),
    /// [`NotYourRoom`](crate::domain::Refusal::NotYourRoom); [`Error::Busy`] if the queue of the room
    /// is full.
    pub async fn report_likes(
        &self,
        caller: &Caller,
        number: RoomNum,
        likes: u32,
    ) -> Result<(), Error> {
        self.rooms.report_likes(&caller.uid, number, likes).await
    }

    /// The caller, who is in this room, sends this many likes.
    ///
    /// # Errors
    /// [`NoSuchRoom`](crate::domain::Refusal::NoSuchRoom),
    /// [`NotMember`](crate::domain::Refusal::NotMember); [`Error::Busy`] if the queue of the room is
    /// full.
    pub async fn send_likes(
        &self,
        caller: &Caller,
        number: RoomNum,
        count: u32,
    ) -> Result<(), Error> {
        self.rooms.send_likes(&caller.uid, number, count).await
    }

    /// How far the feed of an open room is, and its likes, which are at least as new.
    pub fn likes(&self, number: RoomNum) -> Option<(Position, u32)> {
        let summary = self.rooms.find(number)?;
        let position = summary.position();
        Some((position, summary.stats().likes.shown()))
    }

    /// The room that the caller is in, and their role there.
    pub fn membership(&self, caller: &impl Viewer) -> Option<(RoomNum, Role)> {
        let number = self.rooms.room_of(caller.uid())?;
        let role = self.rooms.role_in(caller.uid(), number)?;
        Some((number, role))
    }

    /// At most `size` members of a room behind a place of its list, or from the beginning; only those of
    /// a role, if one is given.
    ///
    /// # Errors
    /// [`NoSuchRoom`](crate::domain::Refusal::NoSuchRoom) if the room is not open; [`Error::Busy`] if
    /// its queue is full.
    pub async fn members_behind(
        &self,
        number: RoomNum,
        place: Option<MemberPlace>,
        role: Option<Role>,
        size: usize,
    ) -> Result<MemberPage, Error> {
        self.rooms.members_behind(number, place, role, size).await
    }

    /// Those of these users who are members of a room.
    ///
    /// # Errors
    /// [`NoSuchRoom`](crate::domain::Refusal::NoSuchRoom) if the room is not open; [`Error::Busy`] if
    /// its queue is full.
    pub async fn members_among(
        &self,
        number: RoomNum,
        uids: Vec<Uid>,
    ) -> Result<MemberPage, Error> {
        self.rooms.members_among(number, uids).await
    }

    /// The number of members of a room, and at most `size` of them from row `offset`. A room that
    /// is not open has no members.
    ///
    /// # Errors
    /// [`Error::Busy`] if the queue of the room is full.
    pub async fn members(
        &self,
        number: RoomNum,
        offset: usize,
        size: usize,
    ) -> Result<(usize, Vec<(Uid, Role)>), Error> {
        self.rooms.members(number, offset, size).await
    }
}

/// A room would ignore the claim; the guest is told.
fn refuse_mic_of_guest(caller: &impl Viewer, claim: RoleClaim) -> Result<(), Refusal> {
    if claim == RoleClaim::OnMic && caller.uid().is_guest() {
        return Err(Refusal::GuestsMayNot);
    }
    Ok(())
}

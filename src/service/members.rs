//! Members: they beat, enter, leave and are listed.

use super::context::Service;
use crate::domain::{LeaveReason, Role, RoleClaim, RoomNum, Uid};
use crate::error::Error;
use crate::sessions::Caller;

impl Service {
    /// A beat: refreshes the caller's membership, wherever that is. A caller who is in no room, and
    /// did not leave on purpose, is taken in by the live room of that number, if it is one. `likes`
    /// is the absolute count of a host.
    ///
    /// # Errors
    /// Busy if the room has too much to do.
    pub async fn beat(
        &self,
        caller: &Caller,
        number: Option<RoomNum>,
        claim: RoleClaim,
        likes: Option<u32>,
    ) -> Result<(), Error> {
        self.rooms.beat(&caller.uid, number, claim, likes).await
    }

    /// The caller enters a room, or says again that they are in it; they leave any other.
    ///
    /// # Errors
    /// [`NoSuchRoom`](crate::domain::Refusal::NoSuchRoom) if the room is not live and not the
    /// caller's; busy if it has too much to do.
    pub async fn enter_room(
        &self,
        caller: &Caller,
        number: RoomNum,
        claim: RoleClaim,
    ) -> Result<(), Error> {
        self.rooms.enter(&caller.uid, number, claim).await
    }

    /// The caller leaves that room on purpose. Nothing happens if they are in another one.
    ///
    /// # Errors
    /// Busy if the room has too much to do.
    pub async fn leave_room(&self, caller: &Caller, number: RoomNum) -> Result<(), Error> {
        self.rooms
            .leave(&caller.uid, Some(number), LeaveReason::Leave)
            .await
    }

    /// How many members a room has, and up to `size` of them from row `offset`. Nobody is in a room
    /// that is not open.
    ///
    /// # Errors
    /// Busy if the room has too much to do.
    pub async fn members(
        &self,
        number: RoomNum,
        offset: usize,
        size: usize,
    ) -> Result<(usize, Vec<(Uid, Role)>), Error> {
        self.rooms.members(number, offset, size).await
    }
}

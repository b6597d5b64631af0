//! Mic links: a viewer requests a seat, the host grants it, a member goes on mic and off it.

use super::context::Service;
use crate::domain::{RoomNum, Uid};
use crate::error::Error;
use crate::sessions::Caller;

impl Service {
    /// The caller requests a mic seat. If they are not a member, they enter the room.
    ///
    /// # Errors
    /// Those of [`Room::request_mic`](crate::domain::Room::request_mic); [`Error::Busy`] if the
    /// queue of the room is full.
    pub async fn request_mic(&self, caller: &Caller, number: RoomNum) -> Result<(), Error> {
        self.rooms.request_mic(&caller.uid, number).await
    }

    /// The caller goes on mic or off it.
    ///
    /// # Errors
    /// Those of [`Room::report_mic`](crate::domain::Room::report_mic); [`Error::Busy`] if the queue
    /// of the room is full.
    pub async fn report_mic(
        &self,
        caller: &Caller,
        number: RoomNum,
        on: bool,
    ) -> Result<(), Error> {
        self.rooms.report_mic(&caller.uid, number, on).await
    }

    /// The host of the room lets a member on mic or takes them off it.
    ///
    /// # Errors
    /// Those of [`Room::grant_mic`](crate::domain::Room::grant_mic); [`Error::Busy`] if the queue
    /// of the room is full.
    pub async fn grant_mic(
        &self,
        caller: &Caller,
        number: RoomNum,
        guest: Uid,
        on: bool,
    ) -> Result<(), Error> {
        self.rooms.grant_mic(&caller.uid, number, guest, on).await
    }
}

//! Mic links: a viewer asks for the mic, the host grants it, a member goes on mic and off it.

use super::context::Service;
use crate::domain::{RoomNum, Uid};
use crate::error::Error;
use crate::sessions::Caller;

impl Service {
    /// The caller asks for a seat on mic; if they are not a member, they enter.
    ///
    /// # Errors
    /// As [`Room::request_mic`](crate::domain::Room::request_mic); busy if the room has too much to
    /// do.
    pub async fn request_mic(&self, caller: &Caller, number: RoomNum) -> Result<(), Error> {
        self.rooms.request_mic(&caller.uid, number).await
    }

    /// The caller goes on mic, or off it.
    ///
    /// # Errors
    /// As [`Room::report_mic`](crate::domain::Room::report_mic); busy if the room has too much to do.
    pub async fn report_mic(
        &self,
        caller: &Caller,
        number: RoomNum,
        on: bool,
    ) -> Result<(), Error> {
        self.rooms.report_mic(&caller.uid, number, on).await
    }

    /// The caller, who hosts the room, lets a member on mic or takes them off it.
    ///
    /// # Errors
    /// As [`Room::grant_mic`](crate::domain::Room::grant_mic); busy if the room has too much to do.
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

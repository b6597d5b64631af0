//! Broadcasts of rooms: what they show of their streams, each with its version.

use super::super::engine::Conn;
use super::super::queries::broadcasts;
use crate::domain::{Broadcast, RoomNum};
use crate::error::Error;

/// The broadcast of a room.
pub(crate) fn of_room(conn: &mut Conn, number: RoomNum) -> Result<Broadcast, Error> {
    Ok(broadcasts::of_room(conn, number)?)
}

/// The broadcast of every open room that the cloud has reported anything about.
pub(crate) fn of_open_rooms(conn: &mut Conn) -> Result<Vec<(RoomNum, Broadcast)>, Error> {
    broadcasts::of_open_rooms(conn)
}

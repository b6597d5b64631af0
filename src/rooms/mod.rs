//! Who keeps a room alive: one actor per room, a supervisor above them, one desk before them.
//!
//! [`Rooms`] is the desk and all that others see. Behind it, each run of a room is a
//! [`RoomActor`](actor::RoomActor) that owns a [`domain::Room`](crate::domain::Room); the
//! [`RoomSupervisor`](supervisor::RoomSupervisor) opens, lists, reopens and closes them; the
//! [`Directory`](directory::Directory) says who is where.

mod actor;
mod card;
mod departures;
mod desk;
mod directory;
mod dismissals;
mod listing;
mod messages;
mod supervisor;
#[cfg(test)]
mod tests;
mod turns;

pub use card::Card;
pub use desk::{Homes, Rooms};
pub use listing::Filter;

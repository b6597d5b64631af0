//! Who keeps a room alive: one actor per room, a supervisor above them, a handle for everybody else.
//!
//! [`RoomsHandle`] is the handle and all that others see. Behind it, each live is a
//! [`RoomActor`](actor::RoomActor) that owns a [`domain::Room`](crate::domain::Room); the
//! [`RoomSupervisor`](supervisor::RoomSupervisor) opens, lists, reopens and closes them; the
//! [`Directory`](directory::Directory) says who is where.

mod actor;
mod departures;
mod directory;
mod dismissals;
mod handle;
mod listing;
mod messages;
mod summary;
mod supervisor;
mod sweep_budget;
#[cfg(test)]
mod tests;

pub use handle::{RoomThreads, RoomsHandle};
pub use listing::Filter;
pub use summary::Summary;

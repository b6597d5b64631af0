//! Who keeps a room alive: one actor per room, a supervisor above them, a handle for everybody else.
//!
//! [`RoomsHandle`] is the handle and all that others see. Behind it, each live is a
//! [`RoomActor`](actor::RoomActor) that owns a [`domain::Room`](crate::domain::Room); the
//! [`RoomSupervisor`](supervisor::RoomSupervisor) opens, lists, reopens and closes them in the
//! [`Registry`](registry::Registry); [`Presence`](presence::Presence) says who is where. Rooms see
//! neither the registry nor the supervisor: they send it [`notices`].

mod actor;
mod departures;
mod event_counters;
mod handle;
mod listing;
mod messages;
mod notices;
mod presence;
mod questions;
mod record;
mod refuted;
mod registry;
mod summary;
mod supervisor;
mod sweep_budget;
#[cfg(test)]
mod tests;

pub use event_counters::EventCounters;
pub use handle::{RoomThreads, RoomsHandle};
pub use listing::Filter;
pub use summary::Summary;

//! Open rooms: one actor per room, a supervisor above the actors, and a handle for all other
//! modules.
//!
//! [`RoomsHandle`] is all that other modules see. Behind it, each live is a
//! [`RoomActor`](actor::RoomActor) that owns a [`domain::Room`](crate::domain::Room). The
//! [`RoomSupervisor`](supervisor::RoomSupervisor) opens, lists, reopens and closes them in the
//! [`Registry`](registry::Registry), and [`Presence`](presence::Presence) knows which room each
//! user is in. Rooms see neither the registry nor the supervisor: they send it [`notices`].

mod actor;
mod counted;
mod departures;
mod feed;
mod handle;
mod likes;
mod listing;
mod look_up;
mod messages;
mod notices;
mod page;
mod presence;
mod questions;
mod ranking;
mod record;
mod refuted;
mod registry;
mod search;
mod subscribe;
mod summary;
mod supervisor;
mod sweep_budget;
#[cfg(test)]
mod tests;

pub use counted::room_metrics;
pub use feed::{FeedReader, FeedRules, Frame, History, Next, Snapshot};
pub use handle::{RoomThreads, RoomsHandle};
pub use listing::Filter;
pub use page::MemberPage;
pub use ranking::Figure;
pub use search::{LivePlace, LivesFound, Search, TitlePart};
pub use summary::Summary;

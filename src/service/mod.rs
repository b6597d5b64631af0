//! What the product does: one file for each family of use cases. Every protocol calls these, and so
//! do background jobs.
//!
//! Here is no HTTP, no JSON and no SQL: a protocol parses a request, calls one use case and renders
//! what it answers. Start with [`Service`], which holds what the use cases ask; [`commit`] tells in
//! which order the record, the rooms and the caller learn of a change.

mod accounts;
mod budgets;
mod client;
mod cloud_events;
mod commit;
mod context;
mod covers;
mod links;
mod lives;
mod login_guard;
mod login_queue;
mod members;
mod mic;
mod moderation;
mod playback;
mod record;
mod recordings;
mod room_keys;

pub use accounts::{Credentials, LoggedIn};
pub use budgets::Budgets;
pub use client::{Client, Network};
pub use context::{Policy, Service};
pub use links::Link;
pub use lives::cover_of;
pub use login_guard::LoginGuard;
pub use moderation::KickedOut;
pub use playback::{LivePlayback, Playback};
pub use room_keys::{RoomKeyGiven, RoomKeyRequest};

pub use crate::rooms::{Filter, Summary};

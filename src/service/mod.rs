//! The use cases of the product, one file for each family. Every protocol and the background jobs
//! call them.
//!
//! There is no HTTP, JSON or SQL here: a protocol parses a request, calls one use case and renders
//! its result. Start with [`Service`], which holds what the use cases work with; [`commit`] says in
//! which order the store, the rooms and the caller learn of a change.

mod accounts;
mod beats;
mod budgets;
mod client;
mod cloud_events;
mod commit;
mod context;
mod covers;
mod guests;
mod links;
mod lives;
mod login_guard;
mod login_queue;
mod members;
mod mic;
mod moderation;
mod playback;
mod push;
mod record;
mod recordings;
mod retention;
mod room_keys;
mod server_keys;

pub use accounts::{Credentials, LoggedIn};
pub use beats::{BeatOf, Beaten};
pub use budgets::Budgets;
pub use client::{Client, Network};
pub use cloud_events::REPEATED;
pub use commit::finish;
pub use context::{Policy, Service};
pub use guests::{GuestGiven, Viewer, Watcher};
pub use links::Link;
pub use lives::cover_of;
pub use login_guard::LoginGuard;
pub use moderation::KickedOut;
pub use playback::{LivePlayback, Playback};
pub use retention::RetentionWalk;
pub use room_keys::{RoomKeyGiven, RoomKeyRequest};
pub use server_keys::{KeyCaller, NewKey, ServerKey, ServerKeys};

pub use crate::own_streams::{OwnNext, OwnReader, OwnTold};
pub use crate::rooms::{
    FeedReader, Figure, Filter, Frame, LivePlace, LivesFound, MemberPage, Next, Search, Snapshot,
    Summary, TitlePart,
};
pub use crate::sessions::{Caller, GuestTokens};
pub use crate::store::Trouble;

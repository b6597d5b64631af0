//! The server of clients: its workers, its connections, and the watch over them.
//!
//! [`serve()`] puts them together around the site; the rest of `http` knows only what a connection
//! is doing, because a handler that waits for a body says so.

mod activity;
mod connection;
mod connections;
mod heads;
mod serve;

pub(super) use activity::Activity;
pub use serve::{Capacity, serve};

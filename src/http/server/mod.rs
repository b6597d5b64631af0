//! The HTTP server: its workers, its connections, and the watch over them.
//!
//! [`serve()`] builds it around the site. The rest of `http` uses only [`Activity`], because a
//! handler that waits for a body has to report that.

mod activity;
mod connection;
mod connections;
mod handshake;
mod heads;
mod serve;
mod socket;
mod websocket;

pub(super) use activity::{Activity, Serving};
pub use connections::CUTS;
pub use serve::{Capacity, serve};

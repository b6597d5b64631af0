//! Who answers: one folder for each protocol, and what they share.
//!
//! A connection comes in by [`server`]; [`site`] says which protocol a request is of.
//! [`legacy`] is the protocol of 2016, with every quirk of its clients; [`callbacks`] is what the video
//! cloud sends. They do not know each other: they share [`request`] (address, body), [`state`], and
//! [`code`], the one place with error numbers. [`ops`] is for operators.

pub mod callbacks;
mod code;
pub mod failure;
pub mod legacy;
mod log_throttle;
mod ops;
mod request;
mod request_id;
mod server;
mod site;
mod state;

pub use ops::configure as configure_ops;
pub use request::TrustedProxies;
pub use server::{Capacity, serve};
pub use site::{Site, configure};
pub use state::{Shared, Warnings};

//! HTTP: one folder for each protocol, and the parts that they share.
//!
//! A connection arrives at [`server`]; [`site`] finds out which protocol a request belongs to.
//! [`legacy`] is the protocol of 2016, with every quirk of its clients; [`v2`] is the live API of today;
//! [`callbacks`] receives the events of the video cloud. The protocols do not depend on each other: they share [`request`]
//! (client address, body), [`state`], and [`code`], the only place with error codes. [`ops`] is for
//! operators.

mod asset;
pub mod callbacks;
mod code;
mod docs;
pub mod failure;
mod fault_lines;
pub mod legacy;
mod openapi;
mod ops;
mod request;
mod request_id;
mod request_sign;
mod server;
mod site;
mod state;
pub mod v2;

pub use ops::{configure as configure_ops, trouble_in};
pub use request::TrustedProxies;
pub use request_sign::RequestSign;
pub use server::{CUTS, Capacity, serve};
pub use site::{Site, configure};
pub use state::{Shared, Warnings};

//! The protocol of 2016, as published clients use it: commands in the query, JSON with any content
//! type, status 200 for every answer.
//!
//! [`dispatch`] reads a request and renders the answer; [`command`] is the route table; each family
//! of commands has a file of handlers. A handler parses with [`wire`], finds the caller, calls one use
//! case and renders with `wire`. Every quirk of an old client is in this folder, with its source and a
//! golden file.

mod accounts;
mod command;
mod config;
mod dispatch;
mod links;
mod lives;
mod members;
mod openapi;
mod playback;
mod recordings;
mod signatures;
mod trace;
mod uploads;
pub mod wire;

pub(super) use command::Command;
pub use command::CommandCounts;
pub use config::{HttpConfig, Legacy};
pub(super) use dispatch::{answer, preflight, refuse_unsent};
pub(super) use openapi::description;

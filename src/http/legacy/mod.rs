//! The protocol of 2016, as the published clients speak it: commands in the query, JSON whatever the
//! content type, status 200 whatever comes of it.
//!
//! [`dispatch`] reads a request and renders the answer; [`command`] is the route table; the handlers
//! stand in a file for each family: parse with [`wire`], one call of the product, render with `wire`.
//! Every quirk of an old client stands in this folder, each with its source and a golden file.

mod accounts;
mod command;
mod config;
mod dispatch;
mod links;
mod lives;
mod members;
mod playback;
mod recordings;
mod request_sign;
mod signatures;
mod trace;
mod uploads;
pub mod wire;

pub(super) use command::Command;
pub use config::{HttpConfig, Legacy};
pub(super) use dispatch::{answer, preflight, refuse_unsent};
pub use request_sign::RequestSign;

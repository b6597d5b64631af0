//! The live API: REST under `/v2`, for the clients of today, on the same rooms as the protocol of 2016.
//!
//! [`operation`] is the table of operations, [`route`] leads to them, and each family of them has a file of handlers. A handler gets the
//! caller and the [`body`] by [`asked`], calls one use case, and answers with a shape of [`shape`]. What goes wrong is a [`problem`]. Lists go on behind a [`cursor`]. [`openapi`] describes it all to programs.

mod accounts;
mod around;
mod asked;
mod beats;
mod body;
mod cursor;
mod guests;
mod idempotency;
mod kept;
mod likes;
mod lives;
mod members;
mod openapi;
mod operation;
mod playback;
mod problem;
mod profile;
mod push;
mod rooms;
mod route;
mod shape;
mod state;
mod told;

pub(super) use around::{is_of, refuse_unsent};
pub(super) use openapi::description;
pub use push::{Push, PushLimits};
pub(super) use push::{Upgraded, upgrade};
pub(super) use route::configure;
pub use state::V2;

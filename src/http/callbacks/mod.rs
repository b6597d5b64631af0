//! The doors of the video cloud: one for each sender, and one inbox behind them.
//!
//! Kept first, told second: authenticate, parse, have the product keep the event with its effect and
//! tell the rooms, acknowledge. Only here a status says something: 200 that the event is kept, 403
//! that it is not taken, 500 that it could not be kept and is to be sent again.

mod acknowledge;
mod allowance;
mod auth;
mod body;
mod door;
mod event;
mod im;
mod live;
mod members;
mod parsed;
#[cfg(test)]
mod tests;
mod trtc;
mod vod;

pub use auth::CallbackAuth;
pub use door::Callbacks;
pub(super) use door::Door;
pub(super) use door::{answer, refuse_unsent};
pub use event::for_people;

//! The callbacks of the video cloud: one door for each of its services, and one inbox for all
//! events.
//!
//! Each event is authenticated and parsed, recorded together with its effect, then the rooms are
//! notified, then it is acknowledged. Only here the HTTP status has a meaning: 200 if the event is
//! recorded, 403 if it is refused, 500 if it could not be recorded and has to be sent again.

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
mod refusals;
#[cfg(test)]
mod tests;
mod trtc;
mod vod;

pub use auth::CallbackAuth;
pub use door::Callbacks;
pub(super) use door::Door;
pub(super) use door::{answer, refuse_unsent};
pub use event::for_people;
pub use refusals::REFUSALS;

//! Push: clients are told of a room's events by themselves, by WebSocket, by SSE or by long poll.
//!
//! All three read the same feed through a [`subscription`], which knows what comes next and when it is over.
//! [`frame`] is what clients get, [`command`] what they send by WebSocket, [`bye`] how it ends. A
//! [`socket`] lives outside the HTTP dispatcher, which would cost it 17 KB; [`mod@upgrade`] takes it out.
//! [`ticket`]s are for those who cannot send a header.

mod answer;
mod bye;
mod command;
mod event;
pub(super) mod events;
mod frame;
pub(super) mod issue_ticket;
mod limits;
mod message;
mod socket;
mod subscription;
mod ticket;
mod upgrade;

pub(super) use events::events;
pub(super) use issue_ticket::issue as issue_ticket;
pub use limits::{Push, PushLimits};
pub(in crate::http) use upgrade::{Upgraded, upgrade};

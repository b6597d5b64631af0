//! Push: clients are told of a room's events by themselves, and of what concerns them alone, by WebSocket, by
//! SSE or by long poll.
//!
//! All three read through a [`subscription`], which knows what comes next, of a [room](room_stream) and of the
//! [own stream](own_stream), and when it is over.
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
mod own_event;
mod own_stream;
mod piece;
mod room_stream;
mod socket;
mod subscription;
mod ticket;
mod upgrade;

pub(super) use events::{events, own_events};
pub(super) use issue_ticket::issue as issue_ticket;
pub use limits::{Push, PushLimits};
pub(in crate::http) use upgrade::{Upgraded, upgrade};

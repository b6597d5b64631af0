//! The notices that rooms send to the actor above them. Rooms know its recipients, not the actor.

use actix::{Message, Recipient};

use crate::domain::{Dismissal, LiveId, RoomNum};

/// A room's host has been silent for too long. Sent by the room at each sweep until it is closed.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct HostSilent {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
}

/// A room was dismissed in the cloud, and its host gave no sign of life within the grace. Sent by
/// the room at each sweep until it is closed.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct DismissalUnrefuted {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
    pub(super) dismissal: Dismissal,
}

/// A room's actor ended without an order. Sent by its crash guard.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct Crashed {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
}

/// Where rooms send their notices. All rooms share one value.
pub(super) struct Notices {
    pub(super) host_silent: Recipient<HostSilent>,
    pub(super) dismissal_unrefuted: Recipient<DismissalUnrefuted>,
    pub(super) crashed: Recipient<Crashed>,
}

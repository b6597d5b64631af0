//! What rooms report to whoever is above them, and the way there. They do not see who that is.

use actix::{Message, Recipient};

use crate::domain::{Dismissal, LiveId, RoomNum};

/// A room's host has been silent for too long. Sent by the room at each sweep until it is closed.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct HostSilent {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
}

/// A room was dismissed in the cloud, and its host did not speak within the grace. Sent by the room
/// at each sweep until it is closed.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct DismissalUnrefuted {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
    pub(super) dismissal: Dismissal,
}

/// A room's actor is gone without having been told to. Sent by what it left behind.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct Crashed {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
}

/// Where rooms send their notices. Shared by all of them.
pub(super) struct Notices {
    pub(super) host_silent: Recipient<HostSilent>,
    pub(super) dismissal_unrefuted: Recipient<DismissalUnrefuted>,
    pub(super) crashed: Recipient<Crashed>,
}

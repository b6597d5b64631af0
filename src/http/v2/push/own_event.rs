//! Events of a user's own stream, as clients get them.

use serde::Serialize;

use super::super::shape::RoleName;
use super::event::{left, off_mic};
use crate::domain::{OwnEvent, RoomNum};
use crate::service::OwnTold;

/// One event in a frame.
#[derive(Serialize)]
pub(super) struct OwnEventShape<'f> {
    seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl<'f> OwnEventShape<'f> {
    pub(super) fn of(told: &'f OwnTold) -> Self {
        let of_kind = |kind, room: Option<RoomNum>| Self {
            seq: told.seq,
            kind,
            at: told.at_ms,
            room: room.map(RoomNum::get),
            role: None,
            uid: None,
            reason: None,
        };
        match &told.event {
            OwnEvent::Entered { room, role } => Self {
                role: Some((*role).into()),
                ..of_kind("you.entered", Some(*room))
            },
            OwnEvent::RoleChanged { room, role } => Self {
                role: Some((*role).into()),
                ..of_kind("you.role", Some(*room))
            },
            OwnEvent::Left { room, reason } => Self {
                reason: Some(left(*reason)),
                ..of_kind("you.left", Some(*room))
            },
            OwnEvent::MicRequested { room, uid } => Self {
                uid: Some(uid.as_str()),
                ..of_kind("mic.requested", Some(*room))
            },
            OwnEvent::MicGranted { room } => of_kind("mic.granted", Some(*room)),
            OwnEvent::MicWithdrawn { room, uid, reason } => Self {
                uid: Some(uid.as_str()),
                reason: Some(off_mic(*reason)),
                ..of_kind("mic.withdrawn", Some(*room))
            },
            OwnEvent::SessionEnded => of_kind("session.ended", None),
            OwnEvent::RecordingReady { room } => of_kind("recording.ready", Some(*room)),
        }
    }
}

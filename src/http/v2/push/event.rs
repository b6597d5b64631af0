//! Events as clients get them.

use serde::Serialize;

use super::super::shape::{Announced, RoleName};
use crate::domain::{Change, LeaveReason, MicOffReason, RoomEvent, Told};
use crate::service::Summary;

/// One change in a frame.
#[derive(Serialize)]
pub(super) struct Event<'f> {
    seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    at: i64,
    #[serde(flatten)]
    fields: Fields<'f>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fields<'f> {
    Joined {
        uid: &'f str,
        role: RoleName,
        order: u64,
        members: u32,
    },
    Left {
        uid: &'f str,
        reason: &'static str,
        members: u32,
    },
    Role {
        uid: &'f str,
        role: RoleName,
        order: u64,
    },
    Crowd {
        members: u32,
        peak: u32,
        joined: u32,
        left: u32,
        sample: Vec<&'f str>,
    },
    Likes {
        likes: u32,
    },
    MicOn {
        uid: &'f str,
    },
    MicOff {
        uid: &'f str,
        reason: &'static str,
    },
    /// `type` is the event's own: the room has one too, so what is announced stands within.
    Announced {
        room: Announced,
    },
    Stream {
        on: Option<bool>,
        picture: Option<&'f str>,
        /// The cover of the room, which may be that picture.
        cover: &'f str,
    },
    Ended {
        reason: &'static str,
    },
}

impl<'f> Event<'f> {
    /// A change as clients get it. `None` if it concerns only the host and one member, who are told by
    /// themselves.
    pub(super) fn of(told: &'f Told, summary: &Summary) -> Option<Self> {
        let (kind, fields) = match &told.change {
            Change::Crowd(crowd) => {
                let sample = crowd.sample.iter().map(|uid| uid.as_str()).collect();
                let fields = Fields::Crowd {
                    members: crowd.members,
                    peak: crowd.peak,
                    joined: crowd.joined,
                    left: crowd.left,
                    sample,
                };
                ("members.changed", fields)
            }
            Change::Event(event) => (event.kind().as_str(), fields(event, summary)?),
        };
        Some(Self {
            seq: told.seq,
            kind,
            at: told.at_ms,
            fields,
        })
    }
}

fn fields<'f>(event: &'f RoomEvent, summary: &Summary) -> Option<Fields<'f>> {
    Some(match event {
        RoomEvent::Joined {
            uid,
            role,
            place,
            members,
        } => Fields::Joined {
            uid: uid.as_str(),
            role: (*role).into(),
            order: place.order(),
            members: *members,
        },
        RoomEvent::Left {
            uid,
            reason,
            members,
            ..
        } => Fields::Left {
            uid: uid.as_str(),
            reason: left(*reason),
            members: *members,
        },
        RoomEvent::RoleChanged { uid, to, place, .. } => Fields::Role {
            uid: uid.as_str(),
            role: (*to).into(),
            order: place.order(),
        },
        RoomEvent::Likes { likes } => Fields::Likes { likes: *likes },
        RoomEvent::MicOn { uid } => Fields::MicOn { uid: uid.as_str() },
        RoomEvent::MicOff { uid, reason } => Fields::MicOff {
            uid: uid.as_str(),
            reason: off_mic(*reason),
        },
        RoomEvent::Live { profile } | RoomEvent::Changed { profile } => Fields::Announced {
            room: Announced::of(profile, summary),
        },
        RoomEvent::StreamChanged { shown, profile } => {
            let picture = shown.picture.as_deref();
            let cover = profile.info.cover.as_str();
            let own = (!cover.is_empty()).then_some(cover);
            Fields::Stream {
                on: shown.on,
                picture,
                cover: own.or(picture).unwrap_or_default(),
            }
        }
        RoomEvent::Ended { reason, .. } => Fields::Ended {
            reason: reason.as_str(),
        },
        RoomEvent::MicRequested { .. }
        | RoomEvent::MicGranted { .. }
        | RoomEvent::MicWithdrawn { .. } => return None,
    })
}

pub(super) fn left(reason: LeaveReason) -> &'static str {
    match reason {
        LeaveReason::Leave => "leave",
        LeaveReason::Silent => "silent",
        LeaveReason::Moved => "moved",
        LeaveReason::Kicked => "kicked",
        LeaveReason::Logout => "logout",
        LeaveReason::Ended => "ended",
    }
}

pub(super) fn off_mic(reason: MicOffReason) -> &'static str {
    match reason {
        MicOffReason::Own => "own",
        MicOffReason::Host => "host",
        MicOffReason::Left(_) => "left",
    }
}

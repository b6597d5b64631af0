//! The questions that the handle asks rooms, each with its answer.

use std::sync::Arc;

use actix::Context;

use super::actor::RoomActor;
use super::feed::Snapshot;
use super::messages::Ask;
use super::page::MemberPage;
use super::summary::Summary;
use crate::domain::{
    LeaveReason, LiveId, MemberPlace, Refusal, Role, RoleClaim, Seat, Uid, UnixTime,
};

/// A user enters, or reports again that they are in the room. Sent by the handle.
#[derive(Clone)]
pub(super) struct Enter {
    pub(super) uid: Uid,
    pub(super) claim: RoleClaim,
}

impl Ask<RoomActor> for Enter {
    /// The seat in another room that the user lost by entering.
    type Answer = Result<Option<Arc<Seat>>, Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        let seat = actor
            .room
            .enter(&self.uid, self.claim, actor.shared.clock.now())?;
        Ok(actor.shared.presence.seat(&seat))
    }
}

/// A beat that may change something, or of a user who is in no room. Sent by the handle.
#[derive(Clone)]
pub(super) struct Beat {
    pub(super) uid: Uid,
    pub(super) claim: RoleClaim,
    pub(super) likes: Option<u32>,
}

impl Ask<RoomActor> for Beat {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        let now = actor.shared.clock.now();
        if !actor.room.beat(&self.uid, self.claim, now) {
            if !actor
                .shared
                .presence
                .may_return(&self.uid, actor.summary.number)
            {
                return;
            }
            let Ok(seat) = actor.room.enter(&self.uid, self.claim, now) else {
                return;
            };
            // Another room may have seated the user in the meantime.
            if !actor.shared.presence.reseat(&seat) {
                actor.room.leave(&self.uid, LeaveReason::Moved, now);
                return;
            }
        }
        if let Some(likes) = self.likes {
            // A beat gets no answer of its own, so that of a viewer is no error.
            let _ = actor.room.report_likes(&self.uid, likes);
        }
    }
}

/// A user leaves on purpose, or is made to leave. Sent by the handle.
#[derive(Clone)]
pub(super) struct Leave {
    pub(super) uid: Uid,
    pub(super) reason: LeaveReason,
}

impl Ask<RoomActor> for Leave {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        let now = actor.shared.clock.now();
        if let Some(seat) = actor.room.leave(&self.uid, self.reason, now) {
            actor.shared.presence.depart(&seat, now);
        }
    }
}

/// The user of this seat was seated in another room. Sent by the handle. If the message is lost,
/// the room finds the vacated seat at its next deadline.
#[derive(Clone)]
pub(super) struct Vacate(pub(super) Arc<Seat>);

impl Ask<RoomActor> for Vacate {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        actor.room.vacate(&self.0, actor.shared.clock.now());
    }
}

/// A user asks for a seat on mic. Sent by the handle.
#[derive(Clone)]
pub(super) struct RequestMic {
    pub(super) uid: Uid,
}

impl Ask<RoomActor> for RequestMic {
    /// The seat in another room that the user lost by entering.
    type Answer = Result<Option<Arc<Seat>>, Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        let seat = actor
            .room
            .request_mic(&self.uid, actor.shared.clock.now())?;
        Ok(actor.shared.presence.seat(&seat))
    }
}

/// A member reports that they went on mic or off it. Sent by the handle.
#[derive(Clone)]
pub(super) struct ReportMic {
    pub(super) uid: Uid,
    pub(super) on: bool,
}

impl Ask<RoomActor> for ReportMic {
    type Answer = Result<(), Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        actor
            .room
            .report_mic(&self.uid, self.on, actor.shared.clock.now())
    }
}

/// The host lets a member on mic, or takes them off it. Sent by the handle.
#[derive(Clone)]
pub(super) struct GrantMic {
    pub(super) host: Uid,
    pub(super) guest: Uid,
    pub(super) on: bool,
}

impl Ask<RoomActor> for GrantMic {
    type Answer = Result<(), Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        actor.room.grant_mic(&self.host, &self.guest, self.on)
    }
}

/// The cloud saw users come or go. Sent by the handle. It is only a hint, so it may be lost.
#[derive(Clone)]
pub(super) struct PresenceHint {
    pub(super) uids: Vec<Uid>,
    pub(super) here: bool,
    pub(super) at_ms: i64,
}

impl Ask<RoomActor> for PresenceHint {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        let (now, happened) = (
            actor.shared.clock.now(),
            actor.shared.clock.moment_of(self.at_ms),
        );
        for uid in &self.uids {
            actor
                .room
                .presence_hint(uid, self.here, self.at_ms, happened, now);
        }
    }
}

/// A page of the member list. Sent by the handle.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) offset: usize,
    pub(super) size: usize,
}

impl Ask<RoomActor> for Page {
    /// The number of members, and the rows.
    type Answer = (usize, Vec<(Uid, Role)>);

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        actor.room.page(self.offset, self.size)
    }
}

/// A page of the member list behind a place. Sent by the handle.
#[derive(Clone)]
pub(super) struct PageBehind {
    pub(super) place: Option<MemberPlace>,
    pub(super) role: Option<Role>,
    pub(super) size: usize,
}

impl Ask<RoomActor> for PageBehind {
    type Answer = MemberPage;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        let Self { place, role, size } = self;
        let (total, rows) = actor.room.members_behind(place, role, size);
        MemberPage {
            position: actor.summary.position(),
            total,
            rows,
        }
    }
}

/// Which of these users are members. Sent by the handle.
#[derive(Clone)]
pub(super) struct FindMembers(pub(super) Vec<Uid>);

impl Ask<RoomActor> for FindMembers {
    type Answer = MemberPage;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        let rows = actor.room.members_among(&self.0);
        MemberPage {
            position: actor.summary.position(),
            total: rows.len(),
            rows,
        }
    }
}

/// What a room's actor knows of the room itself. Sent by the handle.
#[derive(Clone)]
pub(super) struct Describe;

impl Ask<RoomActor> for Describe {
    type Answer = Arc<Summary>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        Arc::clone(&actor.summary)
    }
}

/// The room as its readers begin with it. From now on its feed has frames. Sent by the handle.
#[derive(Clone)]
pub(super) struct TakeSnapshot;

impl Ask<RoomActor> for TakeSnapshot {
    type Answer = Arc<Snapshot>;

    fn answer(self, actor: &mut RoomActor, ctx: &mut Context<RoomActor>) -> Self::Answer {
        actor.take_snapshot(ctx)
    }
}

/// The cloud reported something of the room's streams, which stands in its summary. Sent by the handle.
#[derive(Clone)]
pub(super) struct ShowStream;

impl Ask<RoomActor> for ShowStream {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, ctx: &mut Context<RoomActor>) {
        actor.show_stream(ctx);
    }
}

/// The cloud dismissed its counterpart of the room. Sent by the handle.
#[derive(Clone)]
pub(super) struct Dismissed {
    pub(super) live: LiveId,
    pub(super) event: i64,
    pub(super) at: UnixTime,
    /// The room may have got this before, so it is not known what the host did since the event.
    pub(super) again: bool,
}

impl Ask<RoomActor> for Dismissed {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        if actor.summary.live != self.live {
            return;
        }
        let clock = actor.shared.clock;
        let unix_ms = self.at.as_secs().saturating_mul(1000);
        let happened = (!self.again).then(|| clock.moment_of(unix_ms));
        if !actor
            .room
            .add_dismissal(self.event, self.at, happened, clock.now())
        {
            actor.shared.refuted.add(vec![self.event]);
        }
    }
}

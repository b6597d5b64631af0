//! The actor that keeps one room: it gives a [`Room`] its time and tells others what became of it.
//!
//! Each handler is time, transition, publish, answer. Deadlines are looked at on a timer and in
//! every handler as well, because actix serves a full mailbox before it serves timers.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message, SpawnHandle};

use super::directory::Directory;
use super::dismissals::HostGaveUp;
use super::messages::{Ask, Asked};
use super::summary::Summary;
use super::supervisor::{Crashed, HostSilent, RoomSupervisor};
use super::sweep_budget::{SHARE, SweepBudget, Waiting};
use crate::clock::Clock;
use crate::domain::{Moment, Refusal, Role, Room, Rules, Seat, Uid};

/// Questions that may wait for one room. A caller beyond that is answered "busy".
const MAILBOX: usize = 1024;

/// Deadlines nearer to each other than this are looked at together.
const SWEEP_SPACING: Duration = Duration::from_millis(200);

pub(super) struct RoomActor {
    pub(super) room: Room,
    pub(super) summary: Arc<Summary>,
    pub(super) directory: Arc<Directory>,
    pub(super) clock: Clock,
    timer: Option<(Moment, SpawnHandle)>,
    sweep_budget: Arc<SweepBudget>,
    /// When it is this room's turn, if it has to wait for that.
    turn: Option<(Moment, Waiting)>,
    crash_guard: CrashGuard,
}

impl RoomActor {
    /// An actor for the room of that summary, empty, for a thread with this sweep budget. It is on air if
    /// the summary has an announcement.
    pub(super) fn new(
        summary: Arc<Summary>,
        rules: Rules,
        directory: Arc<Directory>,
        supervisor: Addr<RoomSupervisor>,
        sweep_budget: Arc<SweepBudget>,
        clock: Clock,
    ) -> Self {
        let (live, number) = (summary.live, summary.number);
        let mut room = Room::new(
            number,
            summary.host.clone(),
            rules,
            summary.stats(),
            clock.now(),
        );
        if summary.info.is_some() {
            room.go_live(clock.now());
        }
        let crash_guard = CrashGuard {
            orderly: false,
            supervisor,
            notice: Crashed { live, number },
        };
        Self {
            room,
            summary,
            directory,
            clock,
            timer: None,
            sweep_budget,
            turn: None,
            crash_guard,
        }
    }

    /// A deadline has come. If it is this room's turn too, it is looked who has been silent.
    fn sweep(&mut self, now: Moment) {
        if self.turn.as_ref().is_some_and(|(turn, _)| now < *turn) {
            return;
        }
        // Who asks again does not wait meanwhile.
        self.turn = None;
        if let Err(later) = self.sweep_budget.ask(now) {
            self.turn = Some(later);
            return;
        }
        let sweep = self.room.sweep(now, SHARE);
        self.sweep_budget.took(sweep.looks, now);
        if sweep.looks == SHARE {
            self.turn = self.sweep_budget.ask(now).err();
        }
        for seat in &sweep.gone {
            self.directory.forget(seat);
            tracing::debug!(room = %self.summary.number, uid = %seat.uid(), "member fell silent");
        }
        if sweep.host_silent {
            let notice = HostSilent {
                live: self.summary.live,
                number: self.summary.number,
            };
            // If the supervisor is busy, the next sweep tells it again.
            let _ = self.crash_guard.supervisor.try_send(notice);
        }
        if let Some(dismissal) = sweep.dismissed {
            let notice = HostGaveUp {
                live: self.summary.live,
                number: self.summary.number,
                dismissal,
            };
            // As above.
            let _ = self.crash_guard.supervisor.try_send(notice);
        }
        self.directory.refute(sweep.refuted);
    }

    /// Takes everybody out, turn by turn, and stops.
    fn dismiss(&mut self, ctx: &mut Context<Self>) {
        let now = self.clock.now();
        let next = match self.sweep_budget.ask(now) {
            Ok(()) => {
                let seats = self.room.dismiss(SHARE);
                for seat in &seats {
                    self.directory.forget(seat);
                }
                self.sweep_budget.took(seats.len(), now);
                if seats.len() < SHARE {
                    // Not `terminate`: together with a cancelled timer it leaves actix spinning.
                    ctx.stop();
                    return;
                }
                now
            }
            Err((turn, waiting)) => {
                self.turn = Some((turn, waiting));
                turn
            }
        };
        ctx.run_later(next - now, |actor, ctx| {
            actor.turn = None;
            actor.dismiss(ctx);
        });
    }

    /// Shows the figures and sees to it that the next deadline is met.
    fn publish(&mut self, now: Moment, ctx: &mut Context<Self>) {
        self.summary.counters.publish(self.room.stats());
        let turn = self.turn.as_ref().map(|(turn, _)| *turn);
        let due = turn.unwrap_or_else(|| self.room.next_deadline().max(now + SWEEP_SPACING));
        match self.timer {
            Some((armed, _)) if armed <= due => {}
            before => {
                if let Some((_, handle)) = before {
                    ctx.cancel_future(handle);
                }
                let handle = ctx.run_later(due - now, |actor, ctx| {
                    actor.timer = None;
                    let now = actor.clock.now();
                    actor.sweep(now);
                    actor.publish(now, ctx);
                });
                self.timer = Some((due, handle));
            }
        }
    }
}

impl Actor for RoomActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.publish(self.clock.now(), ctx);
    }
}

impl<Q: Ask<RoomActor>> Handler<Asked<Q, Q::Answer>> for RoomActor {
    type Result = ();

    fn handle(&mut self, asked: Asked<Q, Q::Answer>, ctx: &mut Self::Context) {
        if self.crash_guard.orderly {
            // The live is over: whoever asked finds the room gone.
            return;
        }
        let now = self.clock.now();
        if self.timer.is_some_and(|(armed, _)| armed <= now) {
            self.sweep(now);
        }
        let answer = asked.question.answer(self, ctx);
        self.publish(now, ctx);
        // Who no longer waits for the answer needs none.
        let _ = asked.reply.send(answer);
    }
}

/// A user enters, or says again that he is here. Sent by the handle.
#[derive(Clone)]
pub(super) struct Enter {
    pub(super) uid: Uid,
    pub(super) claimed: Role,
}

impl Ask<RoomActor> for Enter {
    /// The seat in another room that he lost by entering.
    type Answer = Result<Option<Arc<Seat>>, Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        let seat = actor
            .room
            .enter(&self.uid, self.claimed, actor.clock.now())?;
        Ok(actor.directory.seat(&seat))
    }
}

/// A beat that may change something, or of somebody who is nowhere. Sent by the handle.
#[derive(Clone)]
pub(super) struct Beat {
    pub(super) uid: Uid,
    pub(super) claimed: Role,
    pub(super) likes: Option<u32>,
}

impl Ask<RoomActor> for Beat {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        let now = actor.clock.now();
        if !actor.room.beat(&self.uid, self.claimed, now) {
            if !actor.directory.may_return(&self.uid, actor.summary.number) {
                return;
            }
            let Ok(seat) = actor.room.enter(&self.uid, self.claimed, now) else {
                return;
            };
            // Another room may have seated him since.
            if !actor.directory.reseat(&seat) {
                actor.room.leave(&self.uid, now);
                return;
            }
        }
        if let Some(likes) = self.likes {
            actor.room.report_likes(&self.uid, likes);
        }
    }
}

/// A user leaves on purpose. Sent by the handle.
#[derive(Clone)]
pub(super) struct Leave {
    pub(super) uid: Uid,
}

impl Ask<RoomActor> for Leave {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        let now = actor.clock.now();
        if let Some(seat) = actor.room.leave(&self.uid, now) {
            actor.directory.depart(&seat, now);
        }
    }
}

/// A user has been seated in another room. Sent by the handle; if it is lost, the vacated seat is
/// found at its next deadline.
#[derive(Clone)]
pub(super) struct Vacate(pub(super) Arc<Seat>);

impl Ask<RoomActor> for Vacate {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        actor.room.vacate(&self.0, actor.clock.now());
    }
}

/// A user asks for a seat on mic. Sent by the handle.
#[derive(Clone)]
pub(super) struct RequestMic {
    pub(super) uid: Uid,
}

impl Ask<RoomActor> for RequestMic {
    /// The seat in another room that he lost by entering.
    type Answer = Result<Option<Arc<Seat>>, Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        let seat = actor.room.request_mic(&self.uid, actor.clock.now())?;
        Ok(actor.directory.seat(&seat))
    }
}

/// A member reports that he went on mic or off it. Sent by the handle.
#[derive(Clone)]
pub(super) struct ReportMic {
    pub(super) uid: Uid,
    pub(super) on: bool,
}

impl Ask<RoomActor> for ReportMic {
    type Answer = Result<(), Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        actor.room.report_mic(&self.uid, self.on, actor.clock.now())
    }
}

/// The host lets a member on mic, or takes him off it. Sent by the handle.
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

/// The cloud saw users come or go. Sent by the handle; it is a hint, so it may be lost.
#[derive(Clone)]
pub(super) struct PresenceHint {
    pub(super) uids: Vec<Uid>,
    pub(super) here: bool,
    pub(super) at_ms: i64,
}

impl Ask<RoomActor> for PresenceHint {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        let (now, happened) = (actor.clock.now(), actor.clock.moment_of(self.at_ms));
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
    /// How many members there are, and the rows.
    type Answer = (usize, Vec<(Uid, Role)>);

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        actor.room.page(self.offset, self.size)
    }
}

/// The host has gone live; the summary is the one with his announcement. Sent by the supervisor.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Announce(pub(super) Arc<Summary>);

impl Handler<Announce> for RoomActor {
    type Result = ();

    fn handle(&mut self, Announce(summary): Announce, _ctx: &mut Self::Context) {
        self.summary = summary;
        self.room.go_live(self.clock.now());
    }
}

/// The live is over. Sent by the supervisor when it has taken the room out of the directory.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct End;

impl Handler<End> for RoomActor {
    type Result = ();

    fn handle(&mut self, _end: End, ctx: &mut Self::Context) {
        self.crash_guard.orderly = true;
        self.dismiss(ctx);
    }
}

/// Tells the supervisor when the actor goes without having been told to, as after a panic.
struct CrashGuard {
    orderly: bool,
    supervisor: Addr<RoomSupervisor>,
    notice: Crashed,
}

impl Drop for CrashGuard {
    #[expect(
        clippy::disallowed_methods,
        reason = "one notice per room at the most, and it must arrive"
    )]
    fn drop(&mut self) {
        if !self.orderly {
            self.supervisor.do_send(self.notice);
        }
    }
}

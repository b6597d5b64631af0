//! The actor that keeps one room: it gives a [`Room`] the time, and publishes its changes.
//!
//! Each handler reads the time, makes the transition, publishes and answers. Deadlines are checked
//! on a timer and in every handler as well, because actix serves a full mailbox before it serves
//! timers.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message, SpawnHandle};

use super::counted::Counted;
use super::feed::{FeedRules, Pace, Scene, Snapshot};
use super::messages::{Ask, Asked};
use super::notices::{Crashed, DismissalUnrefuted, HostSilent, Notices};
use super::presence::Presence;
use super::refuted::Refuted;
use super::summary::Summary;
use super::sweep_budget::{SHARE, SweepBudget, Waiting};
use crate::clock::Clock;
use crate::domain::{EndReason, Moment, Numbered, OwnEvent, Role, Room, Rules, Signal};
use crate::metrics::RoomMetrics;
use crate::own_streams::OwnStreams;

/// Questions that may wait for one room. With a full mailbox the caller gets "busy" at once.
const MAILBOX: usize = 1024;

/// Deadlines that are closer together than this are checked together.
const SWEEP_SPACING: Duration = Duration::from_millis(200);

/// What all rooms share.
pub(super) struct Shared {
    pub(super) rules: Rules,
    pub(super) feed_rules: FeedRules,
    pub(super) pace: Arc<Pace>,
    pub(super) clock: Clock,
    pub(super) presence: Arc<Presence>,
    pub(super) own_streams: Arc<OwnStreams>,
    pub(super) refuted: Arc<Refuted>,
    pub(super) notices: Notices,
    pub(super) metrics: RoomMetrics,
}

pub(super) struct RoomActor {
    pub(super) room: Room,
    pub(super) summary: Arc<Summary>,
    pub(super) shared: Arc<Shared>,
    timer: Option<(Moment, SpawnHandle)>,
    /// Whether the end of the feed's tick is waited for.
    waits_for_tick: bool,
    /// Whether the stream is looked at again when its grace is over.
    waits_for_stream: bool,
    sweep_budget: Arc<SweepBudget>,
    /// When this room may sweep next, if it has to wait for the sweep budget.
    turn: Option<(Moment, Waiting)>,
    crash_guard: CrashGuard,
    counted: Counted,
}

impl RoomActor {
    /// An actor for the room of that summary, with no members yet. The budget is that of the thread on which the actor runs.
    pub(super) fn new(
        summary: Arc<Summary>,
        shared: Arc<Shared>,
        sweep_budget: Arc<SweepBudget>,
    ) -> Self {
        let (live, number) = (summary.live, summary.number);
        let room = Room::new(
            number,
            summary.host.clone(),
            Arc::clone(&summary.profile),
            shared.rules,
            summary.stats(),
            shared.clock.now(),
        );
        let crash_guard = CrashGuard {
            orderly: false,
            shared: Arc::clone(&shared),
            notice: Crashed { live, number },
        };
        let counted = Counted::new(shared.metrics.clone());
        summary.feed.begin(shared.clock.unix_millis());
        Self {
            room,
            summary,
            shared,
            counted,
            timer: None,
            waits_for_tick: false,
            waits_for_stream: false,
            sweep_budget,
            turn: None,
            crash_guard,
        }
    }

    /// A deadline has come: takes out the members who were silent for too long, unless the room has
    /// to wait for the sweep budget.
    fn sweep(&mut self, now: Moment) {
        if self.turn.as_ref().is_some_and(|(turn, _)| now < *turn) {
            return;
        }
        // Dropped before asking again, so that the room does not count itself among those that
        // wait.
        self.turn = None;
        if let Err(later) = self.sweep_budget.ask(now) {
            self.turn = Some(later);
            return;
        }
        let sweep = self.room.sweep(now, SHARE);
        self.sweep_budget.spent(sweep.checks, now);
        if sweep.checks == SHARE {
            self.turn = self.sweep_budget.ask(now).err();
        }
        for seat in &sweep.gone {
            self.shared.presence.forget(seat);
            self.counted.expired(seat.role());
            tracing::debug!(room = %self.summary.number, uid = %seat.uid(), "member fell silent");
        }
        let (live, number) = (self.summary.live, self.summary.number);
        let notices = &self.shared.notices;
        if sweep.host_silent {
            // If the supervisor is busy, the next sweep sends this again.
            let _ = notices.host_silent.try_send(HostSilent { live, number });
        }
        if let Some(dismissal) = sweep.dismissed {
            // As above.
            let _ = notices.dismissal_unrefuted.try_send(DismissalUnrefuted {
                live,
                number,
                dismissal,
            });
        }
        self.shared.refuted.add(sweep.refuted);
    }

    /// Takes all members out, as fast as the sweep budget allows, and then stops the actor.
    fn dismiss(&mut self, ctx: &mut Context<Self>) {
        let now = self.shared.clock.now();
        let next = match self.sweep_budget.ask(now) {
            Ok(()) => {
                let seats = self.room.dismiss(SHARE);
                self.summary.feed.remember(&seats);
                for seat in &seats {
                    self.shared.presence.forget(seat);
                }
                self.take_events(now, ctx);
                self.sweep_budget.spent(seats.len(), now);
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

    /// Counts the events since the last call, and tells them: the feed, and whom they concern.
    fn take_events(&mut self, now: Moment, ctx: &mut Context<Self>) {
        let events = self.counted.update(&mut self.room);
        if events.is_empty() {
            return;
        }
        let Summary { number, host, .. } = &*self.summary;
        for Numbered { event, .. } in &events {
            OwnEvent::from_room(*number, host, event, |uid, own| {
                self.shared.own_streams.tell(uid, own);
            });
        }
        let at_ms = self.shared.clock.unix_millis();
        let due = self.summary.feed.add(events, at_ms, self.scene(now));
        self.wait_for_tick(due, now, ctx);
    }

    fn wait_for_tick(&mut self, due: Option<Moment>, now: Moment, ctx: &mut Context<Self>) {
        let Some(due) = due.filter(|_| !self.waits_for_tick) else {
            return;
        };
        self.waits_for_tick = true;
        ctx.run_later(due - now, |actor, ctx| {
            actor.waits_for_tick = false;
            let now = actor.shared.clock.now();
            let due = actor.summary.feed.tick(actor.scene(now));
            actor.wait_for_tick(due, now, ctx);
        });
    }

    fn scene(&self, now: Moment) -> Scene<'_> {
        Scene {
            rules: &self.shared.feed_rules,
            pace: &self.shared.pace,
            stats: self.room.stats(),
            now,
        }
    }

    /// The room as its readers begin with it.
    pub(super) fn take_snapshot(&mut self, ctx: &mut Context<Self>) -> Arc<Snapshot> {
        let now = self.shared.clock.now();
        self.show_stream(ctx);
        self.publish(now, ctx);
        let feed = &self.summary.feed;
        let is_crowd = feed.open(self.scene(now));
        let members = match is_crowd {
            true => self.room.not_viewers(),
            false => self.room.members_behind(None, None, usize::MAX).1,
        };
        let snapshot = Arc::new(Snapshot::new(
            feed.position(),
            Arc::clone(&self.summary.profile),
            self.room.stats(),
            members,
            !is_crowd,
        ));
        feed.keep(&snapshot);
        snapshot
    }

    /// The room shows what is known of its streams. A stop is shown when its grace is over.
    pub(super) fn show_stream(&mut self, ctx: &mut Context<Self>) {
        let (now, grace) = (self.shared.clock.unix(), self.shared.rules.stream_grace);
        let broadcast = self.summary.broadcast();
        let shown = broadcast.shown(now, grace);
        if let (Signal::StoppedAt(at), Some(true), false) =
            (broadcast.signal, shown.on, self.waits_for_stream)
        {
            self.waits_for_stream = true;
            let since = u64::try_from(now.as_secs() - at.as_secs()).unwrap_or(0);
            let rest = grace.saturating_sub(Duration::from_secs(since));
            ctx.run_later(rest, |actor, ctx| {
                actor.waits_for_stream = false;
                if !actor.crash_guard.orderly {
                    actor.show_stream(ctx);
                    actor.publish(actor.shared.clock.now(), ctx);
                }
            });
        }
        self.room.show_stream(shown);
    }

    /// Counts the changes, publishes the figures, and sets the timer for the next deadline.
    fn publish(&mut self, now: Moment, ctx: &mut Context<Self>) {
        // The figures come first: whoever reads the position and then the figures misses nothing.
        self.summary.counters.publish(self.room.stats());
        self.take_events(now, ctx);
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
                    if actor.crash_guard.orderly {
                        return;
                    }
                    let now = actor.shared.clock.now();
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
        self.publish(self.shared.clock.now(), ctx);
    }
}

impl<Q: Ask<RoomActor>> Handler<Asked<Q, Q::Answer>> for RoomActor {
    type Result = ();

    fn handle(&mut self, asked: Asked<Q, Q::Answer>, ctx: &mut Self::Context) {
        if self.crash_guard.orderly {
            // The live is over. The caller gets no answer and then finds that the room is gone.
            return;
        }
        let now = self.shared.clock.now();
        if self.timer.is_some_and(|(armed, _)| armed <= now) {
            self.sweep(now);
        }
        let answer = asked.question.answer(self, ctx);
        self.publish(now, ctx);
        // An error means that the caller no longer waits for the answer.
        let _ = asked.reply.send(answer);
    }
}

/// The host has gone live or changed the profile, which is in this summary. Sent by the
/// supervisor.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Announce(pub(super) Arc<Summary>);

impl Handler<Announce> for RoomActor {
    type Result = ();

    fn handle(&mut self, Announce(summary): Announce, ctx: &mut Self::Context) {
        let now = self.shared.clock.now();
        self.summary.supersede();
        self.room.announce(Arc::clone(&summary.profile), now);
        self.summary = summary;
        self.publish(now, ctx);
    }
}

/// The live is over. Sent by the supervisor after it took the room out of the registry.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct End(pub(super) EndReason);

impl Handler<End> for RoomActor {
    type Result = ();

    fn handle(&mut self, End(reason): End, ctx: &mut Self::Context) {
        self.crash_guard.orderly = true;
        if reason == EndReason::HostTimeout {
            self.counted.expired(Role::Host);
        }
        self.room.end(reason);
        let now = self.shared.clock.now();
        self.take_events(now, ctx);
        self.summary.feed.end(self.scene(now));
        self.dismiss(ctx);
    }
}

/// Notifies the supervisor if the actor ends without an order, as after a panic.
struct CrashGuard {
    orderly: bool,
    shared: Arc<Shared>,
    notice: Crashed,
}

impl Drop for CrashGuard {
    #[expect(
        clippy::disallowed_methods,
        reason = "one notice per room at the most, and it must arrive"
    )]
    fn drop(&mut self) {
        if !self.orderly {
            self.shared.notices.crashed.do_send(self.notice);
        }
    }
}

//! The actor above the rooms: it alone opens, lists, reopens and closes them.
//!
//! One actor does all of this in one order, so that "one live per host" and "a listed room can be
//! reached" need no lock. The store commits first: an order to open or close a live is about a
//! committed change. Of two lives the later one has the larger id, so an order that arrives late is
//! recognised.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use actix::{Actor, Addr, ArbiterHandle, Context, Handler, Message};

use super::actor::{Announce, End, RoomActor, Shared};
use super::feed::Feed;
use super::messages::{Ask, Asked};
use super::notices::{Crashed, DismissalUnrefuted, HostSilent, Notices};
use super::registry::{OpenRoom, Registry};
use super::summary::{Counters, Summary};
use super::sweep_budget::SweepBudget;
use crate::domain::{EndReason, Live, LiveId, Moment, RoomNum, Uid, UnixTime};

/// Orders that may wait. With a full mailbox the caller gets "busy" at once.
const MAILBOX: usize = 8192;

/// A thread on which rooms run.
pub(super) struct RoomThread {
    /// `None` for the supervisor's own thread.
    thread: Option<ArbiterHandle>,
    sweep_budget: Arc<SweepBudget>,
}

impl RoomThread {
    pub(super) fn new(thread: Option<ArbiterHandle>) -> Self {
        Self {
            thread,
            sweep_budget: Arc::default(),
        }
    }
}

pub(super) struct RoomSupervisor {
    registry: Arc<Registry>,
    shared: Arc<Shared>,
    /// The threads that rooms are given to in turn; at least one.
    room_threads: Vec<RoomThread>,
    opened: usize,
    next_order: u64,
    crashed: HashSet<LiveId>,
}

impl RoomSupervisor {
    /// `room_threads` must not be empty.
    pub(super) fn new(
        registry: Arc<Registry>,
        shared: Shared,
        room_threads: Vec<RoomThread>,
    ) -> Self {
        Self {
            registry,
            shared: Arc::new(shared),
            room_threads,
            opened: 0,
            next_order: 0,
            crashed: HashSet::new(),
        }
    }

    /// The recipients through which rooms send notices to this supervisor.
    pub(super) fn notices(supervisor: &Addr<Self>) -> Notices {
        Notices {
            host_silent: supervisor.clone().recipient(),
            dismissal_unrefuted: supervisor.clone().recipient(),
            crashed: supervisor.clone().recipient(),
        }
    }

    fn open(&mut self, opened: Live) {
        if let Some(current) = self.registry.hosted_by(&opened.host) {
            let current = &current.summary;
            if current.live >= opened.id {
                if current.live > opened.id {
                    log_end(
                        &opened.host,
                        opened.number,
                        opened.id,
                        EndReason::Superseded,
                    );
                }
                return;
            }
            self.close(current.live, current.number, EndReason::Superseded);
        }
        let Live {
            id,
            number,
            host,
            profile,
            stats,
        } = opened;
        let order = if profile.live_at.is_some() {
            self.next_order()
        } else {
            0
        };
        let counters = Arc::new(Counters::resumed(stats));
        let summary = Arc::new(Summary {
            live: id,
            number,
            host,
            profile: Arc::new(profile),
            order,
            counters,
            stream_status: Arc::default(),
            feed: Arc::new(Feed::new(id)),
            superseded: OnceLock::new(),
        });
        self.start(&summary);
        self.registry.listing.insert(&summary);
    }

    /// Starts an actor for the summary and puts it into the registry.
    fn start(&mut self, summary: &Arc<Summary>) {
        self.opened += 1;
        let room_thread = &self.room_threads[self.opened % self.room_threads.len()];
        let actor = RoomActor::new(
            Arc::clone(summary),
            Arc::clone(&self.shared),
            Arc::clone(&room_thread.sweep_budget),
        );
        let addr = match &room_thread.thread {
            Some(thread) => RoomActor::start_in_arbiter(thread, move |_| actor),
            None => actor.start(),
        };
        self.registry.insert(OpenRoom {
            summary: Arc::clone(summary),
            addr,
            host_seen: self.now(),
        });
    }

    /// Gives a room a summary with the host's new profile, and lists the room by it. Does nothing if the
    /// room has a later one already.
    fn announce(&mut self, room: &OpenRoom, live: Live) {
        let before = &room.summary;
        if live.profile.version < before.profile.version {
            return;
        }
        let is_listed = before.info().is_some() || live.profile.live_at.is_none();
        let order_in_list = if is_listed {
            before.order
        } else {
            self.next_order()
        };
        let summary = Arc::new(Summary {
            live: live.id,
            number: live.number,
            host: live.host,
            profile: Arc::new(live.profile),
            order: order_in_list,
            counters: Arc::clone(&before.counters),
            stream_status: Arc::clone(&before.stream_status),
            feed: Arc::clone(&before.feed),
            superseded: OnceLock::new(),
        });
        order(&room.addr, Announce(Arc::clone(&summary)));
        self.registry.listing.replace(before, &summary);
        self.registry.insert(OpenRoom {
            summary,
            addr: room.addr.clone(),
            host_seen: self.now(),
        });
    }

    /// Closes a live if it is open, and returns its summary. Every live ends here, so this is where
    /// the log gets its end.
    fn close(&mut self, live: LiveId, number: RoomNum, reason: EndReason) -> Option<Arc<Summary>> {
        let room = self.registry.remove(live, number)?;
        log_end(&room.summary.host, number, live, reason);
        order(&room.addr, End(reason));
        if !room.addr.connected() {
            // Nobody is there to tell the readers.
            room.summary.feed.abandon();
        }
        if self.crashed.remove(&live) {
            self.shared.presence.forget_vacated(number);
        }
        Some(Arc::clone(&room.summary))
    }

    /// Closes a live that ended by itself, if it is still open, and queues its end for the
    /// database.
    fn end(&mut self, live: LiveId, number: RoomNum, reason: EndReason, at: UnixTime) {
        if let Some(summary) = self.close(live, number, reason) {
            self.registry.add_ended([summary.end(reason, at)]);
        }
    }

    /// The room of that live, if it is open.
    fn room_of(&self, live: LiveId, number: RoomNum) -> Option<Arc<OpenRoom>> {
        let room = self.registry.room(number);
        room.filter(|room| room.summary.live == live)
    }

    fn now(&self) -> Moment {
        self.shared.clock.now()
    }

    fn next_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }
}

fn log_end(host: &Uid, number: RoomNum, live: LiveId, reason: EndReason) {
    tracing::info!(room = %number, live = %live, uid = %host, reason = reason.as_str(), "live ended");
}

/// Sends an order to a room.
#[expect(
    clippy::disallowed_methods,
    reason = "the supervisor's orders are few, and they must arrive"
)]
fn order<M>(room: &Addr<RoomActor>, order: M)
where
    M: Message<Result = ()> + Send + 'static,
    RoomActor: Handler<M>,
{
    room.do_send(order);
}

impl Actor for RoomSupervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl<Q: Ask<RoomSupervisor>> Handler<Asked<Q, Q::Answer>> for RoomSupervisor {
    type Result = ();

    fn handle(&mut self, asked: Asked<Q, Q::Answer>, ctx: &mut Self::Context) {
        let answer = asked.question.answer(self, ctx);
        // An error means that the caller no longer waits for the answer.
        let _ = asked.reply.send(answer);
    }
}

/// Opens committed lives: one that was just created, or at start all that are open. An earlier room
/// of the same host closes.
pub(super) struct Open(pub(super) Vec<Live>);

impl Ask<RoomSupervisor> for Open {
    type Answer = ();

    fn answer(self, actor: &mut RoomSupervisor, _ctx: &mut Context<RoomSupervisor>) {
        for live in self.0 {
            actor.open(live);
        }
    }
}

/// The host of a committed live goes live, reports it again, or has changed its profile.
pub(super) struct Announced {
    pub(super) live: Live,
    /// The live was begun by this change, so it may have to be opened.
    pub(super) begun: bool,
}

impl Ask<RoomSupervisor> for Announced {
    /// False if the live is over.
    type Answer = bool;

    fn answer(self, actor: &mut RoomSupervisor, _ctx: &mut Context<RoomSupervisor>) -> bool {
        let Self { live, begun } = self;
        if begun && actor.room_of(live.id, live.number).is_none() {
            // Opened as if it were not live yet, so that going live becomes an event of the room.
            let mut opened = live.clone();
            opened.profile.live_at = None;
            actor.open(opened);
        }
        match actor.room_of(live.id, live.number) {
            Some(room) => actor.announce(&room, live),
            None => return begun,
        }
        true
    }
}

/// Closes a live whose end is committed.
pub(super) struct Close {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
    pub(super) reason: EndReason,
}

impl Ask<RoomSupervisor> for Close {
    type Answer = ();

    fn answer(self, actor: &mut RoomSupervisor, _ctx: &mut Context<RoomSupervisor>) {
        actor.close(self.live, self.number, self.reason);
    }
}

impl Handler<HostSilent> for RoomSupervisor {
    type Result = ();

    fn handle(&mut self, silent: HostSilent, _ctx: &mut Self::Context) {
        let HostSilent { live, number } = silent;
        let rules = &self.shared.rules;
        let timeout = rules.host_timeout.min(rules.suspect_host_timeout);
        // The host may have gone live again while this notice was on its way.
        let room = self.registry.room(number);
        if room.is_some_and(|room| room.host_seen + timeout <= self.now()) {
            let at = self.shared.clock.unix();
            self.end(live, number, EndReason::HostTimeout, at);
        }
    }
}

impl Handler<DismissalUnrefuted> for RoomSupervisor {
    type Result = ();

    fn handle(&mut self, unrefuted: DismissalUnrefuted, _ctx: &mut Self::Context) {
        let DismissalUnrefuted {
            live,
            number,
            dismissal,
        } = unrefuted;
        // As above: the host may have gone live again since.
        let room = self.registry.room(number);
        if room.is_some_and(|room| room.host_seen <= dismissal.reported_at) {
            let at = dismissal.at.min(self.shared.clock.unix());
            self.end(live, number, EndReason::Dismissed, at);
        }
    }
}

impl Handler<Crashed> for RoomSupervisor {
    type Result = ();

    fn handle(&mut self, crashed: Crashed, _ctx: &mut Self::Context) {
        let Crashed { live, number } = crashed;
        if let Some(room) = self.room_of(live, number) {
            tracing::error!(room = %number, live = %live, "a room crashed and is open again: its live goes on, its members come back with their next heartbeat; please report it with the line `panicked at` before it");
            self.crashed.insert(live);
            self.start(&room.summary);
        } else if let Some(ended) = self.registry.ended_lately(number)
            && ended.live == live
        {
            // It crashed before it could tell its readers that the live is over.
            ended.feed.abandon();
        }
    }
}

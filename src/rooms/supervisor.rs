//! The actor above the rooms: it alone opens, lists, reopens and closes them.
//!
//! Because one actor does all of this, in one order, "one live per host" and "listed means
//! reachable" need no lock. The store is ahead of it: what it is told to open or close has been
//! committed, and of two lives the later one has the larger id, so an order that comes late is
//! recognised.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use actix::{Actor, Addr, ArbiterHandle, AsyncContext, Context, Handler, Message};

use super::actor::{Announce, End, RoomActor};
use super::directory::{Directory, OpenRoom};
use super::messages::{Ask, Asked};
use super::summary::{Counters, Summary};
use super::sweep_budget::SweepBudget;
use crate::clock::Clock;
use crate::domain::{EndReason, Live, LiveId, Moment, RoomNum, Rules, Uid, UnixTime};

/// Orders that may wait. A caller beyond that is answered "busy".
const MAILBOX: usize = 8192;

/// A thread on which rooms live.
pub(super) struct RoomThread {
    /// None: the supervisor's own.
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
    directory: Arc<Directory>,
    rules: Rules,
    clock: Clock,
    /// Where actors live in turn.
    room_threads: Vec<RoomThread>,
    opened: usize,
    next_order: u64,
    crashed: HashSet<LiveId>,
}

impl RoomSupervisor {
    /// There is at least one room_thread.
    pub(super) fn new(
        directory: Arc<Directory>,
        rules: Rules,
        clock: Clock,
        room_threads: Vec<RoomThread>,
    ) -> Self {
        Self {
            directory,
            rules,
            clock,
            room_threads,
            opened: 0,
            next_order: 0,
            crashed: HashSet::new(),
        }
    }

    fn open(&mut self, opened: Live, ctx: &mut Context<Self>) {
        if let Some(current) = self.hosted_by(&opened.host) {
            if current.summary.live >= opened.id {
                return;
            }
            self.close(current.summary.live, current.summary.number);
        }
        let Live {
            id,
            number,
            host,
            info,
            stats,
        } = opened;
        let order = if info.is_some() { self.next_order() } else { 0 };
        let counters = Arc::new(Counters::resumed(stats));
        let summary = Arc::new(Summary {
            live: id,
            number,
            host,
            info,
            order,
            counters,
            screen: Arc::default(),
        });
        self.directory.hosts.insert(summary.host.clone(), number);
        self.start(&summary, ctx);
        self.directory.listing.insert(&summary);
    }

    /// Starts an actor for the summary and makes it reachable.
    fn start(&mut self, summary: &Arc<Summary>, ctx: &mut Context<Self>) {
        self.opened += 1;
        let room_thread = &self.room_threads[self.opened % self.room_threads.len()];
        let actor = RoomActor::new(
            Arc::clone(summary),
            self.rules,
            Arc::clone(&self.directory),
            ctx.address(),
            Arc::clone(&room_thread.sweep_budget),
            self.clock,
        );
        let addr = match &room_thread.thread {
            Some(thread) => RoomActor::start_in_arbiter(thread, move |_| actor),
            None => actor.start(),
        };
        let room = OpenRoom {
            summary: Arc::clone(summary),
            addr,
            host_spoke: self.clock.now(),
        };
        self.directory.rooms.insert(summary.number, Arc::new(room));
    }

    /// Closes that live if it is open, and gives its summary.
    fn close(&mut self, live: LiveId, number: RoomNum) -> Option<Arc<Summary>> {
        let (_, room) = self
            .directory
            .rooms
            .remove_if(&number, |_, room| room.summary.live == live)?;
        self.directory
            .hosts
            .remove_if(&room.summary.host, |_, hosted| *hosted == number);
        self.directory.listing.remove(&room.summary);
        order(&room.addr, End);
        if self.crashed.remove(&live) {
            self.directory.forget_vacated(number);
        }
        Some(Arc::clone(&room.summary))
    }

    /// Closes that live if it is open: its live ended by itself, and that is to be put on record.
    pub(super) fn end(&mut self, live: LiveId, number: RoomNum, reason: EndReason, at: UnixTime) {
        if let Some(summary) = self.close(live, number) {
            tracing::info!(room = %number, live = %live, reason = reason.as_str(), "live ended");
            self.directory
                .ended
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(summary.end(reason, at));
        }
    }

    /// When the host of an open room opened it or last went live in it.
    pub(super) fn host_spoke(&self, number: RoomNum) -> Option<Moment> {
        self.directory.room(number).map(|room| room.host_spoke)
    }

    /// Now, for writing down.
    pub(super) fn now(&self) -> UnixTime {
        self.clock.unix()
    }

    fn hosted_by(&self, host: &Uid) -> Option<Arc<OpenRoom>> {
        let number = *self.directory.hosts.get(host)?;
        self.directory.room(number)
    }

    fn next_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }
}

/// Gives a room an order.
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
        // Who no longer waits for the answer needs none.
        let _ = asked.reply.send(answer);
    }
}

/// Opens lives that are committed: one that was just created, or at start all that are open. An
/// earlier room of the same host closes.
pub(super) struct Open(pub(super) Vec<Live>);

impl Ask<RoomSupervisor> for Open {
    type Answer = ();

    fn answer(self, actor: &mut RoomSupervisor, ctx: &mut Context<RoomSupervisor>) {
        for live in self.0 {
            actor.open(live, ctx);
        }
    }
}

/// The host of a committed live goes live, or says so again.
pub(super) struct GoLive {
    pub(super) live: Live,
    /// The live was begun by this very report, so it may have to be opened.
    pub(super) begun: bool,
}

impl Ask<RoomSupervisor> for GoLive {
    /// False if the live is over.
    type Answer = bool;

    fn answer(self, actor: &mut RoomSupervisor, ctx: &mut Context<RoomSupervisor>) -> bool {
        let Self { live, begun } = self;
        let open = actor
            .directory
            .room(live.number)
            .filter(|room| room.summary.live == live.id);
        let Some(room) = open else {
            if begun {
                actor.open(live, ctx);
            }
            return begun;
        };
        let order_in_list = if room.summary.info.is_some() {
            room.summary.order
        } else {
            actor.next_order()
        };
        let summary = Arc::new(Summary {
            live: live.id,
            number: live.number,
            host: live.host,
            info: live.info,
            order: order_in_list,
            counters: Arc::clone(&room.summary.counters),
            screen: Arc::clone(&room.summary.screen),
        });
        order(&room.addr, Announce(Arc::clone(&summary)));
        actor.directory.listing.replace(&room.summary, &summary);
        let (addr, host_spoke) = (room.addr.clone(), actor.clock.now());
        let room = OpenRoom {
            summary,
            addr,
            host_spoke,
        };
        actor
            .directory
            .rooms
            .insert(room.summary.number, Arc::new(room));
        true
    }
}

/// Closes a live whose end is committed.
pub(super) struct Close {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
}

impl Ask<RoomSupervisor> for Close {
    type Answer = ();

    fn answer(self, actor: &mut RoomSupervisor, _ctx: &mut Context<RoomSupervisor>) {
        actor.close(self.live, self.number);
    }
}

/// A room's host has been silent for too long. Sent by the room at each sweep until it is closed.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct HostSilent {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
}

impl Handler<HostSilent> for RoomSupervisor {
    type Result = ();

    fn handle(&mut self, silent: HostSilent, _ctx: &mut Self::Context) {
        // The host may have gone live again while this notice was on its way.
        let timeout = self.rules.host_timeout.min(self.rules.suspect_host_timeout);
        let spoke = self.host_spoke(silent.number);
        if spoke.is_some_and(|spoke| spoke + timeout <= self.clock.now()) {
            self.end(
                silent.live,
                silent.number,
                EndReason::HostTimeout,
                self.now(),
            );
        }
    }
}

/// A room's actor is gone without having been told to. Sent by what it left behind.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct Crashed {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
}

impl Handler<Crashed> for RoomSupervisor {
    type Result = ();

    fn handle(&mut self, crashed: Crashed, ctx: &mut Self::Context) {
        let Some(room) = self
            .directory
            .room(crashed.number)
            .filter(|room| room.summary.live == crashed.live)
        else {
            return;
        };
        tracing::error!(room = %crashed.number, live = %crashed.live, "a room's actor crashed; the room is open again from its summary");
        self.crashed.insert(crashed.live);
        self.start(&room.summary, ctx);
    }
}

//! The handle of all rooms: the one place where others ask for them. It knows no rule, only the way.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Arbiter, AsyncContext};

use super::actor::{RoomActor, Shared};
use super::event_counters::EventCounters;
use super::listing::Filter;
use super::messages::{Ask, SendError, ask};
use super::presence::{Location, Presence};
use super::questions::{
    Beat, Dismissed, Enter, GrantMic, Leave, Page, PresenceHint, ReportMic, RequestMic, Vacate,
};
use super::refuted::Refuted;
use super::registry::Registry;
use super::summary::Summary;
use super::supervisor::{Close, GoLive, Open, RoomSupervisor, RoomThread};
use crate::clock::Clock;
use crate::domain::{
    Broadcast, EndReason, LeaveReason, Live, LiveId, Refusal, Role, RoleClaim, RoomNum, RoomUpdate,
    Rules, Seat, Uid,
};
use crate::error::{Error, Queue};

/// How often a question is put to a room that crashes while it is asked, and the pause between.
const TRIES: u32 = 5;
const REOPENING: Duration = Duration::from_millis(20);

/// How often the closing of a room is ordered while the supervisor is busy.
const CLOSING_TRIES: u32 = 150;

/// Where the rooms' actors live.
#[derive(Clone, Copy, Debug)]
pub enum RoomThreads {
    /// On the thread that makes the handle. A test that pauses time wants all on one timer.
    ThisThread,
    /// On so many threads of their own, so that none of them dies with a thread of the server.
    Own(usize),
}

/// The handle of all rooms. Clones lead to the same rooms.
#[derive(Clone)]
pub struct RoomsHandle {
    pub(super) registry: Arc<Registry>,
    presence: Arc<Presence>,
    pub(super) refuted: Arc<Refuted>,
    supervisor: Addr<RoomSupervisor>,
    clock: Clock,
    dismissal_grace: Duration,
}

impl RoomsHandle {
    /// Starts the supervisor, with no room open. Needs a running actix system. What happens in
    /// rooms is counted by its kind.
    pub fn start(
        rules: Rules,
        clock: Clock,
        room_threads: RoomThreads,
        event_counters: EventCounters,
    ) -> Self {
        let registry = Arc::<Registry>::default();
        let presence = Arc::<Presence>::default();
        let refuted = Arc::<Refuted>::default();
        let room_threads = match room_threads {
            RoomThreads::ThisThread => vec![RoomThread::new(None)],
            RoomThreads::Own(threads) => (0..threads.max(1))
                .map(|_| RoomThread::new(Some(Arbiter::new().handle())))
                .collect(),
        };
        let supervisor = RoomSupervisor::create(|ctx| {
            let shared = Shared {
                rules,
                clock,
                presence: Arc::clone(&presence),
                refuted: Arc::clone(&refuted),
                notices: RoomSupervisor::notices(&ctx.address()),
                event_counters,
            };
            RoomSupervisor::new(Arc::clone(&registry), shared, room_threads)
        });
        Self {
            registry,
            presence,
            refuted,
            supervisor,
            clock,
            dismissal_grace: rules.dismissal_grace,
        }
    }

    /// How long hosts may take to refute a dismissal.
    pub fn dismissal_grace(&self) -> Duration {
        self.dismissal_grace
    }

    /// Opens committed lives: one that was just created, or at start all that are open. An earlier
    /// room of the same host closes.
    ///
    /// # Errors
    /// Busy if the supervisor cannot take the order.
    pub async fn open(&self, lives: Vec<Live>) -> Result<(), Error> {
        self.order(Open(lives)).await
    }

    /// The host of a committed live goes live, or says so again, and is a member. `begun` says that
    /// the live was begun for this.
    ///
    /// False if the live is over: it ended by itself, and the record of that is still to come.
    ///
    /// # Errors
    /// Busy if the supervisor or the room cannot take it.
    pub async fn go_live(&self, live: Live, begun: bool) -> Result<bool, Error> {
        let (host, number) = (live.host.clone(), live.number);
        if !self.order(GoLive { live, begun }).await? {
            return Ok(false);
        }
        match self.enter(&host, number, RoleClaim::Keep).await {
            // A later room of the same host has closed this one in the meantime.
            Ok(()) | Err(Error::Refused(Refusal::NoSuchRoom)) => Ok(true),
            Err(refusal) => Err(refusal),
        }
    }

    /// Closes a live whose end is committed, for that reason. Nothing happens if it is not open.
    ///
    /// # Errors
    /// Busy if the supervisor cannot take the order for seconds: a room that is over
    /// on record is not to stay open because of a burst.
    pub async fn close(
        &self,
        live: LiveId,
        number: RoomNum,
        reason: EndReason,
    ) -> Result<(), Error> {
        let close = || Close {
            live,
            number,
            reason,
        };
        for _ in 1..CLOSING_TRIES {
            if self.order(close()).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(REOPENING).await;
        }
        self.order(close()).await
    }

    /// Tells the open rooms what has been committed. Nothing happens to a room that is not open.
    ///
    /// # Errors
    /// Busy if a room does not hear yet that it was dismissed.
    pub async fn tell(&self, update: RoomUpdate) -> Result<(), Error> {
        match update {
            RoomUpdate::Shows(number, broadcast) => self.show(number, broadcast),
            RoomUpdate::Seen {
                number,
                uids,
                here,
                at_ms,
            } => {
                // A room that is busy does without the hint: silence has its usual limit.
                let _ = self.ask(number, PresenceHint { uids, here, at_ms }).await;
            }
            RoomUpdate::Dismissed {
                live,
                number,
                event,
                at,
                again,
            } => {
                let dismissed = Dismissed {
                    live,
                    event,
                    at,
                    again,
                };
                return unless_gone(self.ask(number, dismissed).await);
            }
        }
        Ok(())
    }

    /// A room shows this of its streams, unless it shows something later.
    pub fn show(&self, number: RoomNum, broadcast: Broadcast) {
        if let Some(room) = self.registry.room(number) {
            room.summary.stream_status.update(broadcast);
        }
    }

    /// A user enters a room, or says again that they are in it; they leave any other.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not live and not theirs; busy.
    pub async fn enter(&self, uid: &Uid, number: RoomNum, claim: RoleClaim) -> Result<(), Error> {
        let uid = uid.clone();
        let displaced = self.ask(number, Enter { uid, claim }).await??;
        self.vacate(displaced).await;
        Ok(())
    }

    /// A user leaves, on purpose or because they are signed out: that room if a number is given,
    /// else wherever they are. Nothing happens if they are in another room.
    ///
    /// # Errors
    /// Busy if the room has too much to do.
    pub async fn leave(
        &self,
        uid: &Uid,
        number: Option<RoomNum>,
        reason: LeaveReason,
    ) -> Result<(), Error> {
        match self.presence.location(uid) {
            Some(Location::Seated(seat)) if number.is_none_or(|number| number == seat.room()) => {
                let uid = uid.clone();
                unless_gone(self.ask(seat.room(), Leave { uid, reason }).await)
            }
            Some(_) => Ok(()),
            None => {
                self.presence.remember_departure(uid, self.clock.now());
                Ok(())
            }
        }
    }

    /// A beat: refreshes the user's membership, wherever that is. A user who is nowhere, and did not
    /// leave on purpose, is taken in by the live room of that number, if it is one.
    ///
    /// A beat that changes nothing is a stamp on the seat and sends no message.
    ///
    /// # Errors
    /// Busy if the room has too much to do.
    pub async fn beat(
        &self,
        uid: &Uid,
        number: Option<RoomNum>,
        claim: RoleClaim,
        likes: Option<u32>,
    ) -> Result<(), Error> {
        let number = match self.presence.location(uid) {
            Some(Location::Seated(seat)) => {
                let role = seat.role();
                let says_nothing_new = role.is_kept_by(claim)
                    && (role != Role::Host || self.tells_likes(seat.room(), likes));
                if says_nothing_new && seat.stamp(self.clock.now()) {
                    return Ok(());
                }
                seat.room()
            }
            Some(Location::Left) => return Ok(()),
            None => match number {
                Some(number) => number,
                None => return Ok(()),
            },
        };
        let beat = Beat {
            uid: uid.clone(),
            claim,
            likes,
        };
        unless_gone(self.ask(number, beat).await)
    }

    /// Whether a room's summary tells so many likes already. A room shows what it has decided before
    /// it answers, so that this is no older than what its host was last answered.
    fn tells_likes(&self, number: RoomNum, likes: Option<u32>) -> bool {
        likes.is_none_or(|likes| {
            let room = self.registry.room(number);
            room.is_some_and(|room| room.summary.stats().likes == likes)
        })
    }

    /// A viewer asks for a seat on mic; a user who is not a member enters.
    ///
    /// # Errors
    /// As [`Room::request_mic`](crate::domain::Room::request_mic); busy if the room has too much to do.
    pub async fn request_mic(&self, uid: &Uid, number: RoomNum) -> Result<(), Error> {
        let displaced = self.ask(number, RequestMic { uid: uid.clone() }).await??;
        self.vacate(displaced).await;
        Ok(())
    }

    /// A member reports that they are on mic, or off it.
    ///
    /// # Errors
    /// As [`Room::report_mic`](crate::domain::Room::report_mic); busy if the room has too much to do.
    pub async fn report_mic(&self, uid: &Uid, number: RoomNum, on: bool) -> Result<(), Error> {
        let uid = uid.clone();
        Ok(self.ask(number, ReportMic { uid, on }).await??)
    }

    /// The host lets a member on mic, or takes them off it.
    ///
    /// # Errors
    /// As [`Room::grant_mic`](crate::domain::Room::grant_mic); busy if the room has too much to do.
    pub async fn grant_mic(
        &self,
        host: &Uid,
        number: RoomNum,
        guest: Uid,
        on: bool,
    ) -> Result<(), Error> {
        let host = host.clone();
        Ok(self.ask(number, GrantMic { host, guest, on }).await??)
    }

    /// How many members a room has, and up to `size` of them from row `offset`. Nobody is in a
    /// room that is not open.
    ///
    /// # Errors
    /// Busy if the room has too much to do.
    pub async fn members(
        &self,
        number: RoomNum,
        offset: usize,
        size: usize,
    ) -> Result<(usize, Vec<(Uid, Role)>), Error> {
        match self.ask(number, Page { offset, size }).await {
            Err(Error::Refused(Refusal::NoSuchRoom)) => Ok((0, Vec::new())),
            answer => answer,
        }
    }

    /// How many lives match, and up to `size` of their summaries from row `offset`, newest first.
    pub fn lives(&self, filter: Filter, offset: usize, size: usize) -> (usize, Vec<Arc<Summary>>) {
        self.registry.listing.page(filter, offset, size)
    }

    /// The summary of an open room.
    pub fn find(&self, number: RoomNum) -> Option<Arc<Summary>> {
        let room = self.registry.room(number)?;
        Some(Arc::clone(&room.summary))
    }

    /// The summary of the open room that a user hosts.
    pub fn hosted_by(&self, host: &Uid) -> Option<Arc<Summary>> {
        let room = self.registry.hosted_by(host)?;
        Some(Arc::clone(&room.summary))
    }

    /// The number of the room that a user is in.
    pub fn room_of(&self, uid: &Uid) -> Option<RoomNum> {
        match self.presence.location(uid)? {
            Location::Seated(seat) => Some(seat.room()),
            Location::Left => None,
        }
    }

    /// The role of a user in that room; none if they are not in it.
    pub fn role_in(&self, uid: &Uid, number: RoomNum) -> Option<Role> {
        match self.presence.location(uid)? {
            Location::Seated(seat) if seat.room() == number => {
                seat.last_sign().map(|_| seat.role())
            }
            Location::Seated(_) | Location::Left => None,
        }
    }

    /// Takes a user out of the room that they lost by entering another.
    async fn vacate(&self, displaced: Option<Arc<Seat>>) {
        if let Some(seat) = displaced {
            // If that room is busy, it finds the vacated seat at its next deadline.
            let _ = self.ask(seat.room(), Vacate(seat)).await;
        }
    }

    async fn order<Q>(&self, question: Q) -> Result<Q::Answer, Error>
    where
        Q: Ask<RoomSupervisor>,
    {
        let busy = || Error::Busy(Queue::Supervisor);
        let answer = ask(&self.supervisor, question).map_err(|_| busy())?;
        answer.await.map_err(|_| busy())
    }

    /// Asks a room. If it crashes meanwhile it is asked again once it is reopened: every question
    /// may be put twice.
    async fn ask<Q>(&self, number: RoomNum, question: Q) -> Result<Q::Answer, Error>
    where
        Q: Ask<RoomActor> + Clone,
    {
        for _ in 0..TRIES {
            let room = self.registry.room(number).ok_or(Refusal::NoSuchRoom)?;
            let answer = ask(&room.addr, question.clone());
            drop(room);
            match answer {
                Ok(answer) => {
                    if let Ok(answer) = answer.await {
                        return Ok(answer);
                    }
                }
                Err(SendError::Full) => return Err(Error::Busy(Queue::Room)),
                Err(SendError::Crashed) => {}
            }
            tokio::time::sleep(REOPENING).await;
        }
        Err(Error::Busy(Queue::Room))
    }
}

/// What is done anyway by a room that is gone is no failure.
fn unless_gone(answer: Result<(), Error>) -> Result<(), Error> {
    match answer {
        Err(Error::Refused(Refusal::NoSuchRoom)) => Ok(()),
        answer => answer,
    }
}

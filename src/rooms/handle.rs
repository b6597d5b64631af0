//! The handle of all rooms: other modules reach rooms only here. It forwards to actors and decides no rule.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Arbiter, AsyncContext};

use super::actor::{RoomActor, Shared};
use super::feed::{FeedRules, Pace};
use super::messages::{Ask, SendError, ask};
use super::presence::{Location, Presence};
use super::questions::{
    Beat, Dismissed, Enter, GrantMic, Leave, PresenceHint, ReportMic, RequestMic, ShowStream,
    Vacate,
};
use super::ranking::Rankings;
use super::refuted::Refuted;
use super::registry::Registry;
use super::supervisor::{Announced, Close, Open, RoomSupervisor, RoomThread};
use crate::clock::Clock;
use crate::domain::{
    Broadcast, EndReason, LeaveReason, Live, LiveId, OwnEvent, Refusal, Role, RoleClaim, RoomNum,
    RoomUpdate, Rules, Seat, Uid,
};
use crate::error::{Error, Queue};
use crate::metrics::RoomMetrics;
use crate::own_streams::OwnStreams;

/// How often a question is sent to a room that crashes before it answers, and the pause between.
const TRIES: u32 = 5;
const REOPENING: Duration = Duration::from_millis(20);

/// How often the order to close a room is sent to a busy supervisor, with the same pause between.
const CLOSING_TRIES: u32 = 150;

/// The threads on which the rooms' actors run.
#[derive(Clone, Copy, Debug)]
pub enum RoomThreads {
    /// The thread that makes the handle. Tests that pause time need all actors on one timer.
    ThisThread,
    /// This many threads of their own, so that no room dies with a thread of the server.
    Own(usize),
}

/// The handle of all rooms. Clones refer to the same rooms.
#[derive(Clone)]
pub struct RoomsHandle {
    pub(super) registry: Arc<Registry>,
    pub(super) presence: Arc<Presence>,
    own_streams: Arc<OwnStreams>,
    pub(super) refuted: Arc<Refuted>,
    pub(super) rankings: Arc<Rankings>,
    supervisor: Addr<RoomSupervisor>,
    pub(super) feed_rules: FeedRules,
    pub(super) pace: Arc<Pace>,
    pub(super) clock: Clock,
    dismissal_grace: Duration,
    metrics: RoomMetrics,
}

impl RoomsHandle {
    /// Starts the supervisor, with no room open. Needs a running actix system.
    pub fn start(
        rules: Rules,
        feed_rules: FeedRules,
        clock: Clock,
        own_streams: Arc<OwnStreams>,
        room_threads: RoomThreads,
        metrics: RoomMetrics,
    ) -> Self {
        let registry = Arc::new(Registry::new(feed_rules.history_life));
        let presence = Arc::<Presence>::default();
        let refuted = Arc::<Refuted>::default();
        let pace = Arc::new(Pace::new(feed_rules.deliveries_per_s));
        let room_threads = match room_threads {
            RoomThreads::ThisThread => vec![RoomThread::new(None)],
            RoomThreads::Own(threads) => (0..threads.max(1))
                .map(|_| RoomThread::new(Some(Arbiter::new().handle())))
                .collect(),
        };
        let supervisor = RoomSupervisor::create(|ctx| {
            let shared = Shared {
                rules,
                feed_rules,
                pace: Arc::clone(&pace),
                clock,
                presence: Arc::clone(&presence),
                own_streams: Arc::clone(&own_streams),
                refuted: Arc::clone(&refuted),
                notices: RoomSupervisor::notices(&ctx.address()),
                metrics: metrics.clone(),
            };
            RoomSupervisor::new(Arc::clone(&registry), shared, room_threads)
        });
        Self {
            registry,
            presence,
            own_streams,
            refuted,
            rankings: Arc::default(),
            supervisor,
            clock,
            dismissal_grace: rules.dismissal_grace,
            feed_rules,
            pace,
            metrics,
        }
    }

    /// How long a host has to refute a dismissal.
    pub fn dismissal_grace(&self) -> Duration {
        self.dismissal_grace
    }

    /// Opens committed lives: one that was just created, or at start all that are open. An earlier
    /// room of the same host closes.
    ///
    /// # Errors
    /// [`Error::Busy`] if the supervisor does not take the order.
    pub async fn open(&self, lives: Vec<Live>) -> Result<(), Error> {
        self.order(Open(lives)).await
    }

    /// The host of a committed live goes live, or reports it again, and becomes a member. `begun`
    /// is true if this report began the live.
    ///
    /// False if the live is over: it ended by itself, and its end is not recorded yet.
    ///
    /// # Errors
    /// [`Error::Busy`] if the supervisor or the room is busy.
    pub async fn go_live(&self, live: Live, begun: bool) -> Result<bool, Error> {
        let (host, number) = (live.host.clone(), live.number);
        if !self.order(Announced { live, begun }).await? {
            return Ok(false);
        }
        match self.enter(&host, number, RoleClaim::Keep).await {
            // A later room of the same host has closed this one in the meantime.
            Ok(()) | Err(Error::Refused(Refusal::NoSuchRoom)) => Ok(true),
            Err(refusal) => Err(refusal),
        }
    }

    /// Shows the changed profile of a committed live. Does nothing if the live is over.
    ///
    /// # Errors
    /// [`Error::Busy`] if the supervisor is busy.
    pub async fn show_profile(&self, live: Live) -> Result<(), Error> {
        let begun = false;
        self.order(Announced { live, begun }).await.map(drop)
    }

    /// Closes a live whose end is committed, with that reason. Does nothing if the live is not
    /// open.
    ///
    /// # Errors
    /// [`Error::Busy`] if the supervisor is busy for seconds. The order is repeated until then,
    /// because a live that is over in the database must not stay open because of a burst.
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

    /// Sends a committed update to its room, or to its host. Does nothing if the room is not open.
    ///
    /// # Errors
    /// [`Error::Busy`] if a dismissal did not reach its room.
    pub async fn tell(&self, update: RoomUpdate) -> Result<(), Error> {
        match update {
            RoomUpdate::Shows(number, broadcast) => self.show(number, broadcast),
            RoomUpdate::Recorded { number: room, host } => {
                let ready = OwnEvent::RecordingReady { room };
                self.own_streams.tell(&host, ready);
            }
            RoomUpdate::Seen {
                number,
                uids,
                here,
                at_ms,
            } => {
                // A busy room does without: its members then have the usual limit of silence.
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

    /// Shows a new state of a room's streams, unless the room shows a later one already.
    pub fn show(&self, number: RoomNum, broadcast: Broadcast) {
        let Some(room) = self.registry.room(number) else {
            return;
        };
        room.summary.stream_status.update(broadcast);
        if room.summary.feed.is_open() {
            // A room that is too busy for this shows it with the next report, or the next snapshot.
            let _ = ask(&room.addr, ShowStream);
        }
    }

    /// A user enters a room, or reports again that they are in it. They leave any other room.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not live and the user is not its host;
    /// [`Error::Busy`] if the room is busy.
    pub async fn enter(&self, uid: &Uid, number: RoomNum, claim: RoleClaim) -> Result<(), Error> {
        let uid = uid.clone();
        let displaced = self.ask(number, Enter { uid, claim }).await??;
        self.vacate(displaced).await;
        Ok(())
    }

    /// A user leaves, on purpose or because they are signed out: the room of that number if one is
    /// given, else the room they are in. Does nothing if they are in another room.
    ///
    /// # Errors
    /// [`Error::Busy`] if the room is busy.
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

    /// A beat refreshes the membership of a user, whichever room they are in. A user who is in no
    /// room, and did not leave on purpose, enters the room of that number if it is live.
    ///
    /// A beat that changes nothing is a stamp on the seat and sends no message.
    ///
    /// # Errors
    /// [`Error::Busy`] if the room is busy.
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
                    self.metrics.beats_stamped.inc();
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
        self.metrics.beats_asked.inc();
        let beat = Beat {
            uid: uid.clone(),
            claim,
            likes,
        };
        unless_gone(self.ask(number, beat).await)
    }

    /// Whether the summary of a room has this count of the host already. A room publishes its
    /// figures before it answers, so its host never gets an answer that is newer than the summary.
    fn tells_likes(&self, number: RoomNum, likes: Option<u32>) -> bool {
        likes.is_none_or(|likes| {
            let room = self.registry.room(number);
            room.is_some_and(|room| room.summary.stats().likes.told == likes)
        })
    }

    /// A viewer asks for a seat on mic; a user who is not a member enters.
    ///
    /// # Errors
    /// As [`Room::request_mic`](crate::domain::Room::request_mic); [`Error::Busy`] if the room is
    /// busy.
    pub async fn request_mic(&self, uid: &Uid, number: RoomNum) -> Result<(), Error> {
        let displaced = self.ask(number, RequestMic { uid: uid.clone() }).await??;
        self.vacate(displaced).await;
        Ok(())
    }

    /// A member reports that they are on mic, or off it.
    ///
    /// # Errors
    /// As [`Room::report_mic`](crate::domain::Room::report_mic); [`Error::Busy`] if the room is
    /// busy.
    pub async fn report_mic(&self, uid: &Uid, number: RoomNum, on: bool) -> Result<(), Error> {
        let uid = uid.clone();
        Ok(self.ask(number, ReportMic { uid, on }).await??)
    }

    /// The host lets a member on mic, or takes them off it.
    ///
    /// # Errors
    /// As [`Room::grant_mic`](crate::domain::Room::grant_mic); [`Error::Busy`] if the room is busy.
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

    /// Takes a user out of the room that they left by entering another.
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
        let _asking = self.metrics.ordering();
        let answer = ask(&self.supervisor, question).map_err(|_| busy())?;
        answer.await.map_err(|_| busy())
    }

    /// Asks a room. If the room crashes before it answers, it is asked again after it was reopened,
    /// so a room may get the same question twice.
    pub(super) async fn ask<Q>(&self, number: RoomNum, question: Q) -> Result<Q::Answer, Error>
    where
        Q: Ask<RoomActor> + Clone,
    {
        let _asking = self.metrics.asking();
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

/// Success if the room is gone, because then there is nothing left to do in it.
fn unless_gone(answer: Result<(), Error>) -> Result<(), Error> {
    match answer {
        Err(Error::Refused(Refusal::NoSuchRoom)) => Ok(()),
        answer => answer,
    }
}

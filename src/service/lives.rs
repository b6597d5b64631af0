//! Lives: creating a room, going live in it, ending the live, and listing the lives.

use std::borrow::Cow;
use std::sync::Arc;

use super::client::Client;
use super::commit::finish;
use super::context::Service;
use crate::domain::{
    EndReason, LeaveReason, LiveEnd, LiveId, LiveInfo, LiveSummary, Position, Profile,
    ProfileChange, Refusal, Revision, RoleClaim, RoomNum, Uid,
};
use crate::error::{Error, Queue};
use crate::rooms::{Filter, LivePlace, LivesFound, Search, Summary};
use crate::sessions::Caller;
use crate::store::Reported;

/// How often going live is tried again when the room's live has just ended by itself.
const TRIES: u32 = 16;

/// Why the presence of a user ends together with their sessions.
#[derive(Clone, Copy, Debug)]
pub(super) enum SignedOut {
    /// They logged out.
    LoggedOut,
    /// An administrator kicked them out.
    Kicked,
}

impl SignedOut {
    fn end_reason(self) -> EndReason {
        match self {
            Self::LoggedOut => EndReason::Logout,
            Self::Kicked => EndReason::Kicked,
        }
    }

    fn leave_reason(self) -> LeaveReason {
        match self {
            Self::LoggedOut => LeaveReason::Logout,
            Self::Kicked => LeaveReason::Kicked,
        }
    }
}

impl Service {
    /// Creates a room with the caller as its host and first member, and returns its number. What they
    /// say of it now they need not say again when they go live. An earlier live of the caller ends.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`]; [`Error::Busy`] if the queue of the store or of the rooms is
    /// full.
    pub async fn create_room(
        self: &Arc<Self>,
        caller: Caller,
        prepared: ProfileChange,
        client: Client,
    ) -> Result<RoomNum, Error> {
        self.budgets.creates.spend(&caller.uid)?;
        self.login_guard.vouch(&caller.uid, client);
        let this = Arc::clone(self);
        finish(async move { this.create(&caller, prepared).await }).await
    }

    async fn create(&self, caller: &Caller, prepared: ProfileChange) -> Result<RoomNum, Error> {
        let hosted = self.rooms.hosted_by(&caller.uid);
        let current = hosted.map(|summary| summary.stats());
        let now = self.clock.unix();
        let profile = Profile::default().changed(prepared);
        let created = self.store.create_room(&caller.uid, profile, current, now);
        let live = created.await?;
        let number = live.number;
        tracing::info!(room = %number, live = %live.id, uid = %caller.uid, "room created");
        self.rooms.open(vec![live]).await?;
        match self.rooms.enter(&caller.uid, number, RoleClaim::Keep).await {
            // A later room of the same host has closed this one in the meantime.
            Ok(()) | Err(Error::Refused(Refusal::NoSuchRoom)) => {}
            Err(error) => return Err(error),
        }
        self.refuse_signed_out(caller).await?;
        Ok(number)
    }

    /// The caller goes live in a room that they created. The request may be repeated. If `seen` is
    /// given, nothing is done unless the room still is what the caller has seen.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`], [`Refusal::TitleMissing`], [`Refusal::VersionStale`]; [`Error::Busy`]
    /// if the queue of the store or of the room is full.
    pub async fn go_live(
        self: &Arc<Self>,
        caller: Caller,
        number: RoomNum,
        change: ProfileChange,
        seen: Option<Revision>,
    ) -> Result<(), Error> {
        let this = Arc::clone(self);
        finish(async move {
            for _ in 0..TRIES {
                if this
                    .try_going_live(&caller.uid, number, &change, seen)
                    .await?
                {
                    // Shows what the cloud reported while the room was not open. The live is
                    // committed and listed without it, so an error here does not fail the request.
                    if let Ok(broadcast) = this.store.broadcast(number).await {
                        this.rooms.show(number, broadcast);
                    }
                    return this.refuse_signed_out(&caller).await;
                }
            }
            Err(Error::Busy(Queue::Room))
        })
        .await
    }

    /// False if the live had already ended by itself. Its end is committed then, and the next try
    /// begins a new live.
    async fn try_going_live(
        &self,
        host: &Uid,
        number: RoomNum,
        change: &ProfileChange,
        seen: Option<Revision>,
    ) -> Result<bool, Error> {
        let seen = self.live_and_version(number, seen)?;
        let hosted = self.rooms.hosted_by(host);
        let elsewhere = hosted.filter(|summary| summary.number != number);
        let current = elsewhere.map(|summary| summary.stats());
        let now = self.clock.unix();
        let reported = self
            .store
            .report_room(host, number, change.clone(), seen, current, now);
        let Reported { live, begun } = reported.await?;
        let (id, stats) = (live.id, live.stats);
        if self.rooms.go_live(live, begun).await? {
            tracing::info!(room = %number, live = %id, uid = %host, begun, "room is live");
            return Ok(true);
        }
        let end = self.rooms.take_end_of(id).unwrap_or(LiveEnd {
            live: id,
            reason: EndReason::HostTimeout,
            stats,
            at: self.clock.unix(),
        });
        self.store.end_live(end).await?;
        Ok(false)
    }

    /// The caller changes the profile of a room that they host. If `seen` is given, nothing is done
    /// unless the room still is what the caller has seen.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`], [`Refusal::NotYourRoom`], [`Refusal::VersionStale`]; [`Error::Busy`] if
    /// the queue of the store or of the room is full.
    pub async fn change_room(
        self: &Arc<Self>,
        caller: Caller,
        number: RoomNum,
        change: ProfileChange,
        seen: Option<Revision>,
    ) -> Result<(), Error> {
        let this = Arc::clone(self);
        finish(async move {
            let summary = this.rooms.find(number).ok_or(Refusal::NoSuchRoom)?;
            if summary.host != caller.uid {
                return Err(Refusal::NotYourRoom.into());
            }
            let seen = this.live_and_version(number, seen)?;
            let changed = this.store.change_live(&caller.uid, number, change, seen);
            this.rooms.show_profile(changed.await?).await
        })
        .await
    }

    /// What the store compares with its record of a room that is open, if it still is the one that was
    /// seen.
    fn live_and_version(
        &self,
        number: RoomNum,
        seen: Option<Revision>,
    ) -> Result<Option<(LiveId, u32)>, Refusal> {
        let Some(Revision {
            incarnation,
            version,
        }) = seen
        else {
            return Ok(None);
        };
        let now = self.position(number).map(|position| position.incarnation);
        if now != Some(incarnation) {
            return Err(Refusal::VersionStale);
        }
        Ok(Some((incarnation.live, version)))
    }

    /// The caller leaves a room. If they are its host, the live ends. Without a number, the room is
    /// the one that they are in, or else the one that they host. If there is no such room, nothing
    /// happens.
    ///
    /// # Errors
    /// [`Error::Busy`] if the queue of the store or of the room is full.
    pub async fn exit_room(
        self: &Arc<Self>,
        caller: Caller,
        number: Option<RoomNum>,
    ) -> Result<(), Error> {
        let this = Arc::clone(self);
        finish(async move { this.exit(&caller.uid, number).await }).await
    }

    async fn exit(&self, uid: &Uid, number: Option<RoomNum>) -> Result<(), Error> {
        let hosted = self.rooms.hosted_by(uid);
        let of_hosted = || hosted.as_ref().map(|summary| summary.number);
        let number = number
            .or_else(|| self.rooms.room_of(uid))
            .or_else(of_hosted);
        match hosted.filter(|summary| Some(summary.number) == number) {
            Some(summary) => self.end_live(&summary, EndReason::Exit).await,
            None => self.rooms.leave(uid, number, LeaveReason::Leave).await,
        }
    }

    /// The caller ends the live of a room: they host it, or are an administrator. Returns what is told
    /// of it.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`], [`Refusal::NoSuchRoom`]; [`Error::Busy`] if the queue of the store or
    /// of the room is full.
    pub async fn end_room(
        self: &Arc<Self>,
        caller: Caller,
        number: RoomNum,
    ) -> Result<LiveSummary, Error> {
        let this = Arc::clone(self);
        finish(async move {
            let summary = this.rooms.find(number).ok_or(Refusal::NoSuchRoom)?;
            let reason = if summary.host == caller.uid {
                EndReason::Exit
            } else if this.policy.admins.contains(&caller.uid) {
                EndReason::Dismissed
            } else {
                return Err(Refusal::NotYourRoom.into());
            };
            this.end_live(&summary, reason).await?;
            this.live_summary(summary.live).await
        })
        .await
    }

    async fn end_live(&self, summary: &Summary, reason: EndReason) -> Result<(), Error> {
        let end = summary.end(reason, self.clock.unix());
        self.store.end_live(end).await?;
        self.rooms.close(summary.live, summary.number, reason).await
    }

    /// What is told of a live, while it goes on and after its end.
    ///
    /// # Errors
    /// [`Refusal::NoSuchLive`]; [`Error::Busy`] if too many requests wait for a connection to the
    /// database.
    pub async fn live_summary(&self, live: LiveId) -> Result<LiveSummary, Error> {
        let recorded = self.store.live_summary(live).await?;
        let recorded = recorded.ok_or(Refusal::NoSuchLive)?;
        if recorded.end.is_some() {
            return Ok(recorded);
        }
        // The figures are recorded now and then, and so are ends that came by themselves.
        let open = self.rooms.find(recorded.number);
        let open = open.filter(|summary| summary.live == live);
        let end = self.rooms.end_of(live);
        let stats = open.map(|summary| summary.stats());
        Ok(LiveSummary {
            stats: end.map(|end| end.stats).or(stats).unwrap_or(recorded.stats),
            end: end.map(|end| (end.at, end.reason)),
            ..recorded
        })
    }

    /// The number of lives that match, and at most `size` of them from row `offset`, newest first.
    pub fn lives(&self, filter: Filter, offset: usize, size: usize) -> (usize, Vec<Arc<Summary>>) {
        self.rooms.lives(filter, offset, size)
    }

    /// At most `size` lives that are looked for, behind a place or from the beginning.
    ///
    /// # Errors
    /// [`Error::Busy`] if too many lists are sorted or searched.
    pub async fn find_lives(
        &self,
        search: Search,
        place: Option<LivePlace>,
        size: usize,
    ) -> Result<LivesFound, Error> {
        self.rooms.find_lives(search, place, size).await
    }

    /// An open room, not older than what anybody was answered before.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`]; [`Error::Busy`] if the queue of the room is full.
    pub async fn room(&self, number: RoomNum) -> Result<Arc<Summary>, Error> {
        self.rooms.describe(number).await
    }

    /// How far the feed of an open room is.
    pub fn position(&self, number: RoomNum) -> Option<Position> {
        Some(self.rooms.find(number)?.position())
    }

    /// Removes a user from the rooms and ends the live that they host. `commit` gets the end of
    /// that live, if there is one, and commits it in one transaction with its own change; the rooms
    /// are notified afterwards.
    pub(super) async fn end_presence(
        &self,
        uid: &Uid,
        why: SignedOut,
        commit: impl AsyncFnOnce(Option<LiveEnd>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let hosted = self.rooms.hosted_by(uid);
        let at = self.clock.unix();
        commit(
            hosted
                .as_ref()
                .map(|summary| summary.end(why.end_reason(), at)),
        )
        .await?;
        if let Some(summary) = hosted {
            let (live, number) = (summary.live, summary.number);
            self.rooms.close(live, number, why.end_reason()).await?;
        }
        self.rooms.leave(uid, None, why.leave_reason()).await
    }

    /// Ends the live of a host without a session, and returns whether the user has none. A request
    /// may begin a live while the host's sessions are being ended. Both sides call this after their
    /// own change, the code that ends sessions and the code that begins a live, so at least one of
    /// them sees the change of the other.
    pub(super) async fn end_if_signed_out(&self, uid: &Uid, why: SignedOut) -> Result<bool, Error> {
        if self.store.has_session(uid).await? {
            return Ok(false);
        }
        if self.rooms.hosted_by(uid).is_some() {
            let commit = async |end| match end {
                Some(end) => self.store.end_live(end).await,
                None => Ok(()),
            };
            self.end_presence(uid, why, commit).await?;
        }
        Ok(true)
    }

    /// Ends the new live and refuses the request if the caller's session ended while the live was
    /// begun.
    async fn refuse_signed_out(&self, caller: &Caller) -> Result<(), Error> {
        let is_known = self.sessions.knows(caller);
        if !is_known
            && self
                .end_if_signed_out(&caller.uid, SignedOut::LoggedOut)
                .await?
        {
            return Err(Refusal::TokenUnknown.into());
        }
        Ok(())
    }
}

/// The cover of a live: the one that the host chose, or else the latest picture that the cloud took
/// of the stream.
pub fn cover_of<'s>(summary: &Summary, info: &'s LiveInfo) -> Cow<'s, str> {
    if info.cover.is_empty()
        && let Some(picture) = summary.broadcast().picture
    {
        return Cow::Owned(picture.to_string());
    }
    Cow::Borrowed(&info.cover)
}

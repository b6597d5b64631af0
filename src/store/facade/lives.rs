//! Rooms and their lives.

use crate::domain::{
    Live, LiveEnd, LiveId, LiveSummary, Profile, ProfileChange, Progress, RoomNum, RoomStats, Uid,
    UnixTime,
};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::outcomes::Reported;

impl Store {
    /// Gives a host a new room with that profile. Their open live ends with the stats `current`.
    ///
    /// # Errors
    /// If it cannot be committed, or every number has been given out.
    pub async fn create_room(
        &self,
        host: &Uid,
        profile: Profile,
        current: Option<RoomStats>,
        now: UnixTime,
    ) -> Result<Live, Error> {
        let host = host.clone();
        on_engine!(self.write(lives::create_room(&host, &profile, current, now)))
    }

    /// Records that a host goes live in one of their rooms. If the room has no open live, one
    /// begins. Their open live in another room ends with the stats `current`. If a live and a version are
    /// `seen`, they have to be those of the room.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`](crate::domain::Refusal::NotYourRoom) if the host did not create that
    /// room; [`Refusal::TitleMissing`](crate::domain::Refusal::TitleMissing);
    /// [`Refusal::VersionStale`](crate::domain::Refusal::VersionStale).
    pub async fn report_room(
        &self,
        host: &Uid,
        number: RoomNum,
        change: ProfileChange,
        seen: Option<(LiveId, u32)>,
        current: Option<RoomStats>,
        now: UnixTime,
    ) -> Result<Reported, Error> {
        let host = host.clone();
        on_engine!(self.write(lives::report_room(
            &host, number, &change, seen, current, now
        )))
    }

    /// Changes the profile of a host's open live. If a live and a version are `seen`, they have to be
    /// those of the room.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`](crate::domain::Refusal::NoSuchRoom) if the host has no open live in that
    /// room; [`Refusal::VersionStale`](crate::domain::Refusal::VersionStale).
    pub async fn change_live(
        &self,
        host: &Uid,
        number: RoomNum,
        change: ProfileChange,
        seen: Option<(LiveId, u32)>,
    ) -> Result<Live, Error> {
        let host = host.clone();
        on_engine!(self.write(lives::change_live(&host, number, &change, seen)))
    }

    /// Whether a user created the room of that number, live or not.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn is_creator(&self, uid: &Uid, number: RoomNum) -> Result<bool, Error> {
        let uid = uid.clone();
        on_engine!(self.read(lives::is_creator(&uid, number)))
    }

    /// Records the end of a live. An end that is recorded already does not change.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn end_live(&self, end: LiveEnd) -> Result<(), Error> {
        self.record_ends(vec![end]).await
    }

    /// Records ends, at most [`PIECE`](crate::store::PIECE) of them, in one commit.
    ///
    /// # Errors
    /// If it cannot be committed; then none is recorded.
    pub async fn record_ends(&self, ends: Vec<LiveEnd>) -> Result<(), Error> {
        on_engine!(self.write(lives::end(&ends)))
    }

    /// Records the stats of at most [`PIECE`](crate::store::PIECE) lives in one commit. A live that
    /// has ended is not changed.
    ///
    /// # Errors
    /// If it cannot be committed; then none is recorded.
    pub async fn record_progress(&self, progress: Vec<Progress>) -> Result<(), Error> {
        on_engine!(self.write(lives::record_progress(&progress)))
    }

    /// What is recorded of a live, whether it goes on or not. `None` if there never was one with that id.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn live_summary(&self, live: LiveId) -> Result<Option<LiveSummary>, Error> {
        on_engine!(self.read(lives::summary(live)))
    }

    /// All open lives, in the order in which they went live. Blocks; for the start.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn open_lives(&self) -> Result<Vec<Live>, Error> {
        on_engine_now!(self.read_now(lives::open()))
    }
}

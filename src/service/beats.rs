//! Beats of many users at once, which a server of the app sends for them.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};

use super::context::Service;
use super::server_keys::{KeyCaller, ServerKeys};
use crate::domain::{KeyRight, Refusal, RoleClaim, RoomNum, Uid};
use crate::error::Error;

/// Beats that ask rooms at the same time. Most ask none.
const AT_ONCE: usize = 64;

/// A beat in the name of a user.
#[derive(Clone, Debug)]
pub struct BeatOf {
    /// The user.
    pub uid: Uid,
    /// The room that they are in, as the sender knows it. `None` if no room can have the number.
    pub room: Option<RoomNum>,
    /// Whether they are on mic.
    pub claim: RoleClaim,
}

/// What became of a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beaten {
    /// It was a sign of life in the room that it named.
    Here,
    /// It was one in another room: this one.
    Elsewhere(RoomNum),
    /// The user is in no room.
    Absent,
}

impl Service {
    /// The server to which a key belongs, for what needs `right`.
    ///
    /// # Errors
    /// [`Refusal::KeyNeeded`] if it is no key but a token; [`Refusal::KeyUnknown`];
    /// [`Refusal::KeyMayNot`].
    pub fn key_caller(&self, key: &str, right: KeyRight) -> Result<KeyCaller, Refusal> {
        if !ServerKeys::is_one(key) {
            return Err(Refusal::KeyNeeded);
        }
        self.keys.caller(key, right)
    }

    /// Takes beats as if each user had sent theirs. A beat of a user in a room that changes nothing is
    /// stamped on their seat: no message, no query. Of users who are in no room, those who are registered
    /// are taken in as with a [beat](Self::beat) of their own; guests are not. The request may be repeated.
    ///
    /// # Errors
    /// [`Error::Busy`] if the queue of a room is full: some beats may have been taken by then.
    pub async fn beat_for(&self, _by: &KeyCaller, beats: &[BeatOf]) -> Result<Vec<Beaten>, Error> {
        let may_come_in = |beat: &&BeatOf| {
            let is_open = |number| self.rooms.find(number).is_some();
            !self.rooms.knows(&beat.uid) && beat.room.is_some_and(is_open)
        };
        let absent = beats.iter().filter(may_come_in);
        let absent: Vec<Uid> = absent.map(|beat| beat.uid.clone()).collect();
        let known: HashSet<Uid> = match absent.is_empty() {
            true => HashSet::new(),
            false => self.store.registered(absent).await?.into_iter().collect(),
        };
        let outcomes = beats.iter().map(|beat| self.beat_of(beat, &known));
        let mut outcomes = stream::iter(outcomes).buffered(AT_ONCE);
        let mut beaten = Vec::with_capacity(beats.len());
        while let Some(outcome) = outcomes.next().await {
            beaten.push(outcome?);
        }
        Ok(beaten)
    }

    async fn beat_of(&self, beat: &BeatOf, known: &HashSet<Uid>) -> Result<Beaten, Error> {
        let BeatOf { uid, room, claim } = beat;
        let open_to = room.filter(|_| known.contains(uid));
        self.rooms.beat(uid, open_to, *claim, None).await?;
        Ok(match self.rooms.room_of(uid) {
            None => Beaten::Absent,
            Some(number) if Some(number) == *room => Beaten::Here,
            Some(number) => Beaten::Elsewhere(number),
        })
    }
}

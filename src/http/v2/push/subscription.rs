//! A subscription: what a reader gets next, of a room, of their own stream or of both, and when it is over.

use std::future::poll_fn;
use std::task::{Context, Poll};

use actix_web::web::Data;

use super::bye::Bye;
use super::own_stream::{OwnStream, OwnWanted};
use super::piece::Piece;
use super::room_stream::RoomStream;
use crate::domain::{OwnPosition, Position, Refusal, RoleClaim, RoomNum};
use crate::error::Error;
use crate::http::v2::state::V2;
use crate::service::{Frame, Watcher};

/// What a client wants to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The room, and what they have seen of it; `None` if only what concerns them.
    room: Option<(RoomNum, Option<Position>)>,
    own: OwnWanted,
}

/// A reader.
pub(super) struct Subscription {
    v2: Data<V2>,
    watcher: Watcher,
    room: Option<RoomStream>,
    own: OwnStream,
    /// Whether there may be something in the own stream. Most news are of the room.
    has_own_news: bool,
    /// Whether the session of the reader may have ended.
    may_be_signed_out: bool,
}

impl Wanted {
    /// Reads the positions as a client gives them: of a room and, with `you`, of the own stream as well; or
    /// of the own stream alone. A position that cannot be read counts as one that is unknown here.
    pub(super) fn of(room: Option<RoomNum>, since: Option<&str>, you: Option<&str>) -> Self {
        let own = |text: &str| text.parse().unwrap_or(OwnPosition::UNKNOWN);
        let Some(room) = room else {
            return Self {
                room: None,
                own: OwnWanted {
                    is_told: true,
                    since: since.map(own),
                },
            };
        };
        let position = |text: &str| text.parse().unwrap_or(Position::UNKNOWN);
        Self {
            room: Some((room, since.map(position))),
            own: OwnWanted {
                is_told: you.is_some(),
                // Empty for those who want it and have seen nothing of it.
                since: you.filter(|you| !you.is_empty()).map(own),
            },
        }
    }
}

impl Subscription {
    /// Begins to read. A position that is not honoured is answered by how everything is now.
    ///
    /// # Errors
    /// [`Refusal::NotMember`], [`Refusal::NoSuchRoom`], or a busy room.
    pub(super) async fn begin(
        v2: &Data<V2>,
        watcher: Watcher,
        wanted: Wanted,
    ) -> Result<Self, Error> {
        let own = OwnStream::begin(v2.service(), &watcher, wanted.own);
        let room = match wanted.room {
            Some((room, since)) => Some(RoomStream::begin(v2, &watcher, room, since).await?),
            None => None,
        };
        Ok(Self {
            v2: Data::clone(v2),
            watcher,
            room,
            own,
            has_own_news: true,
            may_be_signed_out: false,
        })
    }

    /// What comes next.
    pub(super) async fn next(&mut self) -> Piece {
        if std::mem::take(&mut self.may_be_signed_out) && Box::pin(self.is_signed_out()).await {
            return Piece::Bye(Bye::TokenGone);
        }
        if std::mem::take(&mut self.has_own_news) {
            let doubts = &mut self.may_be_signed_out;
            let own = self.own.next(self.v2.service(), &self.watcher, doubts);
            if !matches!(own, Piece::Nothing) {
                self.has_own_news = true;
                return own;
            }
        }
        match &mut self.room {
            Some(room) => room.next(&self.v2, &self.watcher).await,
            None => Piece::Nothing,
        }
    }

    /// The text of a frame, which is made once for all readers.
    pub(super) fn text<'f>(&self, frame: &'f Frame) -> &'f str {
        let room = self.room.as_ref();
        room.map_or("", |room| room.text(frame))
    }

    /// Ready when there may be something next.
    pub(super) fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let room = self.room.as_mut();
        let of_room = room.is_some_and(|room| room.poll_news(context).is_ready());
        self.has_own_news |= self.own.poll_news(context).is_ready();
        if of_room || self.has_own_news || self.may_be_signed_out {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Returns when there may be something next.
    pub(super) async fn wait(&mut self) {
        poll_fn(|context| self.poll_news(context)).await;
    }

    /// Up to where the reader has got everything: the room's position, then after a comma that of their own
    /// stream, as far as they are told.
    pub(super) fn position(&self) -> String {
        let room = self.room.as_ref().map(|room| room.position().to_string());
        let own = self.own.position().map(|own| own.to_string());
        let both: Vec<_> = room.into_iter().chain(own).collect();
        both.join(",")
    }

    /// Whether the reader went on where they were in the room, which they are told first.
    pub(super) fn is_resumed(&self) -> bool {
        self.room.as_ref().is_some_and(RoomStream::is_resumed)
    }

    /// A sign of life.
    pub(super) fn stamp(&self) {
        if let Some(room) = &self.room {
            room.stamp(&self.v2);
        }
    }

    /// A beat of the reader, in the room that is read.
    ///
    /// # Errors
    /// [`Refusal::NotMember`] if no room is read; [`Error::Busy`] if the queue of the room is full.
    pub(super) async fn beat(&self, claim: RoleClaim, likes: Option<u32>) -> Result<(), Error> {
        match &self.room {
            Some(room) => room.beat(&self.v2, &self.watcher, claim, likes).await,
            None => Err(Refusal::NotMember.into()),
        }
    }

    /// The reader wants to be told how everything is now.
    pub(super) fn resync(&mut self) {
        self.own.resync();
        self.has_own_news = true;
        if let Some(room) = &mut self.room {
            room.resync();
        }
    }

    /// Whether it is known that the user is not signed in any more.
    pub(super) async fn is_signed_out(&self) -> bool {
        self.v2.service().is_signed_out(&self.watcher).await
    }
}

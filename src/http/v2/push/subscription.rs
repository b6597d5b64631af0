//! A subscription: what a reader of a room gets next, and when it is over.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio::sync::watch;

use super::bye::Bye;
use super::frame;
use crate::domain::{Moment, Position, Refusal, RoleClaim, RoomNum, Seat};
use crate::error::Error;
use crate::http::v2::state::V2;
use crate::service::{FeedReader, Frame, Next, Summary, Watcher, Why};

/// A reader who falls behind that often within that time is too slow.
const MOST_LAGS: u32 = 3;
const LAGS_WITHIN: Duration = Duration::from_secs(60);

/// A reader of a room.
pub(super) struct Subscription {
    v2: Data<V2>,
    watcher: Watcher,
    room: RoomNum,
    reader: FeedReader,
    bell: watch::Receiver<()>,
    seat: Arc<Seat>,
    /// The room as it was known last.
    summary: Arc<Summary>,
    /// The position from which the reader goes on, until they are told.
    resumed: Option<Position>,
    is_resumed: bool,
    /// How often the reader fell behind lately, and since when that is counted.
    lags: u32,
    lags_since: Moment,
}

/// What a reader gets next.
pub(super) enum Piece {
    /// This frame.
    Frame(Arc<Frame>),
    /// This text.
    Text(String),
    /// The last frame: it is over.
    Bye(Bye),
    /// Nothing until the bell rings.
    Nothing,
}

impl Subscription {
    /// Begins to read a room. A position that is not honoured is answered by a snapshot.
    ///
    /// # Errors
    /// [`Refusal::NotMember`], [`Refusal::NoSuchRoom`], or a busy room.
    pub(super) async fn begin(
        v2: &Data<V2>,
        watcher: Watcher,
        room: RoomNum,
        since: Option<Position>,
    ) -> Result<Self, Error> {
        let service = v2.service();
        let summary = service.look_up(room).ok_or(Refusal::NoSuchRoom)?;
        let seat = service.seat(&watcher).filter(|seat| seat.room() == room);
        let seat = seat.ok_or(Refusal::NotMember)?;
        let reader = service.subscribe(room, since).await?;
        let bell = reader.bell().ok_or(Refusal::NoSuchRoom)?;
        let outcome = match since {
            None => "first",
            Some(_) if reader.is_resumed() => "resumed",
            Some(_) => "gap",
        };
        v2.push.metrics.resumed(outcome);
        Ok(Self {
            v2: Data::clone(v2),
            watcher,
            room,
            resumed: since.filter(|_| reader.is_resumed()),
            is_resumed: reader.is_resumed(),
            reader,
            bell,
            seat,
            summary,
            lags: 0,
            lags_since: Moment::from_millis(0),
        })
    }

    /// What comes next.
    pub(super) async fn next(&mut self) -> Piece {
        if let Some(since) = self.resumed.take() {
            return Piece::Text(frame::resumed(since));
        }
        match self.reader.read() {
            Next::Frame(frame) => Piece::Frame(frame),
            Next::Snapshot(why) => self.snapshot(why).await,
            Next::Nothing => match self.gone().await {
                Some(bye) => Piece::Bye(bye),
                None => Piece::Nothing,
            },
            Next::End => Piece::Bye(Bye::Ended),
        }
    }

    /// The text of a frame, which is made once for all readers.
    pub(super) fn text<'f>(&self, frame: &'f Frame) -> &'f str {
        frame.text(|frame| frame::events(frame, &self.summary))
    }

    /// Returns when there may be something next.
    pub(super) async fn wait(&mut self) {
        // The bell is kept by the feed as long as somebody reads it.
        let _ = self.bell.changed().await;
    }

    /// Up to where the reader has got everything.
    pub(super) fn position(&self) -> Position {
        self.reader.position()
    }

    /// Whether the reader went on where they were, which they are told first.
    pub(super) fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// A sign of life.
    pub(super) fn stamp(&self) {
        self.seat.stamp(self.v2.service().clock.now());
    }

    /// A beat of the reader, in the room that is read.
    ///
    /// # Errors
    /// [`Error::Busy`] if the queue of the room is full.
    pub(super) async fn beat(&self, claim: RoleClaim, likes: Option<u32>) -> Result<(), Error> {
        let service = self.v2.service();
        service
            .beat(&self.watcher, Some(self.room), claim, likes)
            .await
    }

    /// The reader wants a snapshot.
    pub(super) fn resync(&mut self) {
        self.reader.ask(Why::Gap);
    }

    /// Whether the user is still signed in.
    pub(super) async fn is_signed_in(&self) -> bool {
        let again = self.v2.service().watcher_again(&self.watcher).await;
        !matches!(again, Err(Error::Refused(_)))
    }

    async fn snapshot(&mut self, why: Why) -> Piece {
        if why == Why::Lagged && self.is_too_slow() {
            return Piece::Bye(Bye::Stalled);
        }
        let service = self.v2.service();
        let snapshot = match service.snapshot(self.room).await {
            Ok(snapshot) => snapshot,
            Err(Error::Refused(_)) => return Piece::Bye(Bye::Ended),
            Err(_) => return Piece::Bye(Bye::Busy),
        };
        if let Some(summary) = service.look_up(self.room) {
            self.summary = summary;
        }
        if snapshot.position.incarnation.live != self.summary.live {
            // Another live has begun in the room.
            return Piece::Bye(Bye::Ended);
        }
        self.reader.jump(snapshot.position);
        let text = snapshot.text(|whole| frame::snapshot(whole, &self.summary, service));
        Piece::Text(frame::with_why(text, why))
    }

    fn is_too_slow(&mut self) -> bool {
        self.v2.push.metrics.resumed("lagged");
        let now = self.v2.service().clock.now();
        if now - self.lags_since > LAGS_WITHIN {
            (self.lags, self.lags_since) = (0, now);
        }
        self.lags += 1;
        self.lags >= MOST_LAGS
    }

    /// Why the user does not read any more, if their membership has ended.
    async fn gone(&mut self) -> Option<Bye> {
        self.seat.last_sign().is_none().then_some(())?;
        if !self.is_signed_in().await {
            return Some(Bye::TokenGone);
        }
        let service = self.v2.service();
        let Some(seat) = service.seat(&self.watcher) else {
            let on_purpose = service.has_left(&self.watcher);
            return Some(if on_purpose { Bye::Left } else { Bye::Silent });
        };
        if seat.room() != self.room {
            return Some(Bye::Moved);
        }
        if seat.last_sign().is_none() {
            // The room crashed, and takes its members back.
            if self.beat(RoleClaim::Keep, None).await.is_err() {
                return Some(Bye::Busy);
            }
        }
        self.seat = service.seat(&self.watcher).unwrap_or(seat);
        None
    }
}

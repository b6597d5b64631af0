//! The stream of a room that a reader is in, and when it is over for them.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::super::state::V2;
use super::bye::Bye;
use super::frame;
use super::piece::Piece;
use crate::domain::{Moment, Position, RoleClaim, RoomNum, Seat, Why};
use crate::error::Error;
use crate::service::{FeedReader, Frame, Next, Summary, Watcher};

/// A reader who falls behind that often within that time is too slow.
const MOST_LAGS: u32 = 3;
const LAGS_WITHIN: Duration = Duration::from_secs(60);

/// A reader of a room.
pub(super) struct RoomStream {
    room: RoomNum,
    reader: FeedReader,
    /// `None` if the live was over when they came back.
    seat: Option<Arc<Seat>>,
    /// The room as it was known last.
    summary: Arc<Summary>,
    /// The position from which the reader goes on, until they are told.
    resumed: Option<Position>,
    is_resumed: bool,
    /// Whether the reader had everything, so that the next frame is new.
    is_up_to_date: bool,
    /// How often the reader fell behind lately, and since when that is counted.
    lags: u32,
    lags_since: Moment,
}

impl RoomStream {
    /// Begins to read a room. A position that is not honoured is answered by a snapshot.
    ///
    /// # Errors
    /// As [`Service::readable`](crate::service::Service::readable), or a busy room.
    pub(super) async fn begin(
        v2: &V2,
        watcher: &Watcher,
        room: RoomNum,
        since: Option<Position>,
    ) -> Result<Self, Error> {
        let service = v2.service();
        let (summary, seat) = service.readable(watcher, room)?;
        let reader = service.subscribe(room, since).await?;
        let outcome = match since {
            None => "first",
            Some(_) if reader.is_resumed() => "resumed",
            Some(_) => "gap",
        };
        v2.push.metrics.resumed(outcome);
        Ok(Self {
            room,
            resumed: since.filter(|_| reader.is_resumed()),
            is_resumed: reader.is_resumed(),
            is_up_to_date: false,
            reader,
            seat,
            summary,
            lags: 0,
            lags_since: Moment::from_millis(0),
        })
    }

    /// What comes next.
    pub(super) async fn next(&mut self, v2: &V2, watcher: &Watcher) -> Piece {
        if let Some(since) = self.resumed.take() {
            let text = frame::resumed(since);
            return Piece::Text {
                kind: "resumed",
                text,
            };
        }
        match self.reader.read() {
            Next::Frame(frame) => {
                if self.is_up_to_date {
                    let now = v2.service().clock.now();
                    v2.push.metrics.fanned_out(now - frame.told_at);
                }
                Piece::Frame(frame)
            }
            Next::Snapshot(why) => {
                self.is_up_to_date = false;
                Box::pin(self.snapshot(v2, why)).await
            }
            Next::Nothing => {
                self.is_up_to_date = true;
                let gone = match self.seat.as_ref().is_some_and(has_gone) {
                    true => Box::pin(self.gone(v2, watcher)).await,
                    false => None,
                };
                gone.map_or(Piece::Nothing, Piece::Bye)
            }
            Next::End => Piece::Bye(Bye::Ended),
        }
    }

    /// The text of a frame, which is made once for all readers.
    pub(super) fn text<'f>(&self, frame: &'f Frame) -> &'f str {
        frame.text(|frame| frame::events(frame, &self.summary))
    }

    /// Ready when there may be something next.
    pub(super) fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.reader.poll_news(context)
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
    pub(super) fn stamp(&self, v2: &V2) {
        if let Some(seat) = &self.seat {
            seat.stamp(v2.service().clock.now());
        }
    }

    /// A beat of the reader, in the room that is read.
    ///
    /// # Errors
    /// [`Error::Busy`] if the queue of the room is full.
    pub(super) async fn beat(
        &self,
        v2: &V2,
        watcher: &Watcher,
        claim: RoleClaim,
        likes: Option<u32>,
    ) -> Result<(), Error> {
        v2.service()
            .beat(watcher, Some(self.room), claim, likes)
            .await
    }

    /// The reader wants a snapshot.
    pub(super) fn resync(&mut self) {
        self.reader.ask(Why::Gap);
    }

    async fn snapshot(&mut self, v2: &V2, why: Why) -> Piece {
        if why == Why::Lagged && self.is_too_slow(v2) {
            return Piece::Bye(Bye::Stalled);
        }
        let service = v2.service();
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
        Piece::Text {
            kind: "snapshot",
            text: frame::with_why(text, why),
        }
    }

    fn is_too_slow(&mut self, v2: &V2) -> bool {
        v2.push.metrics.resumed("lagged");
        let now = v2.service().clock.now();
        if now - self.lags_since > LAGS_WITHIN {
            (self.lags, self.lags_since) = (0, now);
        }
        self.lags += 1;
        self.lags >= MOST_LAGS
    }

    /// Why the user does not read any more, now that their seat is vacated.
    async fn gone(&mut self, v2: &V2, watcher: &Watcher) -> Option<Bye> {
        let service = v2.service();
        let open = service.look_up(self.room);
        if open.is_none_or(|open| open.live != self.summary.live) {
            // The live is over, which the feed tells in a moment.
            return None;
        }
        if service.is_signed_out(watcher).await {
            return Some(Bye::TokenGone);
        }
        let Some(seat) = service.seat(watcher) else {
            let on_purpose = service.has_left(watcher);
            return Some(if on_purpose { Bye::Left } else { Bye::Silent });
        };
        if seat.room() != self.room {
            return Some(Bye::Moved);
        }
        if has_gone(&seat) && self.beat(v2, watcher, RoleClaim::Keep, None).await.is_err() {
            // The room crashed, and could not take its members back.
            return Some(Bye::Busy);
        }
        self.seat = Some(service.seat(watcher).unwrap_or(seat));
        None
    }
}

fn has_gone(seat: &Arc<Seat>) -> bool {
    seat.last_sign().is_none()
}

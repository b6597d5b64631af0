//! The own stream of a reader: what concerns them alone.

use std::task::{Context, Poll};

use super::super::shape::Me;
use super::frame;
use super::piece::Piece;
use crate::domain::{OwnEvent, OwnPosition, Why};
use crate::service::{OwnNext, OwnReader, Service, Watcher};

/// What a client says about their own stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnWanted {
    /// Whether they want to be told.
    pub(super) is_told: bool,
    /// What they have seen of it.
    pub(super) since: Option<OwnPosition>,
}

/// A reader of their own stream. It is read also for those who do not want to be told, because it says
/// at once when a session has ended.
pub(super) struct OwnStream {
    reader: OwnReader,
    is_told: bool,
}

impl OwnStream {
    /// Begins to read.
    pub(super) fn begin(service: &Service, watcher: &Watcher, wanted: OwnWanted) -> Self {
        Self {
            reader: service.listen(watcher, wanted.since),
            is_told: wanted.is_told,
        }
    }

    /// What comes next. `doubts` becomes true if a session of the user has ended, perhaps this one.
    pub(super) fn next(
        &mut self,
        service: &Service,
        watcher: &Watcher,
        doubts: &mut bool,
    ) -> Piece {
        match self.reader.read() {
            OwnNext::Nothing => Piece::Nothing,
            OwnNext::Events(told) => {
                let is_end = |event: &OwnEvent| matches!(event, OwnEvent::SessionEnded);
                *doubts |= told.iter().any(|told| is_end(&told.event));
                self.tell("you", || frame::you(self.reader.position(), &told))
            }
            OwnNext::Whole(why) => {
                // What came before may have been the end of a session.
                *doubts = true;
                let position = self.reader.position();
                self.tell("me", || frame::me(position, Me::of(watcher, service), why))
            }
        }
    }

    /// The reader wants to be told everything.
    pub(super) fn resync(&mut self) {
        self.reader.ask(Why::Gap);
    }

    fn tell(&self, kind: &'static str, text: impl FnOnce() -> String) -> Piece {
        match self.is_told {
            true => Piece::Text { kind, text: text() },
            false => Piece::Nothing,
        }
    }

    /// Up to where the reader has got everything; `None` for those who are not told.
    pub(super) fn position(&self) -> Option<OwnPosition> {
        self.is_told.then(|| self.reader.position())
    }

    /// Ready when there may be something next.
    pub(super) fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.reader.poll_news(context)
    }
}

//! What one connection is doing now, shared by its stream, its requests and the watch.
//!
//! It knows no time. It writes down in which turn of the [watch](super::connections) something
//! began, and the watch says when that is too long.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Why a connection is ended before its client ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Its client does not read.
    Stalled,
    /// Its client began a request and does not go on.
    Slow,
    /// Nothing came for long.
    Idle,
    /// Others need the place, and here nothing has come for the longest time.
    Crowded,
}

impl Cut {
    /// Its name in figures.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Slow => "slow",
            Self::Idle => "idle",
            Self::Crowded => "crowded",
        }
    }
}

/// What a connection is doing. Shared by its stream, its requests and the watch, on one thread.
#[derive(Default)]
pub(in crate::http) struct Activity {
    /// Requests that are being answered.
    in_service: Cell<u32>,
    /// Handlers that wait for the rest of a body.
    wants_body: Cell<u32>,
    /// An answer waits for the client to read.
    is_blocked: Cell<bool>,
    /// Bytes came since the last request began.
    has_begun: Cell<bool>,
    /// Something waits to be read that was not read, and nobody tells of it again.
    is_paused: Cell<bool>,
    /// The turn in which the connection began to do what it does now.
    since: Cell<u64>,
    /// The turn that it is now.
    now: Rc<Cell<u64>>,
    cut: Cell<Option<Cut>>,
    task: RefCell<Option<Waker>>,
}

/// What the watch looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// A request is being answered.
    Answering,
    /// An answer waits for the client to read.
    Blocked,
    /// A request has begun to arrive.
    Receiving,
    /// Nothing.
    Nothing,
}

impl Activity {
    /// A connection that begins in the present turn.
    pub(super) fn new(now: &Rc<Cell<u64>>) -> Rc<Self> {
        Rc::new(Self {
            since: Cell::new(now.get()),
            now: Rc::clone(now),
            ..Self::default()
        })
    }

    /// What it is doing, and since which turn.
    pub(super) fn doing(&self) -> (Doing, u64) {
        let doing = if self.is_blocked.get() {
            Doing::Blocked
        } else if self.is_answering() {
            Doing::Answering
        } else if self.has_begun.get() {
            Doing::Receiving
        } else {
            Doing::Nothing
        };
        (doing, self.since.get())
    }

    /// Why the connection is to be ended, if it is.
    pub(super) fn cut_by(&self) -> Option<Cut> {
        self.cut.get()
    }

    /// Whether a request is being answered.
    pub(super) fn is_answering(&self) -> bool {
        self.in_service.get() > 0
    }

    /// Bytes of a request came.
    pub(super) fn received(&self) {
        if !self.has_begun.replace(true) {
            self.begin();
        }
    }

    /// Something waits to be read, and nobody tells of it again: reading has to be resumed.
    pub(super) fn pause(&self) {
        self.is_paused.set(true);
    }

    /// Ends the connection.
    pub(super) fn cut(&self, why: Cut) {
        self.cut.set(Some(why));
        self.wake();
    }

    /// A request is answered until what this gives is dropped.
    pub(super) fn serve(self: &Rc<Self>) -> Serving {
        self.in_service.set(self.in_service.get() + 1);
        self.has_begun.set(false);
        self.begin();
        Serving(Rc::clone(self))
    }

    /// A handler waits for the rest of a body until what this gives is dropped.
    pub(in crate::http) fn want_body(self: &Rc<Self>) -> WantingBody {
        self.wants_body.set(self.wants_body.get() + 1);
        self.resume();
        WantingBody(Rc::clone(self))
    }

    /// Notes what came of writing so many bytes. A client that takes some of an answer goes on, however
    /// slow its network is: it stalls when it takes nothing.
    pub(super) fn wrote(&self, written: &Poll<io::Result<usize>>, bytes: usize) {
        match written {
            Poll::Pending => {
                if !self.is_blocked.replace(true) {
                    self.begin();
                }
            }
            Poll::Ready(Ok(length)) if self.is_blocked.get() => {
                self.begin();
                if *length == bytes {
                    self.is_blocked.set(false);
                    self.resume();
                }
            }
            Poll::Ready(_) => {}
        }
    }

    fn begin(&self) {
        self.since.set(self.now.get());
    }

    /// Whether more is read from the client now.
    pub(super) fn may_read_on(&self) -> bool {
        let is_busy = self.is_blocked.get() || self.is_answering();
        !is_busy || self.wants_body.get() > 0
    }

    fn resume(&self) {
        if self.is_paused.take() {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(task) = &*self.task.borrow() {
            task.wake_by_ref();
        }
    }

    /// Remembers whom to wake.
    pub(super) fn polled_by(&self, context: &Context<'_>) {
        let mut task = self.task.borrow_mut();
        if !task
            .as_ref()
            .is_some_and(|task| task.will_wake(context.waker()))
        {
            *task = Some(context.waker().clone());
        }
    }
}

/// A request is being answered.
pub(super) struct Serving(Rc<Activity>);

impl Drop for Serving {
    fn drop(&mut self) {
        let activity = &self.0;
        activity.in_service.set(activity.in_service.get() - 1);
        activity.begin();
        activity.resume();
    }
}

/// A handler waits for the rest of a body.
pub(in crate::http) struct WantingBody(Rc<Activity>);

impl Drop for WantingBody {
    fn drop(&mut self) {
        self.0.wants_body.set(self.0.wants_body.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_reads_slowly_goes_on_and_one_that_takes_nothing_stalls() {
        let now = Rc::<Cell<u64>>::default();
        let activity = Activity::new(&now);
        let stalls = || activity.wrote(&Poll::Pending, 1000);
        let takes = |length, of| activity.wrote(&Poll::Ready(Ok(length)), of);
        stalls();
        assert_eq!(activity.doing(), (Doing::Blocked, 0));
        now.set(9);
        stalls();
        assert_eq!(activity.doing(), (Doing::Blocked, 0));
        takes(100, 1000);
        stalls();
        assert_eq!(activity.doing(), (Doing::Blocked, 9));
        now.set(30);
        takes(900, 900);
        assert_eq!(activity.doing(), (Doing::Nothing, 30));
    }
}

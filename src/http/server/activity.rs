//! The present activity of one connection, shared by its stream, its requests and the watch.
//!
//! There is no clock here. The activity notes in which turn of the [watch](super::connections) it
//! began, and the watch decides when that is too long ago.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The reason why the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The client does not read its answer.
    Stalled,
    /// The client began a request and does not finish it.
    Slow,
    /// The connection was idle for too long.
    Idle,
    /// Other clients need the place, and this connection was idle for longest.
    Crowded,
}

impl Cut {
    /// The name of the reason in the metrics.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Slow => "slow",
            Self::Idle => "idle",
            Self::Crowded => "crowded",
        }
    }
}

/// The activity of a connection. Its stream, its requests and the watch share it on one thread.
#[derive(Default)]
pub(in crate::http) struct Activity {
    /// The number of requests that are being answered.
    in_service: Cell<u32>,
    /// The number of handlers that wait for the rest of a body.
    wants_body: Cell<u32>,
    /// Whether an answer waits for the client to read.
    is_blocked: Cell<bool>,
    /// Whether bytes of a further request have arrived since the last one began.
    has_begun: Cell<bool>,
    /// Whether unread bytes wait in the socket. The system does not report them again, so reading
    /// has to be resumed.
    is_paused: Cell<bool>,
    /// The turn in which the present activity began.
    since: Cell<u64>,
    /// The present turn.
    now: Rc<Cell<u64>>,
    cut: Cell<Option<Cut>>,
    task: RefCell<Option<Waker>>,
}

/// The kinds of activity that the watch distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// A request is being answered.
    Answering,
    /// An answer waits for the client to read.
    Blocked,
    /// A request has begun to arrive.
    Receiving,
    /// The connection is idle.
    Nothing,
}

impl Activity {
    /// The activity of a connection that was opened in the present turn.
    pub(super) fn new(now: &Rc<Cell<u64>>) -> Rc<Self> {
        Rc::new(Self {
            since: Cell::new(now.get()),
            now: Rc::clone(now),
            ..Self::default()
        })
    }

    /// The present activity, and the turn in which it began.
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

    /// The reason for which the connection has to end, if there is one.
    pub(super) fn cut_by(&self) -> Option<Cut> {
        self.cut.get()
    }

    /// Whether a request is being answered.
    pub(super) fn is_answering(&self) -> bool {
        self.in_service.get() > 0
    }

    /// Notes that bytes of a request arrived.
    pub(super) fn received(&self) {
        if !self.has_begun.replace(true) {
            self.begin();
        }
    }

    /// Notes that what had begun to arrive is dealt with, and was no request.
    pub(super) fn handled(&self) {
        self.has_begun.set(false);
        self.begin();
    }

    /// Notes that unread bytes wait in the socket and reading has to be resumed.
    pub(super) fn pause(&self) {
        self.is_paused.set(true);
    }

    /// Ends the connection for this reason.
    pub(super) fn cut(&self, why: Cut) {
        self.cut.set(Some(why));
        self.wake();
    }

    /// Notes that a request is being answered until the returned guard is dropped.
    pub(in crate::http) fn serve(self: &Rc<Self>) -> Serving {
        self.in_service.set(self.in_service.get() + 1);
        self.has_begun.set(false);
        self.begin();
        Serving(Rc::clone(self))
    }

    /// Notes that a handler waits for the rest of a body until the returned guard is dropped.
    pub(in crate::http) fn want_body(self: &Rc<Self>) -> WantingBody {
        self.wants_body.set(self.wants_body.get() + 1);
        self.resume();
        WantingBody(Rc::clone(self))
    }

    /// Notes the result of writing `bytes` bytes. A client that takes a part of an answer is not
    /// stalled, however slow its network is; a stalled client takes nothing.
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

    /// Whether more bytes may be read from the client now.
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

    /// Forgets the task that polled the connection, whose memory it would keep.
    pub(super) fn forget_task(&self) {
        self.task.take();
    }

    /// Stores the waker of the task that polls the connection.
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

/// Marks that a request is being answered, until it is dropped.
pub(in crate::http) struct Serving(Rc<Activity>);

impl Drop for Serving {
    fn drop(&mut self) {
        let activity = &self.0;
        activity.in_service.set(activity.in_service.get() - 1);
        activity.begin();
        activity.resume();
    }
}

/// Marks that a handler waits for the rest of a body, until it is dropped.
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

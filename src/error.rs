//! The ways in which a request can fail, and the use of each.
//!
//! A [`Refusal`] is for an outcome that callers cause or have to live with. It has a number of its own
//! on the wire and is never logged as an error. A full [`Queue`] is nobody's mistake: it is counted,
//! and the caller is asked to try again. A [`Fault`] is for an event that should not happen, such as a
//! broken database or a full disk. It is logged where it is handled, and the client learns only that
//! there was one.

use std::error::Error as StdError;
use std::fmt;

use crate::domain::Refusal;

/// Why a request was not done.
#[derive(Debug)]
pub enum Error {
    /// zaibo understood the request and refuses it.
    Refused(Refusal),
    /// A queue is full, or the store is too slow. Either nothing was changed, or a write may still be
    /// done; the caller should try again.
    Busy(Queue),
    /// The database cannot be used at the moment. This is noted and logged where the outage begins.
    Unavailable {
        /// The connection was lost at a moment that leaves open whether a write was done.
        may_be_done: bool,
    },
    /// zaibo is unable to do it.
    Fault(Fault),
}

impl Error {
    /// Whether a write that ended with this error may take place all the same, now or a little later.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Busy(queue) => *queue == Queue::SlowWrites,
            Self::Unavailable { may_be_done } => *may_be_done,
            Self::Refused(_) | Self::Fault(_) => false,
        }
    }

    /// The fault. Anything else becomes a fault while `doing` that, for code that has no caller to
    /// answer.
    pub fn into_fault(self, doing: &'static str) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            other => Fault::new(doing, other.to_string()),
        }
    }
}

/// The words of the log.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal:?}"),
            Self::Busy(queue) => write!(f, "the queue `{}` is full or too slow", queue.as_str()),
            Self::Unavailable { .. } => f.write_str("the database cannot be used"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The name in metrics for what was not done because the database could not be used. It stands beside the
/// names of the queues.
pub const DATABASE: &str = "database";

/// The queues of the server. Each has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Questions that wait for a room.
    Room,
    /// Orders that wait for the supervisor of rooms.
    Supervisor,
    /// Writes that wait for the disk.
    Writer,
    /// Writes that take longer than anybody waits for them. They may still be done.
    SlowWrites,
    /// Reads that wait for a connection to the database.
    Readers,
    /// Passwords that wait for a core.
    Passwords,
    /// Sessions that are looked up while others are revoked.
    Sessions,
    /// Events of the cloud that wait for the writer.
    Callbacks,
    /// Events of the cloud without an effect here. The number of their bytes that is stored per time is
    /// limited.
    Inbox,
    /// Requests that wait for the cloud's messaging service.
    Messaging,
    /// WebSockets, `push.max_sockets`.
    Sockets,
    /// Streams of events and long polls, `push.max_streams`.
    Streams,
    /// Lists of lives that are sorted or searched.
    Lists,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 13] = [
        Self::Room,
        Self::Supervisor,
        Self::Writer,
        Self::SlowWrites,
        Self::Readers,
        Self::Passwords,
        Self::Sessions,
        Self::Callbacks,
        Self::Inbox,
        Self::Messaging,
        Self::Sockets,
        Self::Streams,
        Self::Lists,
    ];

    /// Its name in metrics and in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Supervisor => "supervisor",
            Self::Writer => "writer",
            Self::SlowWrites => "slow_writes",
            Self::Readers => "readers",
            Self::Passwords => "passwords",
            Self::Sessions => "sessions",
            Self::Callbacks => "callbacks",
            Self::Inbox => "inbox",
            Self::Messaging => "messaging",
            Self::Sockets => "sockets",
            Self::Streams => "streams",
            Self::Lists => "lists",
        }
    }
}

/// An error that should not happen. Its text is for the log only: the activity, then after colons the
/// cause, the cause of the cause, and so on.
#[derive(Debug)]
pub struct Fault {
    doing: &'static str,
    cause: Box<dyn StdError + Send + Sync>,
}

impl Fault {
    /// A fault while `doing` something, such as "committing a batch". The cause must contain no secret.
    pub fn new(doing: &'static str, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            doing,
            cause: cause.into(),
        }
    }

    /// What was being done.
    pub fn doing(&self) -> &'static str {
        self.doing
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.cause)?;
        // A fault prints its own causes; any other error prints only itself.
        let mut cause: &(dyn StdError + 'static) = &*self.cause;
        while !cause.is::<Fault>()
            && let Some(deeper) = cause.source()
        {
            write!(f, ": {deeper}")?;
            cause = deeper;
        }
        Ok(())
    }
}

impl StdError for Fault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.cause)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_fault_says_every_cause_once_and_gives_them_to_who_asks() {
        #[derive(Debug, thiserror::Error)]
        #[error("the row is torn")]
        struct Torn(#[source] io::Error);
        let torn = Torn(io::Error::other("the disk is full"));
        let fault = Fault::new("starting", Fault::new("reading a live", torn));
        let said = "starting: reading a live: the row is torn: the disk is full";
        assert_eq!(fault.to_string(), said);
        let mut depth = 0;
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&fault);
        while let Some(deeper) = cause {
            (depth, cause) = (depth + 1, deeper.source());
        }
        assert_eq!(depth, 4);
    }
}

//! Health of the store: why it cannot work, and the result of the last probe.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::Moment;

/// The result of a probe.
pub type Health = Result<(), Trouble>;

/// Why the store cannot work, in words for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its files are not the files that were opened.
    FilesGone,
    /// A read failed.
    Unreadable,
    /// A write failed, for example because the disk is full.
    Unwritable,
    /// The server of the database cannot be reached.
    Unreachable,
    /// The server of the database takes no writes, for example because it is a replica.
    ReadOnly,
    /// Another zaibo has taken the database over.
    TakenOver,
    /// Too many requests wait, or another process holds the database.
    Busy,
}

impl Trouble {
    /// The problem and its remedy in one line, without details that strangers should not see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FilesGone => "the database files were deleted or replaced while it was in use",
            Self::Unreadable => "the database can not be read; see the log",
            Self::Unwritable => "the database can not be written; is the disk full? see the log",
            Self::Unreachable => "the database cannot be reached",
            Self::ReadOnly => "the database takes no writes",
            Self::TakenOver => {
                "another zaibo has taken the database over; stop this one, or stop that one and restart this one"
            }
            Self::Busy => "the database is busy, or held by another process",
        }
    }
}

/// The last probe, shared by all callers. A caller that comes during a probe waits for its result.
pub(crate) type LastLook = Arc<Mutex<Look>>;

/// A probe and what the log says of it.
#[derive(Default)]
pub(crate) struct Look {
    /// When it ended, and what it found.
    pub(crate) found: Option<(Moment, Health)>,
    /// The problem that the log names, and since when.
    pub(crate) logged: Option<(Moment, Trouble)>,
}

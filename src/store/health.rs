//! Why the store can not do its work, and what the last look at it found.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::Moment;

/// What a look found.
pub type Health = Result<(), Trouble>;

/// Why the store can not do its work, in words for whoever runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its files are not those that were opened.
    FilesGone,
    /// A read failed.
    Unreadable,
    /// A write failed, as when the disk is full.
    Unwritable,
    /// Too many wait, or another process holds the database.
    Busy,
}

impl Trouble {
    /// What is wrong and what to do, in a line that tells strangers nothing.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FilesGone => "the database files were deleted or replaced while it was in use",
            Self::Unreadable => "the database can not be read; see the log",
            Self::Unwritable => "the database can not be written; is the disk full? see the log",
            Self::Busy => "the database is busy, or held by another process",
        }
    }
}

/// The last look, shared by all who ask. Whoever asks while one looks waits for what they find.
pub(crate) type LastLook = Arc<Mutex<Option<(Moment, Health)>>>;

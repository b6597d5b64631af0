//! The ways in which a request can fail, and which to use where.
//!
//! A [`Refusal`] is for everything a caller can bring about or has to live with: it has a number
//! of its own on the wire and is never logged as an error. A full [`Queue`] is nobody's fault: it is
//! counted, and the caller is told to come again. A [`Fault`] is for what should not
//! happen (a broken database, a full disk): it is logged once, where it is handled, and the client
//! learns no more than that there was one.

use std::error::Error as StdError;
use std::fmt;

use crate::domain::Refusal;

/// Why a request was not done.
#[derive(Debug)]
pub enum Error {
    /// zaibo understands and says no.
    Refused(Refusal),
    /// A queue is full, or the store is too slow. Nothing was changed, or a write may still come
    /// about; whoever asks again is right.
    Busy(Queue),
    /// zaibo is unable.
    Fault(Fault),
}

impl Error {
    /// The fault; of a refusal, where there is nobody to refuse, a fault while `doing` that.
    pub fn into_fault(self, doing: &'static str) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Refused(refusal) => Fault::new(doing, format!("{refusal:?}")),
            Self::Busy(queue) => Fault::new(doing, format!("busy: {}", queue.as_str())),
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

/// Where people wait in line, each line with an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// A room's mailbox.
    Room,
    /// The mailbox of the supervisor of rooms.
    Supervisor,
    /// Writes that wait for the disk.
    Writer,
    /// Reads that wait for a connection to the database.
    Readers,
    /// Passwords that wait for a core.
    Passwords,
    /// Sessions that are looked up while others are revoked.
    Sessions,
    /// Events of the cloud that wait for the writer.
    Callbacks,
    /// Events of the cloud that have no effect here: so many bytes of them are kept in a time.
    Inbox,
    /// Orders that wait for the cloud's messaging service.
    Messaging,
}

impl Queue {
    /// Its name in figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Supervisor => "supervisor",
            Self::Writer => "writer",
            Self::Readers => "readers",
            Self::Passwords => "passwords",
            Self::Sessions => "sessions",
            Self::Callbacks => "callbacks",
            Self::Inbox => "inbox",
            Self::Messaging => "messaging",
        }
    }
}

/// Something that should not happen. Its text is for the log alone: what was being done, and behind
/// colons the cause, the cause of the cause, and so on.
#[derive(Debug)]
pub struct Fault {
    doing: &'static str,
    cause: Box<dyn StdError + Send + Sync>,
}

impl Fault {
    /// A fault while `doing` something, as in "committing a batch". The cause must hold no secret.
    pub fn new(doing: &'static str, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            doing,
            cause: cause.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.cause)?;
        // A fault says its own causes; of others each says only itself.
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

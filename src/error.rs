//! The two ways in which a request can fail, and which to use where.
//!
//! A [`Refusal`] is for everything a caller can bring about or has to live with: it has a number
//! of its own on the wire and is never logged as an error. A [`Fault`] is for what should not
//! happen (a broken database, a full disk): it is logged where it is handled, and the client
//! learns no more than that there was one.

use crate::domain::Refusal;

/// Why a request was not done.
#[derive(Debug)]
pub enum Error {
    /// zaibo understands and says no.
    Refused(Refusal),
    /// zaibo is unable.
    Fault(Fault),
}

impl Error {
    /// The fault; of a refusal, where there is nobody to refuse, a fault while `doing` that.
    pub fn into_fault(self, doing: &'static str) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Refused(refusal) => Fault::new(doing, format!("{refusal:?}")),
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

/// Something that should not happen. Its text is for the log alone.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {cause}")]
pub struct Fault {
    doing: &'static str,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl Fault {
    /// A fault while `doing` something, as in "committing a batch". The cause must hold no secret.
    pub fn new(
        doing: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            doing,
            cause: cause.into(),
        }
    }
}

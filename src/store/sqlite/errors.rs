//! What SQLite's errors mean here.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, Fault};

impl From<DieselError> for Error {
    fn from(cause: DieselError) -> Self {
        Self::Fault(Fault::new("asking the database", cause))
    }
}

/// Whether a row of that key was there already.
pub(crate) fn is_unique_violation(cause: &DieselError) -> bool {
    matches!(
        cause,
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}

/// Whether another process has the database now. diesel has no kind of its own for that.
pub(crate) fn is_held(cause: &DieselError) -> bool {
    matches!(cause, DieselError::DatabaseError(_, told) if told.message().contains("is locked"))
}

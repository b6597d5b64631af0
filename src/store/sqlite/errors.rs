//! Meanings of SQLite's errors.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, Fault};

impl From<DieselError> for Error {
    fn from(cause: DieselError) -> Self {
        Self::Fault(Fault::new("asking the database", cause))
    }
}

/// Whether a row with that key existed already.
pub(crate) fn is_unique_violation(cause: &DieselError) -> bool {
    matches!(
        cause,
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}

/// Whether another process holds the database. diesel has no error kind for that.
pub(crate) fn is_held(cause: &DieselError) -> bool {
    matches!(cause, DieselError::DatabaseError(_, told) if told.message().contains("is locked"))
}

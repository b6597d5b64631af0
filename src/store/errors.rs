//! Meanings of the database's errors that both engines share.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, Fault};

impl From<DieselError> for Error {
    fn from(cause: DieselError) -> Self {
        Self::Fault(Fault::new("asking the database", cause))
    }
}

/// Whether the row was inserted; false if one with its key exists already.
///
/// # Errors
/// Any other error of the insert.
pub(crate) fn is_new<T>(inserted: Result<T, DieselError>) -> Result<Option<T>, DieselError> {
    match inserted {
        Ok(inserted) => Ok(Some(inserted)),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(None),
        Err(cause) => Err(cause),
    }
}

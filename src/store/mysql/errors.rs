//! Meanings of the errors of MySQL and MariaDB.

use std::error::Error as StdError;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, Fault};

/// What can be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The connection is lost: again on another one.
    Reconnect,
    /// Somebody else was in the way: again, from the beginning of the transaction.
    Repeat,
    /// The server takes no writes: it may be the wrong one of several, so again on another connection.
    FindWriter,
    /// None: it would fail again.
    Nothing,
}

impl Remedy {
    /// The remedy for an error of a transaction's work.
    pub(crate) fn of_work(error: &Error) -> Self {
        let Error::Fault(fault) = error else {
            return Self::Nothing;
        };
        let mut cause: Option<&(dyn StdError + 'static)> = fault.source();
        while let Some(deeper) = cause {
            if let Some(told) = deeper.downcast_ref::<DieselError>() {
                return Self::of(told);
            }
            cause = deeper.source();
        }
        Self::Nothing
    }

    /// The remedy for an error of one statement.
    pub(crate) fn of(cause: &DieselError) -> Self {
        match cause {
            DieselError::DatabaseError(kind, _) => match kind {
                DatabaseErrorKind::ClosedConnection => Self::Reconnect,
                DatabaseErrorKind::SerializationFailure => Self::Repeat,
                DatabaseErrorKind::ReadOnlyTransaction => Self::FindWriter,
                _ => Self::Nothing,
            },
            _ => Self::Nothing,
        }
    }
}

/// A fault while `doing` something on the server.
pub(crate) fn fault(doing: &'static str) -> impl Fn(mysql::Error) -> Fault {
    move |cause| Fault::new(doing, text(cause))
}

/// An error of the driver as diesel's, with the server's number in its text.
pub(crate) fn from_driver(cause: mysql::Error) -> DieselError {
    let kind = match &cause {
        mysql::Error::MySqlError(told) => kind_of(told.code),
        // The driver's own name for a value that is larger than a packet; the type is not exported.
        mysql::Error::CodecError(cause) if format!("{cause:?}") == "PacketTooLarge" => {
            DatabaseErrorKind::CheckViolation
        }
        _ => DatabaseErrorKind::ClosedConnection,
    };
    DieselError::DatabaseError(kind, Box::new(Told(text(cause))))
}

/// The text of an error of the driver, without the decoration of the driver.
pub(crate) fn text(cause: mysql::Error) -> String {
    match cause {
        mysql::Error::MySqlError(told) => format!("{} (error {})", told.message, told.code),
        mysql::Error::IoError(cause) => text_of(&cause),
        // The driver's word for a connection that fails in the middle of a packet.
        mysql::Error::CodecError(cause) => {
            match cause.source().and_then(<dyn StdError>::downcast_ref) {
                Some(cause) => text_of(cause),
                None => cause.to_string(),
            }
        }
        mysql::Error::DriverError(cause) => cause.to_string(),
        mysql::Error::TlsError(cause) => format!("TLS: {cause}"),
        other => other.to_string(),
    }
}

fn text_of(cause: &std::io::Error) -> String {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    match cause.kind() {
        TimedOut | WouldBlock => "the server does not answer".to_owned(),
        _ => cause.to_string(),
    }
}

/// The kinds that the store tells apart. The numbers are those of MySQL's and MariaDB's manuals.
fn kind_of(code: u16) -> DatabaseErrorKind {
    match code {
        // A key that exists already, in three places of the servers.
        1062 | 1586 | 1859 => DatabaseErrorKind::UniqueViolation,
        1216 | 1217 | 1451 | 1452 => DatabaseErrorKind::ForeignKeyViolation,
        1048 | 1364 => DatabaseErrorKind::NotNullViolation,
        // A value that does not fit: too long, out of range, no UTF-8, or more than a packet holds.
        1153 | 1264 | 1301 | 1366 | 1406 | 3819 | 4025 => DatabaseErrorKind::CheckViolation,
        // A deadlock, a lock that was waited for too long, a statement that took too long, was ended by
        // somebody, or has to be prepared again.
        1205 | 1213 | 1317 | 1615 | 1969 | 3024 => DatabaseErrorKind::SerializationFailure,
        // The server, or this transaction, takes no writes.
        1290 | 1792 | 1836 => DatabaseErrorKind::ReadOnlyTransaction,
        // The server shuts down, ended this connection, or has too many of them or of their statements.
        1040
        | 1047
        | 1053
        | 1077
        | 1079
        | 1080
        | 1152
        | 1158..=1161
        | 1184
        | 1203
        | 1226
        | 1243
        | 1461
        | 1927
        | 3169
        | 4031 => DatabaseErrorKind::ClosedConnection,
        _ => DatabaseErrorKind::Unknown,
    }
}

/// The text of an error.
#[derive(Debug)]
struct Told(String);

impl DatabaseErrorInformation for Told {
    fn message(&self) -> &str {
        &self.0
    }

    fn details(&self) -> Option<&str> {
        None
    }

    fn hint(&self) -> Option<&str> {
        None
    }

    fn table_name(&self) -> Option<&str> {
        None
    }

    fn column_name(&self) -> Option<&str> {
        None
    }

    fn constraint_name(&self) -> Option<&str> {
        None
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}

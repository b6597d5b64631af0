//! A connection of a tool, beside a server that may be running on the same database.

use diesel::connection::Connection as _;
use diesel::prelude::*;

use crate::clock::Clock;
use crate::database_url::DatabaseUrl;
use crate::domain::Uid;
use crate::error::{Error, Fault};
use crate::store::mysql;
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::server::{Purpose, Server};
use crate::store::sqlite;
use crate::store::sqlite::database::Database;

/// A connection to a database that a server has created.
pub(in crate::store) enum Beside {
    Sqlite(SqliteConnection),
    MySql(Box<MySqlConnection>),
}

/// Calls a function of `transactions` in a transaction on a [`Beside`].
macro_rules! on_beside {
    ($connection:expr, $module:ident :: $function:ident ( $($argument:expr),* )) => {
        match &mut $connection {
            crate::store::beside::Beside::Sqlite(conn) => conn.immediate_transaction(|conn| {
                crate::store::sqlite::transactions::$module::$function(conn, $($argument),*)
            }),
            crate::store::beside::Beside::MySql(conn) => conn.transaction(|conn| {
                crate::store::mysql::transactions::$module::$function(conn, $($argument),*)
            }),
        }
    };
}

pub(in crate::store) use on_beside;

impl Beside {
    /// Opens the database while `doing` that.
    ///
    /// # Errors
    /// A [`Fault`] with the reason: there is no database, or it is of another version.
    pub(in crate::store) fn open(url: &DatabaseUrl, doing: &'static str) -> Result<Self, Fault> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                if !path.is_file() {
                    return Err(Fault::new(
                        doing,
                        format!(
                            "there is no database {}; start the server first",
                            path.display()
                        ),
                    ));
                }
                let mut connection = Database::beside_a_server(path)?.connect()?;
                sqlite::schema_version::require_current(&mut connection, path)?;
                Ok(Self::Sqlite(connection))
            }
            DatabaseUrl::MySql(address) => {
                let server = Server::new(address.clone(), Clock::system());
                mysql::schema_version::require_current(&server)?;
                Ok(Self::MySql(Box::new(server.open(Purpose::Tool)?)))
            }
        }
    }
}

/// Gives a user another password, and ends every session of theirs in the same commit. False if the id is
/// not registered. A running server forgets the sessions within seconds
/// ([`Sessions::forget_ended`](crate::sessions::Sessions::forget_ended)).
///
/// # Errors
/// If the database cannot be opened, or it cannot be committed.
pub fn set_password(url: &DatabaseUrl, uid: &Uid, hash: &str) -> Result<bool, Error> {
    let mut connection = Beside::open(url, "setting a password")?;
    on_beside!(connection, passwords::set(uid, hash))
}

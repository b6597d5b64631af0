//! The inbox as the operator sees it, with or without a running server.

use diesel::connection::Connection as _;

use crate::clock::Clock;
use crate::database_url::DatabaseUrl;
use crate::domain::RoomNum;
use crate::error::{Error, Fault};
use crate::store::beside::{Beside, on_beside};
use crate::store::inbox_entry::{InboxEntry, InboxFilter};
use crate::store::mysql;
use crate::store::mysql::server::Server;
use crate::store::sqlite;

/// The inbox, opened beside a server that may be running.
pub struct InboxView {
    url: DatabaseUrl,
    connection: Beside,
}

impl InboxView {
    /// Opens the inbox of a database that a server has created.
    ///
    /// # Errors
    /// A [`Fault`] with the reason.
    pub fn open(url: &DatabaseUrl) -> Result<Self, Fault> {
        let connection = Beside::open(url, "opening the inbox")?;
        Ok(Self {
            url: url.clone(),
            connection,
        })
    }

    /// The number of events for each sender and state.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn counts(&mut self) -> Result<Vec<(String, String, i64)>, Error> {
        on_beside!(self.connection, inbox_tool::counts())
    }

    /// Up to `limit` events, newest first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn newest(&mut self, filter: InboxFilter, limit: u32) -> Result<Vec<InboxEntry>, Error> {
        on_beside!(self.connection, inbox_tool::newest(filter, limit))
    }

    /// The event with that id.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn entry(&mut self, id: i64) -> Result<Option<InboxEntry>, Error> {
        on_beside!(self.connection, inbox_tool::entry(id))
    }

    /// Marks an unmatched event to be tried again. An operator may also name its room. False if the
    /// event is not unmatched.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn make_due(&mut self, id: i64, room: Option<RoomNum>) -> Result<bool, Error> {
        on_beside!(self.connection, inbox_tool::make_due(id, room))
    }

    /// Tries the events that are due, unless a server runs on the database. False if one runs: it
    /// does the same within a second.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn settle_without_server(&mut self, clock: Clock) -> Result<bool, Error> {
        // Either lock is held until the end.
        let (_file, _lock);
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                _file = sqlite::lock::take(&sqlite::paths::itself(path)?)?;
                if _file.is_none() {
                    return Ok(false);
                }
            }
            DatabaseUrl::MySql(address) => {
                let server = Server::new(address.clone(), clock);
                _lock = mysql::lease::try_lock(&server)?;
                if _lock.is_none() {
                    return Ok(false);
                }
            }
        }
        let now = clock.unix();
        while on_beside!(self.connection, settle::settle_at_start(now))? {}
        Ok(true)
    }
}

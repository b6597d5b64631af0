//! The inbox as the operator sees it, with or without a running server.

use std::path::Path;

use diesel::prelude::*;

use crate::domain::{InboxState, RoomNum, Sender, UnixTime};
use crate::error::{Error, Fault};
use crate::store::queries::{files, inbox as rows, streams};
use crate::store::schema::inbox;
use crate::store::sqlite::database::Database;
use crate::store::sqlite::{lock, paths, schema_version};
use crate::store::transactions::settle::settle_all;

/// The inbox, opened beside a server that may be running.
pub struct InboxView(SqliteConnection);

/// Which events to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct InboxFilter {
    /// Only those in this state.
    pub state: Option<InboxState>,
    /// Only this sender's.
    pub sender: Option<Sender>,
}

/// An event as the inbox stores it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(diesel::sqlite::Sqlite))]
pub struct InboxEntry {
    /// Its number in the inbox.
    pub id: i64,
    /// The sender.
    pub sender: String,
    /// The sender's name for the event.
    pub event: String,
    /// The kind of the event (`EventKind`).
    pub fact: String,
    /// Its state: how the event was handled.
    pub state: String,
    /// The room that it names or was matched to.
    pub roomnum: Option<i64>,
    /// The stream it names.
    pub stream: Option<String>,
    /// The file that it is about.
    pub file_id: Option<String>,
    /// When it happened, in seconds since 1970.
    pub happened_at: Option<i64>,
    /// When it was received, in seconds since 1970.
    pub received_at: i64,
    /// The request's body as received.
    pub body: String,
}

impl InboxView {
    /// Opens the inbox of a database that a server has created.
    ///
    /// # Errors
    /// A [`Fault`] with the reason.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        if !path.is_file() {
            return Err(Fault::new(
                "opening the inbox",
                format!(
                    "there is no database {}; start the server first",
                    path.display()
                ),
            ));
        }
        let mut connection = Database::beside_a_server(path)?.connect()?;
        schema_version::require_current(&mut connection)?;
        Ok(Self(connection))
    }

    /// The number of events for each sender and state.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn counts(&mut self) -> Result<Vec<(String, String, i64)>, Error> {
        let groups = inbox::table
            .group_by((inbox::sender, inbox::state))
            .select((inbox::sender, inbox::state, diesel::dsl::count(inbox::id)))
            .order((inbox::sender, inbox::state));
        Ok(groups.load(&mut self.0)?)
    }

    /// Up to `limit` events, newest first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn newest(&mut self, filter: InboxFilter, limit: u32) -> Result<Vec<InboxEntry>, Error> {
        let mut events = inbox::table
            .order(inbox::id.desc())
            .limit(limit.into())
            .select(InboxEntry::as_select())
            .into_boxed();
        if let Some(state) = filter.state {
            events = events.filter(inbox::state.eq(state.as_str()));
        }
        if let Some(sender) = filter.sender {
            events = events.filter(inbox::sender.eq(sender.as_str()));
        }
        Ok(events.load(&mut self.0)?)
    }

    /// The event with that id.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn entry(&mut self, id: i64) -> Result<Option<InboxEntry>, Error> {
        let entry = inbox::table.find(id).select(InboxEntry::as_select());
        Ok(entry.first(&mut self.0).optional()?)
    }

    /// Marks an unmatched event to be tried again. An operator may also name its room. False if the
    /// event is not unmatched.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn make_due(&mut self, id: i64, room: Option<RoomNum>) -> Result<bool, Error> {
        self.0.immediate_transaction(|conn| {
            let waiting = inbox::table
                .find(id)
                .filter(inbox::state.eq(InboxState::Unmatched.as_str()))
                .select((inbox::stream, inbox::file_id));
            let waiting = waiting.first::<(Option<String>, Option<String>)>(conn);
            let Some((stream, file_id)) = waiting.optional()? else {
                return Ok(false);
            };
            if let Some(number) = room {
                if let Some(stream) = &stream {
                    streams::link_one(conn, stream, number)?;
                }
                if let Some(file_id) = &file_id {
                    files::assign(conn, file_id, number)?;
                }
                rows::set_room(conn, id, number)?;
            }
            rows::set_state(conn, id, InboxState::Due)?;
            Ok(true)
        })
    }

    /// Tries the events that are due, unless a server runs on the database. False if one runs: it
    /// does the same within a second.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn settle_without_server(&mut self, path: &Path, now: UnixTime) -> Result<bool, Error> {
        let Some(_lock) = lock::take(&paths::itself(path)?)? else {
            return Ok(false);
        };
        settle_all(&mut self.0, now)?;
        Ok(true)
    }
}

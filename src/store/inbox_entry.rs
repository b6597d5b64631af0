//! An event of the inbox as the operator's tool shows it.

use diesel::prelude::*;

use crate::domain::{InboxState, Sender};
use crate::store::schema::inbox;

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
#[diesel(
    table_name = inbox,
    check_for_backend(diesel::sqlite::Sqlite, diesel::mysql::Mysql)
)]
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

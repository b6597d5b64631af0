//! The store: all data that survives a restart. diesel is used in this folder only.
//!
//! [`facade`] is the [`Store`] as the rest of the server sees it. `queries` read and
//! change rows, and `transactions` combine them to whole units of work. Both
//! are written once and compiled for each engine: [`sqlite`] is a file, embedded in this process, with
//! one writer that commits concurrent writes together; [`mysql`] is a server, with several writers at
//! once. The meaning of the rows is decided in [`domain`](crate::domain).

mod beside;
mod commit_watch;
mod errors;
mod examine;
mod facade;
mod finding;
mod health;
mod imported;
mod inbox_entry;
mod inbox_view;
mod ledger;
mod lock_key;
mod mysql;
mod outcomes;
mod php;
mod piece;
mod schema;
mod sqlite;
mod transfer;

pub use beside::set_password;
pub use examine::examine;
pub use facade::Store;
pub use finding::{Finding, Level};
pub use health::{Health, Trouble};
pub use imported::{
    Imported, ImportedAccount, ImportedLive, ImportedRecording, ImportedRoom, ImportedSession,
};
pub use inbox_entry::{InboxEntry, InboxFilter};
pub use inbox_view::InboxView;
pub use outcomes::{Ingested, KnownSession, OldEvents, Person, Reported, TokenHash};
pub use php::{Generation, PhpAccount, PhpDatabase, PhpLive, PhpRoom, PhpSchema, PhpVideo, Table};
pub use piece::PIECE;
pub use sqlite::backup::BackupSource;
pub use transfer::{Watch, transfer};

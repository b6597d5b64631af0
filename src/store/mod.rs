//! The store: all data that survives a restart. diesel is used in this folder only.
//!
//! Reads go through a small pool. Writes that a client waits for go through the [`writer`], which
//! commits concurrent ones together and answers after the commit.
//!
//! [`queries`] reads and changes rows. [`transactions`] combines them to whole units of work, which
//! are methods of the [`Store`] from [`facade`]. [`sqlite`] holds the code that is special to
//! SQLite. The meaning of the rows is decided in [`domain`](crate::domain).

mod facade;
mod health;
mod inbox_view;
mod job;
mod queries;
mod schema;
mod sqlite;
mod transactions;
mod writer;

pub use facade::Store;
pub use health::{Health, Trouble};
pub use inbox_view::{InboxEntry, InboxFilter, InboxView};
pub use job::PIECE;
pub use transactions::ingest::Ingested;
pub use transactions::lives::Reported;
pub use transactions::seed::Person;
pub use transactions::sessions::{KnownSession, TokenHash};

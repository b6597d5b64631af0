//! What survives a restart: every word of diesel is in this folder.
//!
//! Reads go through a small pool. Writes that a client waits for go through the [`writer`], which
//! commits concurrent ones together and answers after the commit.
//!
//! [`queries`] read and change rows, [`transactions`] make whole units of work of them, as methods of
//! the [`Store`] that [`facade`] defines. What is SQLite's own stands in [`sqlite`]. What the rows mean
//! is decided in [`domain`](crate::domain).

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

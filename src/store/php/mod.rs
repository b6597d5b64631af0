//! The database of the PHP server that zaibo replaces, as an import reads it. Nothing is written here.
//!
//! The server had four schemas in its life. [`schema`] finds out which one this is, and [`rows`] reads
//! the tables in pages by their primary key, with NULL for columns that a schema does not have.

mod connection;
mod rows;
mod schema;

pub use connection::PhpDatabase;
pub use rows::{PhpAccount, PhpLive, PhpRoom, PhpVideo};
pub use schema::{Generation, PhpSchema, Table};

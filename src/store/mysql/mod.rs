//! The engine for MySQL and MariaDB: a server, reached by a driver in Rust.

pub(super) mod connection;
mod connections;
pub(super) mod driver;
pub(super) mod engine;
pub(super) mod errors;
pub(super) mod examine;
mod grants;
pub(super) mod lease;
mod row;
pub(super) mod schema_version;
mod secrets;
pub(super) mod server;
pub(super) mod store;
mod writer;

#[path = "../queries/mod.rs"]
mod queries;
#[path = "../transactions/mod.rs"]
pub(super) mod transactions;

//! The engine for SQLite: a file, embedded in this process.

pub(super) mod backup;
mod cached;
mod checkpoint;
pub(super) mod database;
pub(super) mod engine;
pub(super) mod examine;
mod job;
pub(super) mod lock;
pub(super) mod paths;
pub(super) mod schema_version;
pub(super) mod store;
mod writer;

#[path = "../queries/mod.rs"]
mod queries;
#[path = "../transactions/mod.rs"]
pub(super) mod transactions;

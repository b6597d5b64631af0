//! What is SQLite's own: the file and its lock, the journal's way back into it, its schema's version,
//! and statements that are prepared once.

pub(super) mod cached;
pub(super) mod checkpoint;
pub(super) mod database;
pub(super) mod errors;
pub(super) mod lock;
pub(super) mod paths;
pub(super) mod schema_version;

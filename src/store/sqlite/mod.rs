//! Code that is special to SQLite: the file and its lock, checkpoints, the schema version, and
//! cached statements.

pub(super) mod cached;
pub(super) mod checkpoint;
pub(super) mod database;
pub(super) mod errors;
pub(super) mod lock;
pub(super) mod paths;
pub(super) mod schema_version;

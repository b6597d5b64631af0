//! Whole units of work: each is committed together or not at all.

mod accounts;
pub(super) mod attach;
mod dismissals;
pub(super) mod ingest;
pub(super) mod lives;
mod open;
mod probe;
mod progress;
mod recordings;
pub(super) mod seed;
pub(super) mod sessions;

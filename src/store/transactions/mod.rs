//! Whole units of work: each is committed together or not at all.

pub(super) mod accounts;
pub(super) mod attach;
pub(super) mod dismissals;
pub(super) mod ingest;
pub(super) mod lives;
pub(super) mod progress;
pub(super) mod recordings;
pub(super) mod seed;
pub(super) mod sessions;

//! Queries: reads, and changes of single rows. [`transactions`](super::transactions) decides when
//! they run.

pub(super) mod broadcasts;
pub(super) mod files;
pub(super) mod inbox;
pub(super) mod lives;
pub(super) mod recordings;
pub(super) mod rooms;
pub(super) mod streams;

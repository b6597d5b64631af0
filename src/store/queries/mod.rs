//! Rows: reads, and changes of single rows. What they mean is decided above, in whole transactions.

pub(super) mod broadcasts;
pub(super) mod files;
pub(super) mod inbox;
pub(super) mod lives;
pub(super) mod recordings;
pub(super) mod rooms;
pub(super) mod streams;

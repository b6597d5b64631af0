//! Queries: reads, and changes of single rows. [`transactions`](super::transactions) decides when
//! they run. They are written once and compiled for each engine.

pub(crate) mod broadcasts;
pub(crate) mod files;
pub(crate) mod inbox;
pub(crate) mod live_row;
pub(crate) mod lives;
pub(crate) mod recordings;
pub(crate) mod retention;
pub(crate) mod rooms;
pub(crate) mod streams;

//! Rows: reads, and changes of single rows. What they mean is decided above, in whole transactions.

pub(super) mod files;
pub(super) mod streams;

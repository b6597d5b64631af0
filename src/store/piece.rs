//! How much one write may change.

/// Rows that one write may change. Later writes wait for it, so larger changes are split into pieces
/// of this size, each a write of its own.
pub const PIECE: usize = 256;

//! A piece of what a reader gets.

use std::sync::Arc;

use super::bye::Bye;
use crate::service::Frame;

/// What a reader gets next.
pub(super) enum Piece {
    /// This frame.
    Frame(Arc<Frame>),
    /// This text.
    Text {
        /// Its `t`.
        kind: &'static str,
        text: String,
    },
    /// The last frame: it is over.
    Bye(Bye),
    /// Nothing until the bell rings.
    Nothing,
}

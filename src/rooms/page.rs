//! A page of a list.

use crate::domain::{MemberRow, Position};

/// A page of a room's member list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPage {
    /// How far the room's feed was when the page was made.
    pub position: Position,
    /// The number of all members.
    pub total: usize,
    /// The members of this page.
    pub rows: Vec<MemberRow>,
}

//! Pages of lists, and the rows by which the next page finds where to go on.

use crate::domain::{MemberRow, Position};

/// A live in a list of lives. Rows that are added or removed meanwhile shift nothing. Later lives have
/// larger numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveRow(pub u64);

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

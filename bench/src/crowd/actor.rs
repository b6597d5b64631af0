//! A person of the show: their plan, and the state of their client.

use super::people::{Person, Step};

/// A person and their client.
pub(crate) struct Actor {
    pub(crate) plan: Person,
    /// What they do next.
    pub(crate) step: Option<Step>,
    pub(crate) token: String,
    pub(crate) doing: Option<Doing>,
    /// The next step is due, but the last request has no answer yet.
    pub(crate) is_waiting: bool,
    /// The live that they are in, as their client sees it.
    pub(crate) live: Option<usize>,
    pub(crate) on_mic: bool,
}

impl Actor {
    pub(crate) fn new(mut plan: Person, token: String) -> Self {
        Self {
            step: plan.next(),
            plan,
            token,
            doing: None,
            is_waiting: false,
            live: None,
            on_mic: false,
        }
    }
}

/// What an actor's request does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing {
    Create,
    Announce(usize),
    Enter(usize),
    Beat { on_mic: bool, likes: u64 },
    Leave,
    End(usize),
}

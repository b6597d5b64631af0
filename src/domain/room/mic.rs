//! The way to the mic: how far a viewer has come, and when they may go on.

use crate::domain::{MicPolicy, Refusal, Rules};

/// How far a viewer has come on the way to the mic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MicAsk {
    /// Neither asked nor approved.
    #[default]
    Nothing,
    /// The viewer asked.
    Requested,
    /// The host approved, which is valid for going on mic once.
    Granted,
}

/// Whether a viewer may go on mic, while `linked` others are on it. `ask` is how far the viewer has
/// come.
pub(super) fn may_go_on(rules: &Rules, linked: usize, ask: MicAsk) -> Result<(), Refusal> {
    if is_full(rules, linked) {
        Err(Refusal::MicSeatsFull)
    } else if rules.mic_policy == MicPolicy::Approve && ask != MicAsk::Granted {
        Err(Refusal::MicNotGranted)
    } else {
        Ok(())
    }
}

/// Whether every seat on mic is taken.
pub(super) fn is_full(rules: &Rules, linked: usize) -> bool {
    linked >= rules.mic_seats
}

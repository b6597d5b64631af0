//! Dismissals in the cloud: each one ends the live, unless the host gives a sign of life within the
//! grace.
//!
//! The cloud dismisses its counterpart of a room when the last anchor leaves it. That also happens in a
//! change of networks, while the host goes on here.

use std::time::Duration;

use super::presence_hint::is_refuted;
use crate::domain::{Moment, UnixTime};

/// Dismissals of one room that may be undecided at once. Further ones are dropped here and sent again
/// later.
const MOST: usize = 8;

/// A dismissal that is not decided yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dismissal {
    /// Its number in the inbox.
    pub event: i64,
    /// When it happened, by the cloud's clock.
    pub at: UnixTime,
    /// When the room received it.
    pub reported_at: Moment,
    /// The host's last sign of life at that moment.
    host_spoke: Moment,
}

/// The undecided dismissals of one room, in the order in which the room received them.
#[derive(Debug, Default)]
pub(super) struct Dismissals(Vec<Dismissal>);

/// The result of a check of the dismissals.
pub(super) struct Judged {
    /// The numbers of those that the host has refuted.
    pub(super) refuted: Vec<i64>,
    /// The first dismissal whose grace is over without a sign of life of the host.
    pub(super) unrefuted: Option<Dismissal>,
}

impl Dismissals {
    /// Adds a dismissal that happened at `at`, which was `happened` by our clock; `happened` is `None`
    /// if it is not known what the host did since. The host's last sign of life is `host_spoke`. False
    /// if that sign of life refutes the dismissal already; then it is not added.
    pub(super) fn add(
        &mut self,
        event: i64,
        at: UnixTime,
        happened: Option<Moment>,
        host_spoke: Moment,
        now: Moment,
    ) -> bool {
        if happened.is_some_and(|happened| is_refuted(happened, host_spoke)) {
            return false;
        }
        let is_known = self.0.iter().any(|known| known.event == event);
        if !is_known && self.0.len() < MOST {
            self.0.push(Dismissal {
                event,
                at,
                reported_at: now,
                host_spoke,
            });
        }
        true
    }

    /// When the first dismissal has to be decided.
    pub(super) fn next_deadline(&self, grace: Duration) -> Option<Moment> {
        self.0.first().map(|first| first.reported_at + grace)
    }

    /// Takes out the dismissals that the host, whose last sign of life is `host_spoke`, has refuted. An
    /// unrefuted one stays and is returned each time until the live is ended.
    pub(super) fn judge(&mut self, host_spoke: Moment, now: Moment, grace: Duration) -> Judged {
        let mut refuted = Vec::new();
        self.0.retain(|dismissal| {
            let is_refuted = host_spoke > dismissal.host_spoke;
            if is_refuted {
                refuted.push(dismissal.event);
            }
            !is_refuted
        });
        let first = self.0.first().copied();
        Judged {
            refuted,
            unrefuted: first.filter(|first| first.reported_at + grace <= now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, live, millis, profile, uid};
    use super::*;
    use crate::domain::{LeaveReason, RoleClaim, Room};

    const AT: UnixTime = UnixTime::from_secs(1_700_000_010);

    /// A live that was dismissed at second 10 and received it at once.
    fn dismissed() -> Room {
        let mut room = live();
        assert!(room.add_dismissal(7, AT, Some(at(10)), at(10)));
        room
    }

    #[test]
    fn a_live_whose_host_says_nothing_is_over_fifteen_seconds_after_its_dismissal() {
        let mut room = dismissed();
        assert_eq!(room.next_deadline(), at(25));
        assert_eq!(room.sweep(millis(24_999), usize::MAX).dismissed, None);
        for _ in 0..2 {
            let dismissed = room.sweep(at(25), usize::MAX).dismissed;
            let dismissed = dismissed.expect("told until it is closed");
            assert_eq!((dismissed.event, dismissed.at), (7, AT));
        }
    }

    #[test]
    fn a_host_who_beats_within_the_grace_has_refuted_the_dismissal() {
        let mut room = dismissed();
        room.beat(&uid("host"), RoleClaim::Keep, at(20));
        let sweep = room.sweep(at(25), usize::MAX);
        assert_eq!((sweep.dismissed, sweep.refuted), (None, vec![7]));
        // The dismissal is decided, so the host's silence has its usual limit again.
        assert_eq!(room.next_deadline(), at(110));
    }

    #[test]
    fn whoever_else_beats_refutes_nothing() {
        let mut room = live();
        room.enter(&uid("anna"), RoleClaim::OffMic, at(5))
            .expect("enters");
        assert!(room.add_dismissal(7, AT, Some(at(10)), at(10)));
        room.beat(&uid("anna"), RoleClaim::OffMic, at(20));
        assert!(room.sweep(at(25), usize::MAX).dismissed.is_some());
    }

    #[test]
    fn going_live_again_refutes_it_and_leaving_does_not() {
        let mut room = dismissed();
        room.leave(&uid("host"), LeaveReason::Leave, at(12));
        assert!(room.sweep(at(25), usize::MAX).dismissed.is_some());
        room.announce(profile("again"), at(26));
        assert_eq!(room.sweep(at(27), usize::MAX).refuted, [7]);
    }

    #[test]
    fn a_dismissal_that_is_told_after_the_host_has_spoken_again_is_none() {
        let mut room = live();
        room.beat(&uid("host"), RoleClaim::Keep, at(60));
        assert!(!room.add_dismissal(7, AT, Some(at(10)), at(61)));
        assert_eq!(room.sweep(at(80), usize::MAX).dismissed, None);
        // After a restart it is not known whether the host did, so they are given the grace.
        assert!(room.add_dismissal(7, AT, None, at(80)));
        assert!(room.sweep(at(95), usize::MAX).dismissed.is_some());
    }

    #[test]
    fn each_dismissal_is_judged_by_what_the_host_did_after_it() {
        let mut room = dismissed();
        room.beat(&uid("host"), RoleClaim::Keep, at(13));
        assert!(room.add_dismissal(8, AT, Some(at(20)), at(20)));
        let sweep = room.sweep(at(25), usize::MAX);
        assert_eq!((sweep.dismissed, sweep.refuted), (None, vec![7]));
        let dismissed = room.sweep(at(35), usize::MAX).dismissed;
        assert_eq!(dismissed.map(|dismissed| dismissed.event), Some(8));
    }

    #[test]
    fn dismissals_without_end_take_no_memory_without_end() {
        let mut room = live();
        for event in 0..1000 {
            assert!(room.add_dismissal(event, AT, Some(at(10)), at(10)));
        }
        assert_eq!(room.dismissals.0.len(), MOST);
        assert!(room.sweep(at(25), usize::MAX).dismissed.is_some());
    }
}

//! Dismissals in the cloud as the inbox knows them: the live that one may mean, and its state after
//! that live has ended.

use super::{EndReason, InboxState, LiveId, RoomNum, RoomUpdate, UnixTime};

/// The cloud dismissed its counterpart of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloudDismissal {
    /// Its number in the inbox.
    pub event: i64,
    /// The room.
    pub number: RoomNum,
    /// When it happened, by [`happened_at`](Self::happened_at).
    pub at: UnixTime,
}

/// The parts of an open live that a dismissal is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenLive {
    /// The live.
    pub live: LiveId,
    /// When it began.
    pub opened_at: UnixTime,
}

impl CloudDismissal {
    /// The time of a dismissal: the cloud's date `dated`, but not later than its arrival at `received`,
    /// because the clocks may differ.
    pub fn happened_at(dated: UnixTime, received: UnixTime) -> UnixTime {
        dated.min(received)
    }

    /// The meaning of a dismissal: the state of its event, and the update for the room. It can only
    /// mean the live that ran when it happened, if that live still runs; one that arrives late does not
    /// end a later live of the same number.
    pub fn meaning(self, open: Option<OpenLive>) -> (InboxState, Option<RoomUpdate>) {
        match open.filter(|open| open.opened_at < self.at) {
            Some(open) => (InboxState::Pending, Some(self.update(open.live, false))),
            None => (InboxState::Ignored, None),
        }
    }

    /// The update for the room. `again` means that the room may have got it before.
    pub fn update(self, live: LiveId, again: bool) -> RoomUpdate {
        RoomUpdate::Dismissed {
            live,
            number: self.number,
            event: self.event,
            at: self.at,
            again,
        }
    }

    /// The state of a dismissal's event after its live ended for that reason; `None` if the recorded
    /// reason is not known.
    pub fn outcome(reason: Option<EndReason>) -> InboxState {
        match reason {
            Some(EndReason::Dismissed) => InboxState::Done,
            _ => InboxState::Ignored,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_secs(secs)
    }

    /// A dismissal of room 10001 at second 100.
    fn dismissal() -> CloudDismissal {
        CloudDismissal {
            event: 7,
            number: RoomNum::new(10001).expect("valid"),
            at: at(100),
        }
    }

    fn open(opened_at: i64) -> Option<OpenLive> {
        Some(OpenLive {
            live: LiveId::new(3),
            opened_at: at(opened_at),
        })
    }

    #[test]
    fn a_dismissal_means_the_live_that_ran_when_it_happened() {
        let told = RoomUpdate::Dismissed {
            live: LiveId::new(3),
            number: dismissal().number,
            event: 7,
            at: at(100),
            again: false,
        };
        let pending = (InboxState::Pending, Some(told));
        assert_eq!(dismissal().meaning(open(99)), pending);
    }

    #[test]
    fn a_dismissal_that_comes_late_does_not_end_a_later_live_of_the_same_number() {
        let ignored = (InboxState::Ignored, None);
        assert_eq!(dismissal().meaning(open(100)), ignored);
        assert_eq!(dismissal().meaning(open(101)), ignored);
        assert_eq!(dismissal().meaning(None), ignored, "nobody is live");
    }

    #[test]
    fn a_dismissal_did_not_happen_later_than_it_was_told() {
        assert_eq!(CloudDismissal::happened_at(at(90), at(100)), at(90));
        assert_eq!(CloudDismissal::happened_at(at(110), at(100)), at(100));
    }

    #[test]
    fn a_dismissal_took_effect_only_if_its_live_ended_by_it() {
        let of = |word| CloudDismissal::outcome(EndReason::from_text(word));
        assert_eq!(of("dismissed"), InboxState::Done);
        for other in [
            "exit",
            "superseded",
            "host_timeout",
            "logout",
            "kicked",
            "a word of tomorrow",
        ] {
            assert_eq!(of(other), InboxState::Ignored, "{other}");
        }
    }
}

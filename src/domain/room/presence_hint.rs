//! Hints of the cloud about members: after a report that a member left, less silence is tolerated.

use std::time::Duration;

use crate::domain::Moment;

/// The latest hint about one member.
#[derive(Clone, Copy, Debug)]
pub(super) struct PresenceHint {
    /// When it happened by the cloud's clock, in milliseconds; hints are ordered by it.
    pub(super) at_ms: i64,
    /// When we received the report that the member left; `None` if they came.
    pub(super) gone_since: Option<Moment>,
}

impl PresenceHint {
    /// Since when a member last seen at `last` is a suspect. A later sign of life clears the suspicion.
    pub(super) fn suspect_since(self, last: Moment) -> Option<Moment> {
        self.gone_since.filter(|since| last <= *since)
    }
}

/// Deadline of a member last seen at `last`: after the usual `timeout`, or earlier if the cloud
/// reported that they left after that.
pub(super) fn silence_ends(
    hint: Option<PresenceHint>,
    last: Moment,
    timeout: Duration,
    suspect: Duration,
) -> Moment {
    let usual = last + timeout;
    let suspect_since = hint.and_then(|hint| hint.suspect_since(last));
    suspect_since.map_or(usual, |since| usual.min(since + suspect))
}

/// How far the cloud's clock and ours may differ. Synchronised servers differ by less. A hint that is
/// accepted wrongly is refuted by the next beat, which clients send every 5 or 10 seconds.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// Whether a sign of life at `last` refutes a report of the cloud about something that happened before
/// it.
pub(super) fn is_refuted(happened: Moment, last: Moment) -> bool {
    happened + CLOCK_TOLERANCE <= last
}

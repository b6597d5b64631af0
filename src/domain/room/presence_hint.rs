//! What the cloud sees of members: that they went shortens the silence that is tolerated.

use std::time::Duration;

use crate::domain::Moment;

/// When the cloud saw a member come or go.
#[derive(Clone, Copy, Debug)]
pub(super) struct PresenceHint {
    /// By the cloud's clock: the order of hints.
    pub(super) at_ms: i64,
    /// When we were told that the member went; none if they came.
    pub(super) gone_since: Option<Moment>,
}

impl PresenceHint {
    /// Since when the member whose last sign of life was at `last` is suspected to be gone. A sign
    /// of life clears an earlier suspicion.
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

/// How far the cloud's clock and ours may differ. Servers that keep their clocks differ by less;
/// clients beat every 5 or 10 seconds, so the next beat refutes what this lets through.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// Whether a sign of life at `last` refutes what the cloud says happened before it.
pub(super) fn is_refuted(happened: Moment, last: Moment) -> bool {
    happened + CLOCK_TOLERANCE <= last
}

//! Lives and visits, as far as the crowd remembers them.

use std::time::Duration;

use super::likes::Likes;

/// What the server promises about silence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) member_timeout: Duration,
    pub(crate) host_timeout: Duration,
}

/// A live of a host.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) host: usize,
    pub(crate) number: i64,
    /// When the announcement was answered.
    pub(crate) announced: Option<Duration>,
    pub(crate) end_sent: Option<Duration>,
    pub(crate) ended: Option<Duration>,
    pub(crate) likes: Likes,
    /// The host was silent for so long that the server may have ended the live.
    pub(super) is_doubtful: bool,
    /// Everybody who entered at some time.
    pub(super) members: Vec<usize>,
}

/// One person's stay in one room.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) live: usize,
    /// Since when they are there without a gap; `None` until the entry is answered.
    pub(super) since: Option<Duration>,
    pub(super) leave_sent: Option<Duration>,
    pub(super) left: Option<Duration>,
    pub(super) sign_sent: Duration,
    pub(super) sign_answered: Duration,
    pub(super) sign_is_open: bool,
    /// Since when the server knows that they do not want to be on mic; `None` while they may be.
    pub(super) off_mic: Option<Duration>,
    /// This silence was already counted as a ghost, or this absence as a false leave.
    pub(super) is_counted: bool,
}

impl Limits {
    pub(super) fn of(&self, is_host: bool) -> Duration {
        if is_host {
            self.host_timeout
        } else {
            self.member_timeout
        }
    }
}

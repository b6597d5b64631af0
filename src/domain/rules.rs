//! The rules that an operator sets for every room.

use std::time::Duration;

/// How long silence is tolerated, and who may go on mic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A viewer or linked member who is silent for this long is gone.
    pub member_timeout: Duration,
    /// A live whose host is silent for this long ends.
    pub host_timeout: Duration,
    /// As `member_timeout`, once the cloud has seen the member go and they have been silent since.
    pub suspect_member_timeout: Duration,
    /// As `host_timeout`, once the cloud has seen the host go and they have been silent since.
    pub suspect_host_timeout: Duration,
    /// A live that the cloud dismissed goes on if its host gives a sign of life within this time.
    pub dismissal_grace: Duration,
    /// Who may go on mic.
    pub mic_policy: MicPolicy,
    /// How many members beside the host may be on mic at once.
    pub mic_seats: usize,
}

impl Rules {
    /// The rules of an operator who sets none.
    pub const USUAL: Self = Self {
        member_timeout: Duration::from_secs(35),
        host_timeout: Duration::from_secs(90),
        suspect_member_timeout: Duration::from_secs(15),
        suspect_host_timeout: Duration::from_secs(45),
        dismissal_grace: Duration::from_secs(15),
        mic_policy: MicPolicy::Open,
        mic_seats: 3,
    };
}

/// Who may go on mic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicPolicy {
    /// Whoever finds a free seat.
    Open,
    /// Whom the host approved.
    Approve,
}

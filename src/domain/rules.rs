//! The rules that an operator sets for every room.

use std::time::Duration;

/// The time limits of silence, and the rules for the mic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A viewer or linked member who is silent for this long is gone.
    pub member_timeout: Duration,
    /// A live whose host is silent for this long ends.
    pub host_timeout: Duration,
    /// As `member_timeout`, for a member whom the cloud saw leave and who gave no sign of life since.
    pub suspect_member_timeout: Duration,
    /// As `host_timeout`, for a host whom the cloud saw leave and who gave no sign of life since.
    pub suspect_host_timeout: Duration,
    /// A live that the cloud dismissed goes on if its host gives a sign of life within this time.
    pub dismissal_grace: Duration,
    /// A stop of a stream is shown after this time, because clients often reconnect.
    pub stream_grace: Duration,
    /// Which viewers may go on mic.
    pub mic_policy: MicPolicy,
    /// How many members beside the host may be on mic at once.
    pub mic_seats: usize,
    /// How many guests may be in one room.
    pub max_guests: usize,
}

impl Rules {
    /// The default rules.
    pub const USUAL: Self = Self {
        member_timeout: Duration::from_secs(35),
        host_timeout: Duration::from_secs(90),
        suspect_member_timeout: Duration::from_secs(15),
        suspect_host_timeout: Duration::from_secs(45),
        dismissal_grace: Duration::from_secs(15),
        stream_grace: Duration::from_secs(60),
        mic_policy: MicPolicy::Open,
        mic_seats: 3,
        max_guests: 10_000,
    };
}

/// Which viewers may go on mic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicPolicy {
    /// Every viewer, as long as a seat is free.
    Open,
    /// Only viewers with the host's approval.
    Approve,
}

//! What is shown from the beginning, with 0: for Prometheus the first event of a series that was not there
//! is no increase, so no alert would see it.

/// The values of labels that are known before anything happens.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The queues that may be full.
    pub queues: &'a [&'static str],
    /// The budgets that may be spent.
    pub budgets: &'a [&'static str],
    /// The reasons for which the server ends connections.
    pub cuts: &'a [&'static str],
    /// The kinds of background work.
    pub jobs: &'a [&'static str],
    /// The services of the cloud that send events.
    pub senders: &'a [&'static str],
    /// What becomes of an event.
    pub outcomes: &'a [&'static str],
    /// The reasons for which a callback is refused.
    pub refusals: &'a [&'static str],
}

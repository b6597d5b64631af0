//! The likes of a live: what the server may show and what it has to, from the two counts that it adds up.

use std::time::Duration;

/// The likes of a live.
#[derive(Clone, Debug, Default)]
pub(crate) struct Likes {
    /// The host's client counts the likes of old clients, and reports the total now and then.
    counted: u64,
    reported: Count,
    /// Clients of the live API send their own.
    sent: Count,
}

/// A total that the server is told.
#[derive(Clone, Debug, Default)]
struct Count {
    told: u64,
    /// The totals that it has acknowledged, and when.
    known: Vec<(Duration, u64)>,
}

impl Likes {
    /// The host's client saw so many.
    pub(crate) fn count(&mut self, likes: u64) {
        self.counted += likes;
    }

    /// The host's client reports what it counted.
    pub(super) fn report(&mut self) -> u64 {
        self.reported.told = self.counted;
        self.counted
    }

    /// That report was answered.
    pub(super) fn reported(&mut self, total: u64, now: Duration) {
        self.reported.known.push((now, total));
    }

    /// A client of the live API sends so many.
    pub(crate) fn send(&mut self, likes: u64) {
        self.sent.told += likes;
    }

    /// So many were answered.
    pub(crate) fn sent(&mut self, likes: u64, now: Duration) {
        let before = self.sent.known.last().map_or(0, |(_, total)| *total);
        self.sent.known.push((now, before + likes));
    }

    /// The least and the most that the server can show from then on.
    pub(super) fn between(&self, asked: Duration) -> (u64, u64) {
        let (reported, sent) = (&self.reported, &self.sent);
        (
            reported.least(asked) + sent.least(asked),
            reported.told + sent.told,
        )
    }
}

impl Count {
    fn least(&self, asked: Duration) -> u64 {
        let known = self.known.iter().rfind(|(at, _)| *at <= asked);
        known.map_or(0, |(_, total)| *total)
    }
}

//! Figures of the moment at which somebody asks.

use prometheus::{IntGauge, IntGaugeVec};

use super::maker::Maker;

/// How things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// Rooms whose hosts have not gone live yet.
    pub rooms_opened: usize,
    /// Rooms that are live.
    pub rooms_live: usize,
    /// Writes that run or wait for their turn.
    pub writes_waiting: usize,
    /// Reads that run or wait for their turn.
    pub reads_waiting: usize,
    /// Sessions in the cache.
    pub sessions_cached: usize,
}

pub(super) struct SceneGauges {
    rooms: IntGaugeVec,
    waiting: IntGaugeVec,
    sessions: IntGauge,
}

impl SceneGauges {
    pub(super) fn new(new: &Maker<'_>) -> Self {
        Self {
            rooms: new.gauges(
                "zaibo_rooms",
                "Open rooms: live, or opened by a host who has not gone live yet",
                &["state"],
            ),
            waiting: new.gauges(
                "zaibo_store_waiting",
                "Reads and writes that run or wait for their turn",
                &["what"],
            ),
            sessions: new.gauge("zaibo_sessions_cached", "Sessions in the cache"),
        }
    }

    pub(super) fn set(&self, scene: &Scene) {
        let set =
            |gauge: IntGauge, count: usize| gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        set(
            self.rooms.with_label_values(&["opened"]),
            scene.rooms_opened,
        );
        set(self.rooms.with_label_values(&["live"]), scene.rooms_live);
        set(
            self.waiting.with_label_values(&["writes"]),
            scene.writes_waiting,
        );
        set(
            self.waiting.with_label_values(&["reads"]),
            scene.reads_waiting,
        );
        set(self.sessions.clone(), scene.sessions_cached);
    }
}

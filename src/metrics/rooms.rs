//! What is counted in rooms.

use prometheus::{IntCounter, IntGauge};

use super::maker::Maker;
use super::ongoing::Ongoing;

/// Members by role, in the order of the roles' numbers on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleCounts(pub [u32; 3]);

/// The metrics that all rooms share.
#[derive(Clone)]
pub struct RoomMetrics {
    /// For each kind of event.
    pub events: Box<[IntCounter]>,
    /// Members who fell silent, by role.
    pub expired: [IntCounter; 3],
    /// Beats that were a stamp on a seat.
    pub beats_stamped: IntCounter,
    /// Beats that were a message to a room.
    pub beats_asked: IntCounter,
    members: [IntGauge; 3],
    asking: IntGauge,
    ordering: IntGauge,
}

impl RoomMetrics {
    pub(super) fn new(new: &Maker<'_>, events: &[&'static str], roles: [&'static str; 3]) -> Self {
        let happened = new.counters(
            "zaibo_room_events_total",
            "Events in rooms, by kind",
            &["kind"],
        );
        let expired = new.counters(
            "zaibo_expiries_total",
            "Members who gave no sign of life for too long, by role",
            &["who"],
        );
        let beats = new.counters(
            "zaibo_beats_total",
            "Heartbeats, by how they were taken: a stamp costs no message to the room",
            &["how"],
        );
        let members = new.gauges("zaibo_members", "Members of open rooms, by role", &["role"]);
        let depth = new.gauges(
            "zaibo_mailbox_depth",
            "Questions that wait for an answer of a room, or of the supervisor",
            &["actor"],
        );
        Self {
            events: events
                .iter()
                .map(|kind| happened.with_label_values(&[kind]))
                .collect(),
            expired: roles.map(|role| expired.with_label_values(&[role])),
            beats_stamped: beats.with_label_values(&["stamp"]),
            beats_asked: beats.with_label_values(&["message"]),
            members: roles.map(|role| members.with_label_values(&[role])),
            asking: depth.with_label_values(&["room"]),
            ordering: depth.with_label_values(&["supervisor"]),
        }
    }

    /// A room has these members now, after it had those.
    pub fn members_changed(&self, before: RoleCounts, now: RoleCounts) {
        let counts = before.0.iter().zip(&now.0);
        for (gauge, (before, now)) in self.members.iter().zip(counts) {
            let more = i64::from(*now) - i64::from(*before);
            if more != 0 {
                gauge.add(more);
            }
        }
    }

    /// Counts a question to a room until this is dropped.
    pub fn asking(&self) -> Ongoing {
        Ongoing::begin(&self.asking)
    }

    /// Counts an order to the supervisor until this is dropped.
    pub fn ordering(&self) -> Ongoing {
        Ongoing::begin(&self.ordering)
    }
}

//! What a room has told the metrics: its events, and how many members of each role it has.

use crate::domain::{Numbered, Role, Room, RoomEventKind};
use crate::metrics::{Metrics, RoleCounts, RoomMetrics};

/// The metrics for all rooms of a server, with an entry for each kind of event.
pub fn room_metrics(metrics: &Metrics) -> RoomMetrics {
    let kinds = RoomEventKind::ALL.map(RoomEventKind::as_str);
    metrics.rooms(&kinds, Role::ALL.map(Role::as_str))
}

/// The part of the metrics that belongs to one room. When this is dropped, its members are no longer
/// counted, also if the room's actor crashed.
pub(super) struct Counted {
    metrics: RoomMetrics,
    members: RoleCounts,
}

impl Counted {
    pub(super) fn new(metrics: RoomMetrics) -> Self {
        Self {
            metrics,
            members: RoleCounts::default(),
        }
    }

    /// Counts what happened since the last call, and returns it.
    pub(super) fn update(&mut self, room: &mut Room) -> Vec<Numbered> {
        let events = room.take_events();
        for Numbered { event, .. } in &events {
            self.metrics.events[event.kind().index()].inc();
        }
        self.has(RoleCounts(room.members_by_role()));
        events
    }

    /// Counts a member who fell silent.
    pub(super) fn expired(&self, role: Role) {
        self.metrics.expired[usize::from(role.number())].inc();
    }

    fn has(&mut self, members: RoleCounts) {
        self.metrics.members_changed(self.members, members);
        self.members = members;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.has(RoleCounts::default());
    }
}

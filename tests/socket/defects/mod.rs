//! Defects of the original server, by their numbers in the wire contract. None may return.
//!
//! Not tested here: D14 and the age of a token in D13 take seven days and are tested where time can
//! be paused; D18 belongs to a command that is not served yet; D30 is about the repository of the
//! original server.

mod accounts;
mod rooms;

use crate::client::User;
use crate::server::{Shared, shared};

/// A host with a live, a viewer in it, and a stranger.
struct Scene {
    /// The server runs as long as the scene exists.
    _server: Shared,
    host: User,
    viewer: User,
    stranger: User,
    room: i64,
}

impl Scene {
    fn new() -> Self {
        let server = shared();
        let [host, viewer, stranger] =
            ["host", "viewer", "stranger"].map(|name| server.newcomer(name));
        let room = host.go_live();
        viewer.enter(room).ok();
        Self {
            _server: server,
            host,
            viewer,
            stranger,
            room,
        }
    }

    /// Checks that the live has not changed.
    #[track_caller]
    fn is_untouched(&self) {
        let members = [(self.host.id.clone(), 1), (self.viewer.id.clone(), 0)];
        assert_eq!(self.stranger.members(self.room), members);
        let live = self.host.listed().expect("a live");
        assert_eq!(
            (&live["roomnum"], &live["memsize"]),
            (&self.room.into(), &2.into())
        );
    }
}

//! Defects of the original server, by the numbers of the wire contract. None may come back.
//!
//! Not here: D14 and the age of a token in D13 take seven days and are told where time can be
//! paused; D18 belongs to a command that is not served yet; D30 is of the original's repository.

mod accounts;
mod rooms;

use crate::client::User;
use crate::server::{Shared, shared};

/// A host with a live, somebody in it, and somebody who has nothing to do with it.
struct Scene {
    /// The server lives as long as the scene.
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

    /// The live is as it was.
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

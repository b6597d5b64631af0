//! Likes: what the handle asks a room when its host reports a count or a member sends some.

use actix::Context;

use super::actor::RoomActor;
use super::handle::RoomsHandle;
use super::messages::Ask;
use crate::domain::{Refusal, RoomNum, Uid};
use crate::error::Error;

impl RoomsHandle {
    /// The host reports their absolute count of likes.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not open; [`Refusal::NotYourRoom`] if the user is not its
    /// host; [`Error::Busy`] if the room is busy.
    pub async fn report_likes(&self, uid: &Uid, number: RoomNum, likes: u32) -> Result<(), Error> {
        let uid = uid.clone();
        Ok(self.ask(number, ReportLikes { uid, likes }).await??)
    }

    /// A member sends this many likes.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not open; [`Refusal::NotMember`] if the user is not in
    /// it; [`Error::Busy`] if the room is busy.
    pub async fn send_likes(&self, uid: &Uid, number: RoomNum, count: u32) -> Result<(), Error> {
        let uid = uid.clone();
        Ok(self.ask(number, SendLikes { uid, count }).await??)
    }
}

/// The host reports their count of likes. Sent by the handle.
#[derive(Clone)]
struct ReportLikes {
    uid: Uid,
    likes: u32,
}

impl Ask<RoomActor> for ReportLikes {
    type Answer = Result<(), Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        actor.room.report_likes(&self.uid, self.likes)
    }
}

/// A member sends likes. Sent by the handle.
#[derive(Clone)]
struct SendLikes {
    uid: Uid,
    count: u32,
}

impl Ask<RoomActor> for SendLikes {
    type Answer = Result<(), Refusal>;

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) -> Self::Answer {
        let now = actor.shared.clock.now();
        actor.room.send_likes(&self.uid, self.count, now)
    }
}

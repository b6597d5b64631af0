//! Likes: the host reports the count of their client, and members send their own.

use super::{Room, RoomEvent};
use crate::domain::{Likes, Moment, Refusal, Uid};

impl Room {
    /// The host reports their absolute count of likes.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] if the user is not the host; then nothing changes.
    pub fn report_likes(&mut self, uid: &Uid, likes: u32) -> Result<(), Refusal> {
        if *uid != self.host {
            return Err(Refusal::NotYourRoom);
        }
        let told = likes;
        self.set_likes(Likes { told, ..self.likes });
        Ok(())
    }

    /// A member sends this many likes.
    ///
    /// # Errors
    /// [`Refusal::NotMember`] for a user who is not a member; then nothing changes.
    pub fn send_likes(&mut self, uid: &Uid, count: u32, now: Moment) -> Result<(), Refusal> {
        let seat = self.members.get(uid).filter(|seat| seat.stamp(now));
        seat.ok_or(Refusal::NotMember)?;
        let sent = self.likes.sent.saturating_add(count);
        self.set_likes(Likes { sent, ..self.likes });
        Ok(())
    }

    fn set_likes(&mut self, likes: Likes) {
        let before = std::mem::replace(&mut self.likes, likes);
        let likes = likes.shown();
        if before.shown() != likes {
            self.events.push(RoomEvent::Likes { likes });
        }
    }
}

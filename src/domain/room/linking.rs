//! On mic and off it: the transitions of members, by themselves and by the host.

use std::sync::Arc;

use super::mic::{self, MicAsk};
use super::{MicOffReason, Room, RoomEvent, Seat};
use crate::domain::{Moment, Refusal, Role, RoleClaim, Uid};

impl Room {
    /// A viewer asks for a seat on mic; a user who is not a member enters. Nothing changes for the host
    /// and for linked members, who are on mic already.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not live, [`Refusal::MicSeatsFull`] if no seat is
    /// free, [`Refusal::GuestsMayNot`] for a guest; then nothing changes.
    pub fn request_mic(&mut self, uid: &Uid, now: Moment) -> Result<Arc<Seat>, Refusal> {
        // A seat that was lost to another room has no say any more.
        let seat = self.members.get(uid);
        let seat = seat.filter(|seat| seat.last_sign().is_some());
        let role = seat.map_or(Role::Viewer, |seat| seat.role());
        let is_viewer = role == Role::Viewer && *uid != self.host;
        if self.profile.live_at.is_none() {
            return Err(Refusal::NoSuchRoom);
        }
        if uid.is_guest() {
            return Err(Refusal::GuestsMayNot);
        }
        if is_viewer && mic::is_full(&self.rules, self.members.linked()) {
            return Err(Refusal::MicSeatsFull);
        }
        let seat = self.enter(uid, RoleClaim::Keep, now)?;
        if is_viewer {
            let note = self.members.note_mut(&seat);
            if note.mic == MicAsk::Nothing {
                note.mic = MicAsk::Requested;
                let uid = uid.clone();
                self.events.push(RoomEvent::MicRequested { uid });
            }
        }
        Ok(seat)
    }

    /// A member reports that they are on mic, or off it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] for a user who is not a member; [`Refusal::MicSeatsFull`] and
    /// [`Refusal::MicNotGranted`] for one who may not go on mic now.
    pub fn report_mic(&mut self, uid: &Uid, on: bool, now: Moment) -> Result<(), Refusal> {
        let seat = self.members.get(uid).filter(|seat| seat.stamp(now));
        let seat = seat.cloned().ok_or(Refusal::NoSuchRoom)?;
        if on {
            self.put_on_mic(&seat)
        } else {
            self.take_off_mic(&seat, MicOffReason::Own);
            Ok(())
        }
    }

    /// The host allows a member to go on mic, or takes them off it.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] if `host` is not the host; [`Refusal::NoSuchRoom`] if `guest` is not a
    /// member; [`Refusal::GuestsMayNot`] if `guest` has no account.
    pub fn grant_mic(&mut self, host: &Uid, guest: &Uid, on: bool) -> Result<(), Refusal> {
        if *host != self.host {
            return Err(Refusal::NotYourRoom);
        }
        let seat = self.members.get(guest).cloned();
        let seat = seat.ok_or(Refusal::NoSuchRoom)?;
        if !on {
            self.take_off_mic(&seat, MicOffReason::Host);
        } else if guest.is_guest() {
            return Err(Refusal::GuestsMayNot);
        } else if seat.role() == Role::Viewer {
            let note = self.members.note_mut(&seat);
            if note.mic != MicAsk::Granted {
                note.mic = MicAsk::Granted;
                let uid = guest.clone();
                self.events.push(RoomEvent::MicGranted { uid });
            }
        }
        Ok(())
    }

    /// Applies the role that a member claims with a beat or an entry, if the rules allow it.
    pub(super) fn claim(&mut self, seat: &Arc<Seat>, claim: RoleClaim) {
        if seat.role().is_kept_by(claim) {
            return;
        }
        match claim {
            // A claim gets no answer of its own, so a refusal is not reported to anybody.
            RoleClaim::OnMic => drop(self.put_on_mic(seat)),
            RoleClaim::OffMic => self.take_off_mic(seat, MicOffReason::Own),
            RoleClaim::Keep => {}
        }
    }

    fn put_on_mic(&mut self, seat: &Arc<Seat>) -> Result<(), Refusal> {
        if seat.role() != Role::Viewer {
            return Ok(());
        }
        if seat.uid().is_guest() {
            return Err(Refusal::GuestsMayNot);
        }
        let ask = self.members.note(seat.entry()).mic;
        mic::may_go_on(&self.rules, self.members.linked(), ask)?;
        let uid = seat.uid().clone();
        self.events.push(RoomEvent::MicOn { uid });
        self.set_role(seat, Role::Linked);
        Ok(())
    }

    fn take_off_mic(&mut self, seat: &Arc<Seat>, reason: MicOffReason) {
        let uid = || seat.uid().clone();
        if seat.role() == Role::Linked {
            self.events.push(RoomEvent::MicOff { uid: uid(), reason });
            self.set_role(seat, Role::Viewer);
        } else if self.members.withdraw(seat) {
            let uid = uid();
            self.events.push(RoomEvent::MicWithdrawn { uid, reason });
        }
    }

    fn set_role(&mut self, seat: &Arc<Seat>, to: Role) {
        let (uid, from) = (seat.uid().clone(), seat.role());
        self.members.set_role(seat, to);
        let place = self.members.place(seat);
        self.events.push(RoomEvent::RoleChanged {
            uid,
            from,
            to,
            place,
        });
    }
}

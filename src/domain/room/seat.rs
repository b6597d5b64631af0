//! A seat: the membership of one user in one room, with all that a beat needs.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::domain::{Moment, Role, RoomNum, Uid};

/// One user's place in one room. The room, which gives and ends it, shares it with the handle, which
/// stamps the user's beats on it.
///
/// A beat that changes nothing is one stamp here and no message. Only the room decides that a member is
/// gone: it reads the stamp when a deadline is due. It reads the last stamp and closes the seat in one
/// step, so that no beat is lost between the two.
#[derive(Debug)]
pub struct Seat {
    uid: Uid,
    /// Rises with every entry into the room.
    entry: u64,
    room: RoomNum,
    /// Milliseconds of the last sign of life, plus one; [`VACATED`] after the membership has ended.
    pulse: AtomicU64,
    role: AtomicU8,
}

const VACATED: u64 = 0;

impl Seat {
    /// A seat in `room` for a user whose first sign of life is `now`. The `entry` distinguishes this
    /// membership from a later one of the same user in the same room.
    pub fn take(uid: Uid, room: RoomNum, role: Role, entry: u64, now: Moment) -> Self {
        Self {
            uid,
            entry,
            room,
            pulse: AtomicU64::new(encode(now)),
            role: AtomicU8::new(role.number()),
        }
    }

    /// The user who has the seat.
    pub fn uid(&self) -> &Uid {
        &self.uid
    }

    pub(super) fn entry(&self) -> u64 {
        self.entry
    }

    /// The room it is in.
    pub fn room(&self) -> RoomNum {
        self.room
    }

    /// The member's role.
    pub fn role(&self) -> Role {
        Role::from_number(self.role.load(Ordering::Relaxed).into()).unwrap_or(Role::Viewer)
    }

    pub(super) fn set_role(&self, role: Role) {
        self.role.store(role.number(), Ordering::Relaxed);
    }

    /// Records a sign of life. False if the membership has ended: then nothing is recorded.
    pub fn stamp(&self, now: Moment) -> bool {
        let now = encode(now);
        self.pulse
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| {
                (last != VACATED).then_some(last.max(now))
            })
            .is_ok()
    }

    /// Ends the membership if the last sign of life is not after `limit`; else returns that sign of
    /// life.
    ///
    /// `Ok` as well if the membership had ended before.
    pub(super) fn vacate_if_silent_since(&self, limit: Moment) -> Result<(), Moment> {
        self.pulse
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| {
                (last <= encode(limit)).then_some(VACATED)
            })
            .map(|_| ())
            .map_err(decode)
    }

    /// The last sign of life; `None` if the membership has ended.
    pub fn last_sign(&self) -> Option<Moment> {
        let last = self.pulse.load(Ordering::Acquire);
        (last != VACATED).then(|| decode(last))
    }

    /// Ends the membership.
    pub fn vacate(&self) {
        self.pulse.store(VACATED, Ordering::Release);
    }
}

/// A seat that is hashed and compared by its user, so that a set of seats is also a map from users to
/// seats.
#[derive(Clone, Debug)]
pub struct ByUid(pub Arc<Seat>);

impl Borrow<Uid> for ByUid {
    fn borrow(&self) -> &Uid {
        self.0.uid()
    }
}

impl Hash for ByUid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.uid().hash(state);
    }
}

impl PartialEq for ByUid {
    fn eq(&self, other: &Self) -> bool {
        self.0.uid() == other.0.uid()
    }
}

impl Eq for ByUid {}

fn encode(moment: Moment) -> u64 {
    moment.as_millis().saturating_add(1)
}

fn decode(pulse: u64) -> Moment {
    Moment::from_millis(pulse - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat() -> Seat {
        let room = RoomNum::new(10001).expect("valid");
        let uid = Uid::parse("anna").expect("valid");
        Seat::take(uid, room, Role::Viewer, 1, Moment::from_millis(1000))
    }

    #[test]
    fn a_stamp_counts_until_the_seat_is_vacated() {
        let seat = seat();
        assert!(seat.stamp(Moment::from_millis(2000)));
        assert_eq!(seat.last_sign(), Some(Moment::from_millis(2000)));
        seat.vacate();
        assert!(!seat.stamp(Moment::from_millis(3000)));
        assert_eq!(seat.last_sign(), None);
    }

    #[test]
    fn a_stamp_that_arrives_late_does_not_turn_the_clock_back() {
        let seat = seat();
        assert!(seat.stamp(Moment::from_millis(500)));
        assert_eq!(seat.last_sign(), Some(Moment::from_millis(1000)));
    }

    #[test]
    fn a_seat_with_a_later_stamp_is_not_vacated_but_tells_the_stamp() {
        let seat = seat();
        let later = Moment::from_millis(1000);
        assert_eq!(
            seat.vacate_if_silent_since(Moment::from_millis(999)),
            Err(later)
        );
        assert_eq!(seat.vacate_if_silent_since(later), Ok(()));
        assert_eq!(seat.vacate_if_silent_since(Moment::from_millis(0)), Ok(()));
    }
}

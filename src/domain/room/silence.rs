//! When silence ends a membership or the live, and how reports of the cloud shorten it.

use std::sync::Arc;

use super::Room;
use super::deadlines::Due;
use super::dismissal::Dismissal;
use super::event::LeaveReason;
use super::presence_hint::{PresenceHint, is_refuted, silence_ends};
use super::seat::Seat;
use crate::domain::{Moment, Uid, UnixTime};

/// The result of a sweep.
#[derive(Debug, Default)]
pub struct Sweep {
    /// The seats of members who were silent for too long.
    pub gone: Vec<Arc<Seat>>,
    /// The host was silent for too long: the live has to be ended.
    pub host_silent: bool,
    /// The cloud dismissed the room and its host gave no sign of life: the live has to be ended.
    pub dismissed: Option<Dismissal>,
    /// The dismissals that the host refuted, by their numbers in the inbox.
    pub refuted: Vec<i64>,
    /// How many members were checked.
    pub checks: usize,
}

impl Room {
    /// The cloud saw a member come or go, at `at_ms` by its clock, which was `happened` by ours. A
    /// report that they went shortens the tolerated silence until their next sign of life; it never
    /// ends a membership by itself. It counts only if they went after their last sign of life here.
    pub fn presence_hint(
        &mut self,
        uid: &Uid,
        here: bool,
        at_ms: i64,
        happened: Moment,
        now: Moment,
    ) {
        let Some(seat) = self.members.get(uid).cloned() else {
            return;
        };
        let last = seat.last_sign();
        if !here && last.is_some_and(|last| is_refuted(happened, last)) {
            return;
        }
        let note = self.members.note_mut(&seat);
        if note.hint.is_some_and(|before| before.at_ms >= at_ms) {
            return;
        }
        let before = note.hint.zip(last);
        let suspect_since = before.and_then(|(hint, last)| hint.suspect_since(last));
        let gone_since = (!here).then(|| suspect_since.unwrap_or(now));
        note.hint = Some(PresenceHint { at_ms, gone_since });
        // The host's deadline is calculated each time.
        if gone_since.is_some() && suspect_since.is_none() && *uid != self.host {
            let due = now + self.rules.suspect_member_timeout;
            self.deadlines.suspect(seat.entry(), due);
        }
    }

    /// The cloud dismissed the room at `at`, which was `happened` by our clock; `happened` is `None` if
    /// it is not known what the host did since. False if a sign of life of the host has refuted it
    /// already.
    pub fn add_dismissal(
        &mut self,
        event: i64,
        at: UnixTime,
        happened: Option<Moment>,
        now: Moment,
    ) -> bool {
        let spoke = self.host_spoke();
        self.dismissals.add(event, at, happened, spoke, now)
    }

    /// When silence has to be checked next.
    pub fn next_deadline(&self) -> Moment {
        let members = self.deadlines.next();
        let dismissal = self.dismissals.next_deadline(self.rules.dismissal_grace);
        let others = members.into_iter().chain(dismissal);
        others.fold(self.host_deadline(), Moment::min)
    }

    /// Takes out the members who were silent for too long, and returns whether the host was. Checks at
    /// most `at_most` members; if it checked that many, more may be due.
    ///
    /// A beat does not move a deadline. The last stamp is read here, once in each timeout, so a member
    /// costs one check per timeout and not one per beat.
    pub fn sweep(&mut self, now: Moment, at_most: usize) -> Sweep {
        let mut sweep = Sweep::default();
        if self.has_ended {
            // Who is still in the list goes because the live is over.
            return sweep;
        }
        while sweep.checks < at_most
            && let Some(due) = self.deadlines.take_due(now)
        {
            match due {
                Due::Usual(entry) => {
                    if let Some(last) = self.check_silence(entry, now, &mut sweep) {
                        self.deadlines
                            .watch(entry, last + self.rules.member_timeout);
                    }
                }
                Due::Suspect(entry) => {
                    self.check_silence(entry, now, &mut sweep);
                }
            }
            sweep.checks += 1;
        }
        sweep.host_silent = self.host_deadline() <= now;
        let (spoke, grace) = (self.host_spoke(), self.rules.dismissal_grace);
        let judged = self.dismissals.judge(spoke, now, grace);
        sweep.refuted = judged.refuted;
        sweep.dismissed = judged.unrefuted;
        sweep
    }

    /// Takes out the member with that entry if they were silent for too long; else returns their last
    /// sign of life. `None` as well if there is no such member any more.
    fn check_silence(&mut self, entry: u64, now: Moment, sweep: &mut Sweep) -> Option<Moment> {
        let seat = Arc::clone(self.members.entered(entry)?);
        let Some(last) = seat.last_sign() else {
            // The seat was lost to another room, whose notice has not arrived.
            self.take_out(&seat, LeaveReason::Moved);
            sweep.gone.push(seat);
            return None;
        };
        let timeout = self.rules.member_timeout;
        let suspect = self.rules.suspect_member_timeout;
        let hint = self.members.note(entry).hint;
        if silence_ends(hint, last, timeout, suspect) > now {
            return Some(last);
        }
        match seat.vacate_if_silent_since(last) {
            Ok(()) => {
                self.take_out(&seat, LeaveReason::Silent);
                sweep.gone.push(seat);
                None
            }
            // A beat came in between.
            Err(last) => Some(last),
        }
    }

    /// The host's last sign of life.
    fn host_spoke(&self) -> Moment {
        let seat = self.members.get(&self.host);
        let seated = seat.and_then(|seat| seat.last_sign());
        seated.unwrap_or(self.host_seen).max(self.host_seen)
    }

    fn host_deadline(&self) -> Moment {
        let seat = self.members.get(&self.host);
        let hint = seat.and_then(|seat| self.members.note(seat.entry()).hint);
        let (timeout, suspect) = (self.rules.host_timeout, self.rules.suspect_host_timeout);
        silence_ends(hint, self.host_spoke(), timeout, suspect)
    }
}
